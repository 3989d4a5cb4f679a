"""What may be asked of the figures: of whom, by what, through which filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_

from invitations.models import WHOLE, Entry, FirstChannel, Mode
from invitations.statistics.pieces import EVER, next_month


class Dimension(StrEnum):
    """By what people are told apart. Never by agent."""

    MODE = "mode"
    CHANNEL = "channel"
    MONTH = "month"
    ORGANISATION = "organisation"
    CATEGORY = "category"
    ENTRY = "entry"
    MOBILE = "mobile"


# The columns of the sums.
COLUMN_OF = {
    Dimension.MODE: "arm",
    Dimension.CHANNEL: "channel",
    Dimension.MONTH: "on",
    Dimension.ORGANISATION: "organisation_id",
    Dimension.CATEGORY: "category_id",
    Dimension.ENTRY: "entry",
    Dimension.MOBILE: "mobile",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Some organisations, by id; or, with `department_id`, all of a département, whatever the organisations named."""

    organisation_ids: tuple[int, ...] = ()
    department_id: int | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """`since` and `until` are first days of months, both included: the months in which people were first addressed.

    `horizon`, in days, is one of HORIZONS.
    """

    category_id: int | None = None
    since: date | None = None
    until: date | None = None
    mode: Mode | None = None
    channel: FirstChannel | None = None
    entry: Entry | None = None
    horizon: int = 45

    @property
    def months(self) -> tuple[date, date]:
        """From which day on people were first addressed, and before which."""
        return self.since or EVER[0], next_month(self.until) if self.until else EVER[1]

    @property
    def asked(self) -> dict[str, Any]:
        """By column of the sums, what it may be."""
        of_whom = {"category_id": self.category_id, "arm": self.mode, "channel": self.channel, "entry": self.entry}
        return {name: (value,) for name, value in of_whom.items() if value is not None}


def in_scope(table: Any, scope: Scope) -> ColumnElement[bool]:
    """Of the organisations, or of the whole département as one."""
    if scope.department_id is None:
        return table.organisation_id.in_(scope.organisation_ids)  # type: ignore[no-any-return]
    return and_(table.organisation_id == WHOLE, table.department_id == scope.department_id)


def narrowed(table: Any, filters: Filters) -> list[ColumnElement[bool]]:
    since, after = filters.months
    asked = [getattr(table, name).in_(values) for name, values in filters.asked.items()]
    return [*asked, table.on >= since, table.on < after]
