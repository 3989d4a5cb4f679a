"""Sessions as pages show them: those to come, those that nobody has marked yet, one with its people. Read-only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from invitations import people
from invitations.day import MISSING_SINCE, agents_of, around
from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Department,
    FollowUp,
    Organisation,
    Outcome,
    Participation,
    Place,
)
from invitations.people import Wanted
from invitations.seating import LEFT

# What a search for somebody to add shows: more means that the words were too few.
MOST_FOUND = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One session of a list. `to_mark`: how many of its people nobody has said anything about, once it has begun."""

    id: int
    title: str
    type: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    city: str
    place: str
    agents: tuple[str, ...]
    seats: int
    seats_taken: int
    is_series: bool
    to_mark: int


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a session. `has_left`: excused or cancelled before the start; the seat is somebody else's."""

    participation_id: int
    beneficiary_id: int
    name: str
    phone: str | None
    logistic_note: str
    outcome: Outcome
    has_left: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be added: `seated` in this session already, or expected elsewhere at `expected_at`."""

    id: int
    name: str
    birth_on: date | None
    seated: bool
    expected_at: datetime | None


def to_come(session: Session, organisation: Organisation, *, now: datetime) -> list[Line]:
    """Sessions that have not ended, the nearest first."""
    return read(session, organisation, Appointment.ends_at > now, now=now)


def to_mark(session: Session, organisation: Organisation, *, now: datetime) -> list[Line]:
    """Sessions of the last month with people whom nobody has said anything about, the latest first."""
    since = now - MISSING_SINCE
    past = read(session, organisation, (Appointment.ends_at <= now) & (Appointment.starts_at >= since), now=now)
    return [one for one in reversed(past) if one.to_mark]


def on_day(session: Session, organisation: Organisation, on: date, *, now: datetime) -> list[Line]:
    """The sessions of one day, each a day of its place."""
    first, last = around(on, organisation.department.zone)
    near = read(session, organisation, (Appointment.starts_at >= first) & (Appointment.starts_at < last), now=now)
    return [one for one in near if one.starts_at.astimezone(one.zone).date() == on]


def read(session: Session, organisation: Organisation, when: ColumnElement[bool], *, now: datetime) -> list[Line]:
    """Two queries, however many sessions."""
    rows: Sequence[Row[*tuple[Any, ...]]] = session.execute(
        lines_query(now)
        .where(Appointment.organisation_id == organisation.id, Appointment.cancelled_at.is_(None), when)
        .order_by(Appointment.starts_at, Place.city, Appointment.id)
    ).all()
    agents = agents_of(session, [row.id for row in rows])
    return [to_line(row, agents) for row in rows]


def lines_query(now: datetime) -> Select[*tuple[Any, ...]]:
    unmarked = (
        select(func.count())
        .where(Participation.appointment_id == Appointment.id, Participation.outcome == Outcome.UNKNOWN)
        .where(Appointment.starts_at <= now)
        .correlate(Appointment)
        .scalar_subquery()
    )
    return (
        select(
            Appointment.id,
            Appointment.title,
            AppointmentType.name.label("type"),
            Appointment.starts_at,
            Appointment.ends_at,
            func.coalesce(Place.timezone, Department.timezone).label("zone"),
            Place.city,
            Place.name.label("place"),
            Appointment.seats,
            Appointment.seats_taken,
            Appointment.series_uid,
            unmarked.label("to_mark"),
        )
        .join(AppointmentType, AppointmentType.id == Appointment.type_id)
        .join(Place, Place.id == Appointment.place_id)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .where(AppointmentType.is_collective)
    )


def to_line(row: Row[*tuple[Any, ...]], agents: dict[int, tuple[str, ...]]) -> Line:
    return Line(
        id=row.id,
        title=row.title or row.type,
        type=row.type,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=ZoneInfo(row.zone),
        city=row.city,
        place=row.place,
        agents=agents.get(row.id, ()),
        seats=row.seats,
        seats_taken=row.seats_taken,
        is_series=row.series_uid is not None,
        to_mark=row.to_mark,
    )


def people_of(session: Session, appointment: Appointment) -> list[Person]:
    """Everybody who ever had a seat, by name; who left and came back is there once."""
    rows: Sequence[Row[*tuple[Any, ...]]] = session.execute(
        select(
            Participation.id,
            Participation.beneficiary_id,
            Beneficiary.first_name,
            Beneficiary.last_name,
            Beneficiary.phone,
            Beneficiary.logistic_note,
            Participation.outcome,
            Participation.outcome_at,
        )
        .join(Beneficiary, Beneficiary.id == Participation.beneficiary_id)
        .where(Participation.appointment_id == appointment.id)
        .order_by(func.lower(Beneficiary.last_name), func.lower(Beneficiary.first_name), Participation.id)
    ).all()
    latest = {row.beneficiary_id: row.id for row in rows}
    return [to_person(row, appointment.starts_at) for row in rows if latest[row.beneficiary_id] == row.id]


def to_person(row: Row[*tuple[Any, ...]], starts_at: datetime) -> Person:
    return Person(
        participation_id=row.id,
        beneficiary_id=row.beneficiary_id,
        name=f"{row.first_name} {row.last_name}",
        phone=row.phone,
        logistic_note=row.logistic_note,
        outcome=row.outcome,
        has_left=row.outcome in LEFT and row.outcome_at is not None and row.outcome_at < starts_at,
    )


def unmarked(session: Session, appointment: Appointment) -> list[Participation]:
    """Those of whom nobody has said anything yet, for `outcomes.all_came`; in the order in which follow-ups are held."""
    found = select(Participation).where(
        Participation.appointment_id == appointment.id, Participation.outcome == Outcome.UNKNOWN
    )
    return list(session.scalars(found.order_by(Participation.follow_up_id, Participation.id)))


def candidates(session: Session, appointment: Appointment, text: str, *, now: datetime) -> list[Candidate]:
    """The organisation's people whose name, phone or number fits, and why somebody can't be added. Two queries."""
    wanted = Wanted((appointment.organisation_id,), (), text=text)
    rows = session.execute(
        people.sorted_by(people.narrowed(wanted), wanted)
        .add_columns(Beneficiary.first_name, Beneficiary.last_name, Beneficiary.birth_on)
        .limit(MOST_FOUND)
    ).all()
    expected = expected_of(session, appointment, [row.id for row in rows], now=now)
    return [
        Candidate(
            row.id,
            f"{row.first_name} {row.last_name}",
            row.birth_on,
            seated=appointment.id in expected.get(row.id, {}),
            expected_at=next(iter(expected.get(row.id, {}).values()), None),
        )
        for row in rows
    ]


def expected_of(
    session: Session, appointment: Appointment, beneficiary_ids: Collection[int], *, now: datetime
) -> dict[int, dict[int, datetime]]:
    """By person, their appointments to come in the session's category: id and start."""
    found: dict[int, dict[int, datetime]] = {}
    for row in session.execute(
        select(Participation.beneficiary_id, Appointment.id, Appointment.starts_at)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(FollowUp, FollowUp.id == Participation.follow_up_id)
        .where(
            Participation.beneficiary_id.in_(beneficiary_ids),
            FollowUp.category_id == appointment.type.category_id,
            Participation.outcome == Outcome.UNKNOWN,
            Appointment.starts_at > now,
        )
    ):
        found.setdefault(row.beneficiary_id, {})[row.id] = row.starts_at
    return found
