"""What the openings page says first: slots left in the next weeks, by place and category. Read-only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from invitations.agenda import search
from invitations.agenda.slots import Slot
from invitations.capacity import bookable, types_open_to_invited
from invitations.models import Category, Opening, Organisation, Place
from invitations.models.agenda import opening_types

# How far the page counts the slots left: what a team plans by hand.
AHEAD = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Left:
    """Slots left at one place for one category that it has openings for; `next_at` is the first of them.

    A place without an opening has one line of its own, with no category.
    """

    city: str
    place: str
    zone: ZoneInfo
    category: str | None
    slots: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class SlotsLeft:
    """`total` counts each slot once, whatever the number of categories it serves."""

    total: int
    lines: list[Left]


def slots_left(session: Session, organisation: Organisation, *, now: datetime) -> SlotsLeft:
    """Bookable slots of the next four weeks, by place and category, by town.

    Counted as inviting counts them: an agent's overlapping slots, of one type or several, are one.
    """
    types = types_open_to_invited(session, organisation_id=organisation.id)
    categories = {one.id: one.category for one in types}
    found: dict[tuple[int, int], list[Slot]] = defaultdict(list)
    slots = search.find_slots(session, types=types, after=now, before=now + AHEAD, now=now)
    for slot in slots:
        found[slot.place_id, categories[slot.type_id].id].append(slot)
    served = categories_by_place(session, categories, today=now.astimezone(organisation.department.zone).date())
    lines = [
        to_left(place, category, found[place.id, category.id] if category else [])
        for place in places_of(session, organisation.id)
        for category in served.get(place.id, [None])
    ]
    return SlotsLeft(bookable(slots), lines)


def categories_by_place(
    session: Session, categories: Mapping[int, Category], *, today: date
) -> dict[int, list[Category | None]]:
    """What each place has openings for that still happen, by name. `categories`: by id of type."""
    rows = session.execute(
        select(Opening.place_id, opening_types.c.type_id)
        .join(opening_types, opening_types.c.opening_id == Opening.id)
        .where(opening_types.c.type_id.in_(categories), or_(Opening.last_on.is_(None), Opening.last_on >= today))
    )
    served: dict[int, dict[int, Category]] = defaultdict(dict)
    for place_id, type_id in rows:
        served[place_id][categories[type_id].id] = categories[type_id]
    return {place_id: [*sorted(them.values(), key=lambda one: one.name)] for place_id, them in served.items()}


def to_left(place: Place, category: Category | None, slots: Sequence[Slot]) -> Left:
    return Left(
        city=place.city,
        place=place.name,
        zone=place.zone,
        category=category.name if category else None,
        slots=bookable(slots),
        next_at=slots[0].starts_at if slots else None,
    )


def places_of(session: Session, organisation_id: int) -> list[Place]:
    """The organisation's places in use, by town."""
    return list(
        session.scalars(
            select(Place)
            .where(Place.organisation_id == organisation_id, Place.closed_at.is_(None))
            .order_by(Place.city, Place.name, Place.id)
        )
    )
