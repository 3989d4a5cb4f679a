"""What is free, place by place, as plain values: `invitations.memory` may keep them for the next who asks the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.orm import Session

from invitations.agenda.slots import Slot
from invitations.distances import PlaceShown, read_places
from invitations.free_times import Found
from invitations.models import PlaceType
from invitations.seats import OpenSession

if TYPE_CHECKING:
    from invitations.offers import Days


class TypeShown(NamedTuple):
    """What people are shown of an appointment type."""

    id: int
    name: str
    place_type: PlaceType
    is_collective: bool


@dataclass(frozen=True, slots=True)
class Free:
    """What is free. `slots` has each start once per place and type, whoever receives; `counts` the starts of each place.

    A big team has thousands of starts and a page shows one place: `days` fills up with the places that are looked at.
    """

    places: tuple[PlaceShown, ...]  # by name
    types: Mapping[int, TypeShown]
    slots: Mapping[int, Sequence[Slot]]  # by place
    sessions: Mapping[int, Sequence[OpenSession]]  # by place
    counts: Mapping[int, int]  # by place
    days: dict[int, Days] = field(default_factory=dict, compare=False)


def free_places(session: Session, found: Found) -> Free:
    """What was found, by place; the places are read in one query."""
    slots, sessions = slots_by_place(found.slots), sessions_by_place(found.sessions)
    counts = Counter({place_id: len(those) for place_id, those in slots.items()})
    counts.update(place_id for _, place_id, _ in {(one.starts_at, one.place_id, one.type_id) for one in found.sessions})
    types = {one.id: TypeShown(one.id, one.name, one.place_type, one.is_collective) for one in found.types}
    return Free(read_places(session, counts), types, slots, sessions, counts)


def slots_by_place(slots: Sequence[Slot]) -> dict[int, list[Slot]]:
    """One slot of each start, place and type, in the order given. Thousands: the loops are those of the interpreter."""
    once = dict(zip(map(_START_PLACE_TYPE, slots), slots, strict=True))
    seen: dict[int, list[Slot]] = defaultdict(list)
    for slot in once.values():
        seen[slot[1]].append(slot)
    return dict(seen)


_START_PLACE_TYPE = itemgetter(0, 1, 3)


def sessions_by_place(sessions: Iterable[OpenSession]) -> dict[int, list[OpenSession]]:
    seen: dict[int, list[OpenSession]] = defaultdict(list)
    for one in sessions:
        seen[one.place_id].append(one)
    return dict(seen)
