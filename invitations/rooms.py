"""Where people would find their slot: a category, with the referents and places that may receive them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from invitations import capacity
from invitations.addressing import Terms


class Room(NamedTuple):
    """Where people find their slot: a category, the referents and the places that may receive them (None: any)."""

    category_id: int
    referents: tuple[int, ...] | None
    places: frozenset[int] | None


def left_in(session: Session, room: Room, terms: Terms, *, now: datetime) -> int:
    """Slots that people of this room could still be invited to."""
    return capacity.slots_left(
        session,
        organisation_id=terms.organisation.id,
        category_id=room.category_id,
        place_ids=room.places,
        agent_ids=room.referents,
        before=terms.expires_at,
        now=now,
        types=terms.types,
    )


def left_in_all(session: Session, rooms: Mapping[Room, int], terms: Mapping[int, Terms], *, now: datetime) -> int:
    """Slots left for all rooms together: those of a category that meet are counted once."""
    total = 0
    for category_id in terms:
        mine = [room for room in rooms if room.category_id == category_id]
        if len(mine) < 2:
            total += sum(rooms[room] for room in mine)
            continue
        everyone: Room = Room(category_id, union_of(one.referents for one in mine), None)
        total += left_in(session, everyone, terms[category_id], now=now)
    return total


def union_of(restrictions: Iterable[tuple[int, ...] | None]) -> tuple[int, ...] | None:
    """Who is in one at least; None as soon as one restricts nothing."""
    found: set[int] = set()
    for one in restrictions:
        if one is None:
            return None
        found.update(one)
    return tuple(sorted(found))


def is_shared(one: Room, other: Room, sharing: Mapping[int, Collection[int]]) -> bool:
    """True when somebody invited into `other` may take a slot that `one` counts."""
    if one.category_id != other.category_id:
        return one.category_id in sharing.get(other.category_id, ())
    return meet(one.referents, other.referents) and meet(one.places, other.places)


def meet(some: Collection[int] | None, others: Collection[int] | None) -> bool:
    """True when two restrictions leave something in common; None restricts nothing."""
    return some is None or others is None or not set(some).isdisjoint(others)
