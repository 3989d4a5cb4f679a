"""What a person is shown: places, nearest first, and starts, each once per place; and whose page it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from math import asin, cos, radians, sin, sqrt
from operator import attrgetter, itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import capacity
from invitations.agenda.search import find_slots
from invitations.agenda.slots import Slot
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

EARTH_RADIUS_KM = 6371.0
NEAREST = 3
_STAMP = "%Y%m%dT%H%M"
_TOO_BIG = 2**31


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """A start at a place for a type, whoever receives: the agent is chosen when it is booked."""

    starts_at: datetime
    place_id: int
    type_id: int
    ends_at: datetime = field(compare=False)

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


@dataclass(frozen=True, slots=True)
class OfferedPlace:
    """A place and how many starts it has. `distance_km` is as the crow flies; None when nobody can tell."""

    place: Place
    distance_km: float | None
    slots: int


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


def bookable_slots(
    session: Session,
    invitation: Invitation,
    *,
    now: datetime,
    after: datetime | None = None,
    before: datetime | None = None,
    place_id: int | None = None,
    grace: timedelta = timedelta(),
) -> tuple[list[Slot], list[AppointmentType]]:
    """The slots an invitation reaches, and the types they are of."""
    types = capacity.types_open_to_invited(
        session, organisation_id=invitation.organisation_id, category_id=invitation.follow_up.category_id
    )
    if not types:
        return [], []
    place_id = invitation.place_id or place_id
    slots = find_slots(
        session,
        types=types,
        place_ids=None if place_id is None else [place_id],
        agent_ids=reached_agents(invitation),
        after=after or now,
        before=before or now + max(one.max_delay for one in types) + timedelta(minutes=1),
        now=now,
        grace=grace,
    )
    return slots, types


def reached_agents(invitation: Invitation) -> list[int] | None:
    """The referents' ids when only they may receive, None when anyone may."""
    if not invitation.with_referents:
        return None
    return [agent.id for agent in invitation.follow_up.beneficiary.referents]


def choices_of(slots: Iterable[Slot]) -> list[Choice]:
    """Each start once per place and type, in the order of the slots: start, then place."""
    seen = {(one.start, one.place_id, one.type_id): one for one in slots}
    return [Choice(one.starts_at, one.place_id, one.type_id, one.ends_at) for one in seen.values()]


def lay_out(
    session: Session,
    slots: Sequence[Slot],
    types: Sequence[AppointmentType],
    *,
    beneficiary: Beneficiary,
    department: Department,
    place_id: int | None,
) -> Choices:
    """Places nearest first, and the starts of the place looked at: the one asked for, else the nearest with a slot."""
    places = places_offered(session, starts_by_place(slots), beneficiary)
    looked_at = next((one.place for one in places if one.place.id == place_id), places[0].place if places else None)
    return Choices(
        places=places,
        place=looked_at,
        choices=choices_of(slots_at(looked_at.id, slots)) if looked_at else [],
        types={one.id: one for one in types},
        zone=looked_at.zone if looked_at else department.zone,
    )


def slots_at(place_id: int, slots: Iterable[Slot]) -> list[Slot]:
    return [one for one in slots if one.place_id == place_id]


def starts_by_place(slots: Iterable[Slot]) -> Counter[int]:
    """How many starts each place has, each counted once per type, whoever receives."""
    starts = set(map(attrgetter("start", "place_id", "type_id"), slots))
    return Counter(map(itemgetter(1), starts))


def places_offered(session: Session, counts: Mapping[int, int], beneficiary: Beneficiary) -> list[OfferedPlace]:
    """The places that have a start, nearest first: the person's commune, then by distance from it, then by name."""
    places = session.scalars(select(Place).where(Place.id.in_(counts)).order_by(Place.name, Place.id)).all()
    home = next((one for one in places if is_home(one, beneficiary)), None)
    offered = [OfferedPlace(one, _distance(home, one), counts[one.id]) for one in places]
    return sorted(offered, key=lambda one: (one.distance_km is None, one.distance_km or 0.0))


def is_home(place: Place, beneficiary: Beneficiary) -> bool:
    """True for a place in the person's own commune."""
    if beneficiary.commune_insee:
        return place.commune_insee == beneficiary.commune_insee
    return bool(beneficiary.city) and place.city.casefold() == (beneficiary.city or "").casefold()


def nearest_to(starts_at: datetime, choices: Sequence[Choice], *, place_id: int | None = None) -> list[Choice]:
    """The few starts closest to one that was lost, the same place first, in order of time."""
    closest = sorted(choices, key=lambda one: (one.place_id != place_id, abs(one.starts_at - starts_at)))
    return sorted(closest[:NEAREST])


def _distance(home: Place | None, place: Place) -> float | None:
    """Kilometres between a place in the person's commune and another (haversine); None when nobody can tell."""
    if home is None or None in (home.latitude, home.longitude, place.latitude, place.longitude):
        return None
    return haversine_km(home.latitude or 0, home.longitude or 0, place.latitude or 0, place.longitude or 0)


def haversine_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance in kilometres between two points in degrees (Sinnott 1984)."""
    north, east = radians(other_latitude - latitude), radians(other_longitude - longitude)
    chord = sin(north / 2) ** 2 + cos(radians(latitude)) * cos(radians(other_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(chord))
