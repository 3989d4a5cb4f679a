"""Slots offered and used, by week and category: what pages read of `slot_days`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations.models import SlotDay


@dataclass(frozen=True, slots=True)
class SlotUse:
    """`used` may exceed `offered`: agents also make appointments outside the openings."""

    offered: int
    used: int

    @property
    def share(self) -> float | None:
        """Used / offered; None when nothing was offered. At most 1: what was used without being offered fills nothing."""
        return min(1.0, self.used / self.offered) if self.offered else None

    def __add__(self, other: SlotUse) -> SlotUse:
        return SlotUse(self.offered + other.offered, self.used + other.used)


NONE = SlotUse(0, 0)


def by_week(
    session: Session,
    organisation_ids: Collection[int],
    *,
    since: date,
    until: date,
    category_id: int | None = None,
) -> dict[tuple[date, int], SlotUse]:
    """(Monday, category) → offered and used, from `since` to `until`, both included. One query; weeks of nothing are left out."""
    query = (
        select(SlotDay.on, SlotDay.category_id, func.sum(SlotDay.offered), func.sum(SlotDay.used))
        .where(SlotDay.organisation_id.in_(organisation_ids), SlotDay.on >= since, SlotDay.on <= until)
        .group_by(SlotDay.on, SlotDay.category_id)
        .order_by(SlotDay.on, SlotDay.category_id)
    )
    if category_id is not None:
        query = query.where(SlotDay.category_id == category_id)
    found: dict[tuple[date, int], SlotUse] = {}
    for on, category, offered, used in session.execute(query):
        week = on - timedelta(days=on.weekday()), category
        found[week] = found.get(week, NONE) + SlotUse(offered, used)
    return found


def total(
    session: Session, organisation_ids: Collection[int], *, since: date, until: date, category_id: int | None = None
) -> SlotUse:
    """All of it together, over days both included."""
    by = by_week(session, organisation_ids, since=since, until=until, category_id=category_id)
    return sum(by.values(), NONE)


def first_day(session: Session, organisation_ids: Collection[int]) -> date | None:
    """From which day on anything is written down."""
    return session.scalar(select(func.min(SlotDay.on)).where(SlotDay.organisation_id.in_(organisation_ids)))
