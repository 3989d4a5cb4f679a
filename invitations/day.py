"""A day's list: who comes, when, where and to whom. Read-only, the same number of queries whatever the day.

A day is that of the place where people are received; without a place (phone, home, video), the département's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, exists, select
from sqlalchemy.orm import Session

from invitations.agenda.wall_time import midnight
from invitations.models import (
    Agent,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Beneficiary,
    Organisation,
    Outcome,
    Participation,
    Place,
    PlaceType,
)

# Two places of one organisation may live in two time zones; no two of France's are further apart than this.
WIDEST = timedelta(hours=24)
SATURDAY = 5
NEIGHBOURS = timedelta(days=3)
# An outcome older than this is history: nagging about it helps nobody.
MISSING_SINCE = timedelta(days=31)
# A number that somebody changed by the link is looked at twice for this long.
LATELY = timedelta(days=31)
# The person took part, or may still: the two others freed the slot.
EXPECTED = frozenset({Outcome.UNKNOWN, Outcome.SEEN, Outcome.NOSHOW})


@dataclass(frozen=True, slots=True)
class Line:
    """One person expected at one moment; `phone_corrected_at`: by themselves, lately. `city` and `place` are null when nobody travels to an office.

    `is_freed`: cancelled before its time, which may be someone else's by now.
    """

    participation_id: int
    beneficiary_id: int
    name: str
    phone: str | None
    phone_corrected_at: datetime | None
    logistic_note: str
    needs: list[str]
    language: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    city: str | None
    place: str | None
    place_type: PlaceType
    type: str
    agents: tuple[str, ...]
    outcome: Outcome
    has_started: bool
    is_freed: bool

    @property
    def is_expected(self) -> bool:
        return self.outcome in EXPECTED

    @property
    def needs_outcome(self) -> bool:
        """True while the appointment is over or running and nobody has said what became of it."""
        return self.has_started and self.outcome is Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Day:
    """The list of one day, in order of time, then place, then name."""

    on: date
    zone: ZoneInfo
    lines: list[Line]
    before: date
    after: date

    @property
    def expected(self) -> int:
        return sum(line.is_expected for line in self.lines)

    @property
    def outcomes_needed(self) -> int:
        return sum(line.needs_outcome for line in self.lines)


def read(
    session: Session,
    organisation: Organisation,
    on: date,
    *,
    place_id: int | None = None,
    agent_id: int | None = None,
    now: datetime,
) -> Day:
    """The list of `on` in the organisation, for one place or one agent when they are given."""
    home = organisation.department.zone
    query = narrowed(lines_query(organisation.id), place_id, agent_id)
    first, last = around(on, home)
    rows = [
        row
        for row in session.execute(query.where(Appointment.starts_at >= first, Appointment.starts_at < last))
        if row.starts_at.astimezone(zone_of(row, home)).date() == on
    ]
    agents = agents_of(session, {row.appointment_id for row in rows})
    lines = [to_line(row, home, agents, now) for row in rows]
    before, after = neighbours(session, organisation, on)
    return Day(on, home, lines, before, after)


def lines_query(organisation_id: int) -> Select[*tuple[Any, ...]]:
    """Columns, not entities: a list of a hundred rows is read in one plain query."""
    return (
        select(
            Participation.id.label("participation_id"),
            Participation.outcome,
            Appointment.id.label("appointment_id"),
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.cancelled_at,
            AppointmentType.name.label("type"),
            AppointmentType.place_type,
            Beneficiary.id.label("beneficiary_id"),
            Beneficiary.first_name,
            Beneficiary.last_name,
            Beneficiary.phone,
            Beneficiary.phone_corrected_at,
            Beneficiary.logistic_note,
            Beneficiary.needs,
            Beneficiary.language,
            Place.name.label("place_name"),
            Place.city,
            Place.timezone,
        )
        .join(Appointment, Participation.appointment_id == Appointment.id)
        .join(AppointmentType, Appointment.type_id == AppointmentType.id)
        .join(Beneficiary, Participation.beneficiary_id == Beneficiary.id)
        .outerjoin(Place, Appointment.place_id == Place.id)
        .where(Appointment.organisation_id == organisation_id)
        .order_by(Appointment.starts_at, Place.city, Beneficiary.last_name, Participation.id)
    )


def narrowed(query: Select[*tuple[Any, ...]], place_id: int | None, agent_id: int | None) -> Select[*tuple[Any, ...]]:
    if place_id is not None:
        query = query.where(Appointment.place_id == place_id)
    if agent_id is not None:
        query = query.where(
            exists().where(AppointmentAgent.appointment_id == Appointment.id, AppointmentAgent.agent_id == agent_id)
        )
    return query


def to_line(row: Row[*tuple[Any, ...]], home: ZoneInfo, agents: dict[int, tuple[str, ...]], now: datetime) -> Line:
    return Line(
        participation_id=row.participation_id,
        beneficiary_id=row.beneficiary_id,
        name=f"{row.first_name} {row.last_name}",
        phone=row.phone,
        phone_corrected_at=since(row.phone_corrected_at, now - LATELY),
        logistic_note=row.logistic_note,
        needs=row.needs,
        language=row.language,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=zone_of(row, home),
        city=row.city,
        place=row.place_name,
        place_type=row.place_type,
        type=row.type,
        agents=agents.get(row.appointment_id, ()),
        outcome=row.outcome,
        has_started=row.starts_at <= now,
        is_freed=row.cancelled_at is not None or (row.starts_at > now and row.outcome not in EXPECTED),
    )


def since(moment: datetime | None, earliest: datetime) -> datetime | None:
    """The moment, unless it is older."""
    return moment if moment is not None and moment >= earliest else None


def agents_of(session: Session, appointment_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The names people read, by appointment."""
    names: dict[int, tuple[str, ...]] = {}
    for appointment_id, name in session.execute(
        select(AppointmentAgent.appointment_id, Agent.display_name)
        .join(Agent, AppointmentAgent.agent_id == Agent.id)
        .where(AppointmentAgent.appointment_id.in_(appointment_ids))
        .order_by(AppointmentAgent.appointment_id, Agent.id)
    ):
        names[appointment_id] = (*names.get(appointment_id, ()), name)
    return names


