"""The appointment types of an organisation: everything an administrator sets about them, closing and opening them again.

Appointments keep what they were booked with: their length, and the pause after them. What kind a type is (its
category; individual or collective; where people are met) is told in the page of everyone who holds an appointment of
it: it stays, or changes only while nobody does. Every act is noted in the journal, never with the values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from invitations.errors import NameTaken, NotFound, TypeInUse
from invitations.journal import note
from invitations.models import (
    Appointment,
    AppointmentType,
    Category,
    CategorySettings,
    OpenTo,
    PlaceType,
)
from invitations.models.agenda import opening_types
from invitations.organisation_settings import apply, tell


@dataclass(frozen=True, slots=True)
class Terms:
    """All that can be set on a type; the fields are those of `AppointmentType`, lengths are whole minutes."""

    name: str
    duration: timedelta
    step: timedelta | None
    pause_after: timedelta
    place_type: PlaceType
    is_collective: bool
    seats: int
    min_delay: timedelta
    max_delay: timedelta
    cancel_limit: timedelta
    move_limit: timedelta | None
    max_per_agent_day: int | None
    open_to: OpenTo
    referents_only: bool
    instructions_before: str
    instructions_after: str


@dataclass(frozen=True, slots=True)
class Use:
    """What a type is used for already: openings and appointments of whatever date; appointments to come."""

    is_used: bool
    to_come: int


def add(
    session: Session, terms: Terms, *, category_id: int, organisation_id: int, agent_id: int, now: datetime
) -> AppointmentType:
    """Add a type to one of the organisation's categories. Raises NotFound for another category, NameTaken."""
    if category_id not in {one.id for one in categories_of(session, organisation_id)}:
        raise NotFound
    check_name(session, terms.name, organisation_id)
    made = AppointmentType(organisation_id=organisation_id, category_id=category_id, created_at=now)
    apply(made, terms)
    session.add(made)
    session.flush()
    _note(session, "type.added", made, agent_id, now)
    return made


def change(session: Session, type_: AppointmentType, terms: Terms, *, agent_id: int, now: datetime) -> None:
    """Keep the terms. Raises NameTaken; TypeInUse (details: appointments) when people hold what would change kind."""
    check_name(session, terms.name, type_.organisation_id, but=type_.id)
    check_kind(session, type_, terms, now=now)
    changed = apply(type_, terms)
    tell(session, "type", type_.id, changed, type_.organisation_id, agent_id, now)


def close(session: Session, type_: AppointmentType, *, agent_id: int, now: datetime) -> int:
    """No slot of it is offered any more. Returns how many appointments to come there are: they stay."""
    if type_.closed_at is None:
        type_.closed_at = now
        _note(session, "type.closed", type_, agent_id, now)
    return use_of(session, type_, now=now).to_come


def reopen(session: Session, type_: AppointmentType, *, agent_id: int, now: datetime) -> None:
    """Slots of it are offered again, in the openings that name it. Raises NameTaken when another took its name."""
    if type_.closed_at is not None:
        check_name(session, type_.name, type_.organisation_id, but=type_.id)
        type_.closed_at = None
        _note(session, "type.reopened", type_, agent_id, now)


def check_name(session: Session, name: str, organisation_id: int, *, but: int | None = None) -> None:
    """Two types in use with one name could not be told apart where they are chosen."""
    others = select(AppointmentType.name).where(
        AppointmentType.organisation_id == organisation_id,
        AppointmentType.closed_at.is_(None),
        AppointmentType.id != (but or 0),
    )
    if name.casefold() in {other.casefold() for other in session.scalars(others)}:
        raise NameTaken


def check_kind(session: Session, type_: AppointmentType, terms: Terms, *, now: datetime) -> None:
    if (terms.place_type, terms.is_collective) == (type_.place_type, type_.is_collective):
        return
    use = use_of(session, type_, now=now)
    if use.to_come or (use.is_used and terms.is_collective != type_.is_collective):
        raise TypeInUse(appointments=use.to_come)


def use_of(session: Session, type_: AppointmentType, *, now: datetime) -> Use:
    """Whether openings or appointments of the type exist, and how many appointments are to come."""
    is_used, to_come = session.execute(
        select(
            exists().where(opening_types.c.type_id == type_.id) | exists().where(Appointment.type_id == type_.id),
            select(func.count())
            .where(Appointment.type_id == type_.id, Appointment.cancelled_at.is_(None), Appointment.starts_at > now)
            .scalar_subquery(),
        )
    ).one()
    return Use(bool(is_used), to_come)


def types_of(session: Session, organisation_id: int) -> list[AppointmentType]:
    """The organisation's types, closed ones too, by category and name."""
    return list(
        session.scalars(
            select(AppointmentType)
            .join(AppointmentType.category)
            .where(AppointmentType.organisation_id == organisation_id)
            .order_by(Category.name, AppointmentType.name, AppointmentType.id)
        )
    )


def categories_of(session: Session, organisation_id: int) -> list[Category]:
    """The categories that are open in the organisation, by name."""
    return list(
        session.scalars(
            select(Category)
            .join(CategorySettings, CategorySettings.category_id == Category.id)
            .where(CategorySettings.organisation_id == organisation_id, CategorySettings.closed_at.is_(None))
            .order_by(Category.name, Category.id)
        )
    )


def type_seen_by(session: Session, type_id: int, organisation_id: int) -> AppointmentType:
    """One of the organisation's types, closed or not. Raises NotFound."""
    found = session.get(AppointmentType, type_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound
    return found


def _note(session: Session, action: str, type_: AppointmentType, agent_id: int, now: datetime) -> None:
    note(session, action, now=now, organisation_id=type_.organisation_id, agent_id=agent_id, type_id=type_.id)
