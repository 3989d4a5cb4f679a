"""Lists that a machine follows: oldest change first, from where it was; what changes meanwhile comes again at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

Row = TypeVar("Row")

SIZE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WRITTEN = re.compile(r"(\d{1,17})\.(\d{1,10})", re.ASCII)
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Mark:
    """The last row that was read: when it changed, and its id, for rows that changed at the same moment."""

    changed_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.changed_at - _EPOCH) // _MICROSECOND}.{self.id}"

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """None for what we never wrote."""
        found = _WRITTEN.fullmatch(text)
        if found is None or int(found[2]) > _LARGEST_ID:
            return None
        return cls(_EPOCH + int(found[1]) * _MICROSECOND, int(found[2]))


@dataclass(frozen=True, slots=True)
class From:
    """Where a list begins: after a mark, or with what has changed since a moment; from the very first without either."""

    after: Mark | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """`next`: where to go on; None when this was the end."""

    rows: Sequence[Row]
    next: Mark | None


def slice_of(
    session: Session,
    query: Select[Row],
    changed_at: ColumnElement[datetime] | InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    key: InstrumentedAttribute[int],
    start: From,
) -> Slice[Row]:
    """The next rows of `query`. One query, and those of its options."""
    ordered: Select[Any] = query.add_columns(changed_at, key).order_by(changed_at, key).limit(SIZE + 1)
    if start.since is not None:
        ordered = ordered.where(changed_at >= start.since)
    if start.after is not None:
        later = and_(changed_at == start.after.changed_at, key > start.after.id)
        ordered = ordered.where(or_(changed_at > start.after.changed_at, later))
    found = session.execute(ordered).unique().all()
    last = Mark(found[SIZE - 1][1], found[SIZE - 1][2]) if len(found) > SIZE else None
    return Slice([one[0] for one in found[:SIZE]], last)
