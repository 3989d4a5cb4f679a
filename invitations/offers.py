"""What a person is shown: places, nearest first, and starts, each once per place; and whose page it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from invitations import help_line
from invitations.agenda.slots import Slot
from invitations.distances import OfferedPlace, PlaceShown, nearest_first
from invitations.free_places import Free, TypeShown, free_places
from invitations.free_times import Found
from invitations.help_line import HelpLine
from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Category,
    Department,
    FollowUp,
    Invitation,
    Organisation,
)
from invitations.seats import OpenSession

NEAREST = 3
_STAMP = "%Y%m%dT%H%M"
_TOO_BIG = 2**31


class Choice(NamedTuple):
    """A start at a place for a type, whoever receives: the agent is chosen when it is booked.

    For a session, its title and how many seats are left; None for a slot. Sorting gives the order of time, then place.
    """

    starts_at: datetime
    place_id: int
    type_id: int
    ends_at: datetime
    title: str = ""
    seats_left: int | None = None

    @property
    def is_session(self) -> bool:
        return self.seats_left is not None

    @property
    def token(self) -> str:
        """The choice as a form carries it: `20261201T0900-3-7`, UTC, place, type."""
        return f"{self.starts_at.astimezone(UTC):{_STAMP}}-{self.place_id}-{self.type_id}"

    @staticmethod
    def parse(token: str) -> tuple[datetime, int, int]:
        """Start, place id and type id of a token. Raises ValueError for anything else."""
        stamp, place_id, type_id = token.split("-")
        starts_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        if not (2000 <= starts_at.year < 2200 and int(place_id) < _TOO_BIG and int(type_id) < _TOO_BIG):
            raise ValueError(token)  # what no column holds and no calendar reaches would fail further down
        return starts_at, int(place_id), int(type_id)


# The starts of a place, by day.
Days = tuple[tuple[date, tuple[Choice, ...]], ...]


@dataclass(frozen=True)
class Choices:
    """Places with their number of starts, nearest first, the place looked at, its starts in order by day."""

    places: tuple[OfferedPlace, ...]
    place: PlaceShown | None
    by_day: Days
    types: Mapping[int, TypeShown]
    zone: ZoneInfo

    def days(self) -> Days:
        """The starts by day of the place."""
        return self.by_day

    @property
    def choices(self) -> list[Choice]:
        """The starts, in order."""
        return [one for _, choices in self.by_day for one in choices]


@dataclass(frozen=True)
class Setting:
    """Who writes to whom about what, and whom to call: what every public page says."""

    beneficiary: Beneficiary
    organisation: Organisation
    department: Department
    category: Category
    help_phone: str
    help_hours: str
    help_owner: str


@dataclass(frozen=True)
class Offer(Choices, Setting):
    """All that the page of an invitation shows. `proposed` is the slot held by a proposition, while it is held;
    `is_in_trial`: lots decided how it is proposed, and the person is told so."""

    invitation: Invitation
    proposed: Appointment | None
    is_waiting: bool
    is_in_trial: bool = False


def setting_of(session: Session, follow_up: FollowUp, organisation: Organisation) -> Setting:
    """The words around a follow-up, as one organisation says them."""
    return setting_with(help_line.read(session, organisation, follow_up.category_id), follow_up, organisation)


def setting_with(line: HelpLine, follow_up: FollowUp, organisation: Organisation) -> Setting:
    """The same, of a line that was read already."""
    return Setting(
        beneficiary=follow_up.beneficiary,
        organisation=organisation,
        department=organisation.department,
        category=follow_up.category,
        help_phone=line.phone,
        help_hours=line.hours,
        help_owner=line.owner,
    )


def choices_of(slots: Iterable[Slot]) -> list[Choice]:
    """Each start once per place and type, in the order of the slots: start, then place."""
    seen = {(one.start, one.place_id, one.type_id): one for one in slots}
    return [Choice(one.starts_at, one.place_id, one.type_id, one.ends_at) for one in seen.values()]


def sessions_to_choose(sessions: Iterable[OpenSession], types: Iterable[AppointmentType | TypeShown]) -> list[Choice]:
    """Each session once; those that start together at one place, of one type, are one choice with all their seats."""
    names = {one.id: one.name for one in types}
    seen: dict[tuple[datetime, int, int], Choice] = {}
    for one in sessions:
        key = (one.starts_at, one.place_id, one.type_id)
        before = seen.get(key)
        seen[key] = Choice(
            *key,
            before.ends_at if before else one.ends_at,
            before.title if before else one.title or names[one.type_id],
            one.left + ((before.seats_left or 0) if before else 0),
        )
    return list(seen.values())


def choices_in(found: Found) -> list[Choice]:
    """What can be chosen, slots and sessions together, in order of start, then place."""
    return together(found.slots, found.sessions, found.types)


def together(
    slots: Iterable[Slot], sessions: Collection[OpenSession], types: Iterable[AppointmentType | TypeShown]
) -> list[Choice]:
    choices = choices_of(slots)
    return sorted(choices + sessions_to_choose(sessions, types)) if sessions else choices


def lay_out(
    session: Session,
    found: Found,
    *,
    beneficiary: Beneficiary,
    department: Department,
    place_id: int | None,
) -> Choices:
    """Places nearest first, and the starts of the place looked at: the one asked for, else the nearest with a start."""
    return look_at(free_places(session, found), beneficiary=beneficiary, department=department, place_id=place_id)


def look_at(free: Free, *, beneficiary: Beneficiary, department: Department, place_id: int | None) -> Choices:
    """`lay_out` for what stands by place already."""
    places = nearest_first(free.places, free.counts, beneficiary)
    looked_at = next((one.place for one in places if one.place.id == place_id), places[0].place if places else None)
    return Choices(
        places=places,
        place=looked_at,
        by_day=days_at(looked_at, free) if looked_at else (),
        types=free.types,
        zone=looked_at.zone if looked_at else department.zone,
    )


def days_at(place: PlaceShown, free: Free) -> Days:
    """The starts of a place by day. Two threads that ask at once make the same."""
    if place.id not in free.days:
        choices = together(free.slots.get(place.id, ()), free.sessions.get(place.id, ()), free.types.values())
        days = groupby(choices, key=lambda one: one.starts_at.astimezone(place.zone).date())
        free.days[place.id] = tuple((day, tuple(those)) for day, those in days)
    return free.days[place.id]


def nearest_to(starts_at: datetime, choices: Sequence[Choice], *, place_id: int | None = None) -> list[Choice]:
    """The few starts closest to one that was lost, the same place first, in order of time."""
    closest = sorted(choices, key=lambda one: (one.place_id != place_id, abs(one.starts_at - starts_at)))
    return sorted(closest[:NEAREST])
