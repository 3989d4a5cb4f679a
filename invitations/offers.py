"""What a person is shown: places, nearest first, and starts, each once per place; and whose page it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.agenda.slots import Slot
from invitations.distances import OfferedPlace, places_offered
from invitations.free_times import Found
from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Category,
    CategorySettings,
    Department,
    FollowUp,
    Invitation,
    Organisation,
    Place,
)
from invitations.seats import OpenSession

NEAREST = 3
_STAMP = "%Y%m%dT%H%M"
_TOO_BIG = 2**31


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """A start at a place for a type, whoever receives: the agent is chosen when it is booked.

    For a session, its title and how many seats are left; None for a slot.
    """

    starts_at: datetime
    place_id: int
    type_id: int
    ends_at: datetime = field(compare=False)
    title: str = field(default="", compare=False)
    seats_left: int | None = field(default=None, compare=False)

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


@dataclass(frozen=True)
class Choices:
    """Places with their number of starts, the place looked at, its starts in order."""

    places: list[OfferedPlace]
    place: Place | None
    choices: list[Choice]
    types: dict[int, AppointmentType]
    zone: ZoneInfo

    def days(self) -> list[tuple[date, list[Choice]]]:
        """The starts by day of the place."""
        by_day = groupby(self.choices, key=lambda one: one.starts_at.astimezone(self.zone).date())
        return [(day, list(those)) for day, those in by_day]


@dataclass(frozen=True)
class Setting:
    """Who writes to whom about what, and whom to call: what every public page says."""

    beneficiary: Beneficiary
    organisation: Organisation
    department: Department
    category: Category
    help_phone: str
    help_hours: str


@dataclass(frozen=True)
class Offer(Choices, Setting):
    """All that the page of an invitation shows. `proposed` is the slot held by a proposition, while it is held."""

    invitation: Invitation
    proposed: Appointment | None


def setting_of(session: Session, follow_up: FollowUp, organisation: Organisation) -> Setting:
    """The words around a follow-up, as one organisation says them."""
    help_phone = session.scalar(
        select(CategorySettings.help_phone).where(
            CategorySettings.organisation_id == organisation.id, CategorySettings.category_id == follow_up.category_id
        )
    )
    return Setting(
        beneficiary=follow_up.beneficiary,
        organisation=organisation,
        department=organisation.department,
        category=follow_up.category,
        help_phone=help_phone or organisation.phone or "",
        help_hours=organisation.hours,
    )


def choices_of(slots: Iterable[Slot]) -> list[Choice]:
    """Each start once per place and type, in the order of the slots: start, then place."""
    seen = {(one.start, one.place_id, one.type_id): one for one in slots}
    return [Choice(one.starts_at, one.place_id, one.type_id, one.ends_at) for one in seen.values()]


def sessions_to_choose(sessions: Iterable[OpenSession], types: Iterable[AppointmentType]) -> list[Choice]:
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
    if not found.sessions:
        return choices_of(found.slots)
    return sorted(choices_of(found.slots) + sessions_to_choose(found.sessions, found.types))


def lay_out(
    session: Session,
    found: Found,
    *,
    beneficiary: Beneficiary,
    department: Department,
    place_id: int | None,
) -> Choices:
    """Places nearest first, and the starts of the place looked at: the one asked for, else the nearest with a start."""
    places = places_offered(session, starts_by_place(found), beneficiary)
    looked_at = next((one.place for one in places if one.place.id == place_id), places[0].place if places else None)
    return Choices(
        places=places,
        place=looked_at,
        choices=choices_in(found.at(looked_at.id)) if looked_at else [],
        types={one.id: one for one in found.types},
        zone=looked_at.zone if looked_at else department.zone,
    )


def starts_by_place(found: Found) -> Counter[int]:
    """How many starts each place has, each counted once per type, whoever receives."""
    starts = set(map(attrgetter("start", "place_id", "type_id"), found.slots))
    counts = Counter(map(itemgetter(1), starts))
    counts.update(one.place_id for one in sessions_to_choose(found.sessions, found.types))
    return counts


def nearest_to(starts_at: datetime, choices: Sequence[Choice], *, place_id: int | None = None) -> list[Choice]:
    """The few starts closest to one that was lost, the same place first, in order of time."""
    closest = sorted(choices, key=lambda one: (one.place_id != place_id, abs(one.starts_at - starts_at)))
    return sorted(closest[:NEAREST])
