"""What may be asked of the figures, and which sums answer it: by month, and by day where days have to be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select

from invitations.models import WHOLE, Entry, Figures, FigureSpan, FirstChannel, Mode, Organisation


class Dimension(StrEnum):
    """By what people are told apart. Never by agent."""

    MODE = "mode"
    CHANNEL = "channel"
    MONTH = "month"
    ORGANISATION = "organisation"
    CATEGORY = "category"
    ENTRY = "entry"
    MOBILE = "mobile"


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


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def column_of(dimension: Dimension, edge_month: date) -> ColumnElement[Any]:
    if dimension is Dimension.MONTH:  # sums by day are read of one month alone
        return case((Figures.span == FigureSpan.DAY, edge_month), else_=Figures.on)
    columns: Mapping[Dimension, Any] = {
        Dimension.MODE: Figures.arm,
        Dimension.CHANNEL: Figures.channel,
        Dimension.ORGANISATION: Figures.organisation_id,
        Dimension.CATEGORY: Figures.category_id,
        Dimension.ENTRY: Figures.entry,
        Dimension.MOBILE: Figures.mobile,
    }
    return columns[dimension]  # type: ignore[no-any-return]


def in_scope(table: Any, scope: Scope, *, apart: bool) -> ColumnElement[bool]:
    if scope.department_id is None:
        return table.organisation_id.in_(scope.organisation_ids)  # type: ignore[no-any-return]
    if apart:
        theirs = select(Organisation.id).where(Organisation.department_id == scope.department_id)
        return table.organisation_id.in_(theirs)  # type: ignore[no-any-return]
    return and_(table.organisation_id == WHOLE, table.department_id == scope.department_id)


def in_pieces(table: Any, first: date, last: date) -> ColumnElement[bool]:
    """By day in the months from `first` to `last`, whose days have to be told apart; by month before and after."""
    after = next_month(last)
    return or_(
        and_(table.span == FigureSpan.MONTH, or_(table.on < first, table.on >= after)),
        and_(table.span == FigureSpan.DAY, table.on >= first, table.on < after),
    )


def narrowed(table: Any, filters: Filters) -> list[ColumnElement[bool]]:
    asked = {
        table.category_id: filters.category_id,
        table.arm: filters.mode,
        table.channel: filters.channel,
        table.entry: filters.entry,
    }
    wheres = [column == value for column, value in asked.items() if value is not None]
    if filters.since is not None:
        wheres.append(table.on >= filters.since)
    if filters.until is not None:
        wheres.append(table.on < next_month(filters.until))
    return wheres
