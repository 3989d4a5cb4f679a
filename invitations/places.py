"""The places where an organisation receives: adding, changing, closing and opening them again; what still happens there.

A closed place gives no slot; its openings wait for it and its appointments stay. Every act is noted in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from invitations.errors import NameTaken, NotFound
from invitations.journal import note
from invitations.models import Appointment, Opening, Organisation, Place
from invitations.organisation_settings import apply, tell


@dataclass(frozen=True, slots=True)
class Description:
    """All that is kept of a place; the fields are those of `Place`."""

    name: str
    address: str
    postcode: str
    city: str
    commune_insee: str
    latitude: float | None
    longitude: float | None
    is_step_free: bool
    phone: str | None
    opening_hours: str
    timezone: str | None


@dataclass(frozen=True, slots=True)
class StillThere:
    """What a place has that is not over: openings that still happen, appointments to come."""

    openings: int
    appointments: int


def add(session: Session, description: Description, *, organisation_id: int, agent_id: int, now: datetime) -> Place:
    """Add a place. Raises NameTaken when the organisation has one of that name in that commune."""
    check_name(session, description, organisation_id)
    place = Place(organisation_id=organisation_id, created_at=now)
    apply(place, description)
    session.add(place)
    session.flush()
    _note(session, "place.added", place, agent_id, now)
    return place


def change(session: Session, place: Place, description: Description, *, agent_id: int, now: datetime) -> None:
    """Keep the description; whoever holds an appointment there reads the new address. Raises NameTaken."""
    check_name(session, description, place.organisation_id, but=place.id)
    changed = apply(place, description)
    tell(session, "place", place.id, changed, place.organisation_id, agent_id, now)


def close(session: Session, place: Place, *, agent_id: int, now: datetime) -> None:
    """No slot is offered there any more; appointments stay, and openings wait in case it opens again."""
    if place.closed_at is None:
        place.closed_at = now
        _note(session, "place.closed", place, agent_id, now)


def reopen(session: Session, place: Place, *, agent_id: int, now: datetime) -> None:
    if place.closed_at is not None:
        place.closed_at = None
        _note(session, "place.reopened", place, agent_id, now)


def check_name(session: Session, description: Description, organisation_id: int, *, but: int | None = None) -> None:
    """Two places in use with one name in one commune could not be told apart."""
    others = select(Place.name).where(
        Place.organisation_id == organisation_id,
        Place.commune_insee == description.commune_insee,
        Place.closed_at.is_(None),
        Place.id != (but or 0),
    )
    if description.name.casefold() in {other.casefold() for other in session.scalars(others)}:
        raise NameTaken


def still_there(session: Session, place: Place, *, now: datetime) -> StillThere:
    """What closing the place would leave behind."""
    today = now.astimezone(place.zone).date()
    openings = (
        select(func.count())
        .where(Opening.place_id == place.id, or_(Opening.last_on.is_(None), Opening.last_on >= today))
        .scalar_subquery()
    )
    appointments = (
        select(func.count())
        .where(Appointment.place_id == place.id, Appointment.cancelled_at.is_(None), Appointment.starts_at > now)
        .scalar_subquery()
    )
    return StillThere(*session.execute(select(openings, appointments)).one())


def places_of(session: Session, organisation_id: int) -> list[Place]:
    """The organisation's places, closed ones too, by town."""
    return list(
        session.scalars(
            select(Place).where(Place.organisation_id == organisation_id).order_by(Place.city, Place.name, Place.id)
        )
    )


def of_department(session: Session, department_id: int) -> list[Place]:
    """The places in use of all organisations of a département, by organisation and town."""
    return list(
        session.scalars(
            select(Place)
            .join(Place.organisation)
            .where(Organisation.department_id == department_id, Place.closed_at.is_(None))
            .order_by(Organisation.name, Organisation.id, Place.city, Place.name, Place.id)
        )
    )


def place_seen_by(session: Session, place_id: int, organisation_id: int) -> Place:
    """One of the organisation's places, closed or not. Raises NotFound."""
    place = session.get(Place, place_id)
    if place is None or place.organisation_id != organisation_id:
        raise NotFound
    return place


def _note(session: Session, action: str, place: Place, agent_id: int, now: datetime) -> None:
    note(session, action, now=now, organisation_id=place.organisation_id, agent_id=agent_id, place_id=place.id)