def neighbours(session: Session, organisation: Organisation, on: date) -> tuple[date, date]:
    """The working day before and after; a Saturday or Sunday counts when somebody is expected on it."""
    home = organisation.department.zone
    busy = {
        row.starts_at.astimezone(zone_of(row, home)).date()
        for row in session.execute(
            select(Appointment.starts_at, Place.timezone)
            .outerjoin(Place, Appointment.place_id == Place.id)
            .where(
                Appointment.organisation_id == organisation.id,
                Appointment.cancelled_at.is_(None),
                Appointment.held_until.is_(None),
                Appointment.starts_at >= midnight(on - NEIGHBOURS, home),
                Appointment.starts_at < midnight(on + NEIGHBOURS, home),
            )
        )
    }
    return nearest(on, -1, busy), nearest(on, 1, busy)


def nearest(on: date, step: int, busy: Collection[date]) -> date:
    for distance in range(1, NEIGHBOURS.days + 1):
        day = on + timedelta(days=step * distance)
        if day.weekday() < SATURDAY or day in busy:
            return day
    return on + timedelta(days=step)


def missing(session: Session, organisation: Organisation, before: date) -> list[tuple[date, int]]:
    """Days before `before` with appointments nobody has said anything about, latest first, and how many each."""
    home = organisation.department.zone
    rows = session.execute(
        select(Appointment.starts_at, Place.timezone)
        .join(Participation, Participation.appointment_id == Appointment.id)
        .outerjoin(Place, Appointment.place_id == Place.id)
        .where(
            Appointment.organisation_id == organisation.id,
            Participation.outcome == Outcome.UNKNOWN,
            Appointment.cancelled_at.is_(None),
            Appointment.starts_at >= midnight(before - MISSING_SINCE, home),
            Appointment.starts_at < midnight(before, home),
        )
    )
    days = Counter(row.starts_at.astimezone(zone_of(row, home)).date() for row in rows)
    return sorted(((on, count) for on, count in days.items() if on < before), reverse=True)


def without_outcome(session: Session, day: Day) -> list[Participation]:
    """The participations of the day's list that wait for an outcome, for `outcomes.all_came`.

    In the order in which follow-ups are held everywhere: by id, so that no two acts wait for each other.
    """
    wanted = [line.participation_id for line in day.lines if line.needs_outcome]
    found = select(Participation).where(Participation.id.in_(wanted))
    return list(session.scalars(found.order_by(Participation.follow_up_id, Participation.id)))


def around(on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Moments that hold the whole of `on` in every time zone an organisation may have."""
    return midnight(on, zone) - WIDEST, midnight(on + timedelta(days=1), zone) + WIDEST


def zone_of(row: Row[*tuple[Any, ...]], home: ZoneInfo) -> ZoneInfo:
    return ZoneInfo(row.timezone) if row.timezone else home
