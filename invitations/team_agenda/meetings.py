"""Appointments that take agents' time, and who is expected: individual ones, held propositions, sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from invitations.agenda.reading import Range
from invitations.errors import AppointmentCancelled, NotFound
from invitations.models import (
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Beneficiary,
    FollowUp,
    Invitation,
    Organisation,
    Outcome,
    Participation,
    Place,
    PlaceType,
)
from invitations.team_agenda.away import Away, Reason

# No appointment lasts longer: what the index by start has to look back.
LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is expected, and what receiving them takes. `participation_id` is null while a proposition is held for them."""

    beneficiary_id: int
    name: str
    phone: str | None
    needs: list[str]
    language: str
    participation_id: int | None = None
    outcome: Outcome = Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment of the organisation. `guest` is null for a session, which has seats; `zone` is its place's."""

    id: int
    agent_ids: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    type_id: int
    type: str
    place_type: PlaceType
    place_id: int | None
    city: str | None
    place: str | None
    is_session: bool
    title: str
    seats: int
    seats_taken: int
    held_until: datetime | None
    has_started: bool
    version: int  # it grows with every change of time, place or agent
    guest: Guest | None = None

    @property
    def name(self) -> str:
        """Whom or what it is about, in few words."""
        return self.guest.name if self.guest else self.title or self.type

    @property
    def is_held(self) -> bool:
        return self.held_until is not None

    @property
    def may_move(self) -> bool:
        """True while an agent may put it elsewhere: it is to come, and nobody is being asked about it."""
        return not self.has_started and not self.is_held


def taken(
    session: Session, organisation: Organisation, agent_ids: Collection[int], wanted: Range, *, now: datetime
) -> tuple[list[Meeting], list[Away]]:
    """The organisation's appointments in the range, by time; and the time that others take of the same agents."""
    rows = session.execute(times_query().where(*touching(agent_ids, wanted))).all()
    ours = [row for row in rows if row.organisation_id == organisation.id]
    elsewhere = [
        Away(Reason.ELSEWHERE, row.agent_id, row.starts_at, row.ends_at)
        for row in rows
        if row.organisation_id != organisation.id
    ]
    return to_meetings(session, ours, organisation.department.zone, now), elsewhere


def one(session: Session, organisation: Organisation, appointment_id: int, *, now: datetime) -> Meeting:
    """An appointment of the organisation that takes time, whoever holds it. Raises NotFound, AppointmentCancelled."""
    rows = session.execute(
        times_query().where(Appointment.id == appointment_id, Appointment.organisation_id == organisation.id)
    ).all()
    found = to_meetings(session, rows, organisation.department.zone, now)
    if not found:
        raise AppointmentCancelled if is_cancelled(session, organisation, appointment_id) else NotFound
    return found[0]


def is_cancelled(session: Session, organisation: Organisation, appointment_id: int) -> bool:
    """True for an appointment of the organisation that took place in its agenda once."""
    query = select(Appointment.id).where(
        Appointment.id == appointment_id,
        Appointment.organisation_id == organisation.id,
        Appointment.cancelled_at.is_not(None),
    )
    return session.scalar(query) is not None


def times_query() -> Any:
    """Columns, not entities: a row for each agent of each appointment."""
    return (
        select(
            AppointmentAgent.agent_id,
            AppointmentAgent.starts_at,
            AppointmentAgent.ends_at,
            Appointment.id,
            Appointment.organisation_id,
            Appointment.place_id,
            Appointment.title,
            Appointment.seats,
            Appointment.seats_taken,
            Appointment.held_until,
            Appointment.version,
            AppointmentType.id.label("type_id"),
            AppointmentType.name.label("type"),
            AppointmentType.place_type,
            AppointmentType.is_collective,
            Place.city,
            Place.name.label("place"),
            Place.timezone,
        )
        .join(Appointment, AppointmentAgent.appointment_id == Appointment.id)
        .join(AppointmentType, Appointment.type_id == AppointmentType.id)
        .outerjoin(Place, Appointment.place_id == Place.id)
        .where(AppointmentAgent.is_live)
        .order_by(AppointmentAgent.starts_at, Appointment.id, AppointmentAgent.agent_id)
    )


def touching(agent_ids: Collection[int], wanted: Range) -> Iterable[Any]:
    return (
        AppointmentAgent.agent_id.in_(agent_ids),
        AppointmentAgent.starts_at > wanted.after - LONGEST,
        AppointmentAgent.starts_at < wanted.before,
        AppointmentAgent.ends_at > wanted.after,
    )


def to_meetings(
    session: Session, rows: Collection[Row[*tuple[Any, ...]]], home: ZoneInfo, now: datetime
) -> list[Meeting]:
    """One for each appointment, in the order of the rows."""
    agents: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        agents[row.id].append(row.agent_id)
    alone = {row.id for row in rows if not row.is_collective}
    guests = expected(session, alone) | asked(session, alone)
    by_id = {row.id: row for row in rows}
    return [to_meeting(row, tuple(agents[row.id]), guests.get(row.id), home, now) for row in by_id.values()]


def to_meeting(
    row: Row[*tuple[Any, ...]], agent_ids: tuple[int, ...], guest: Guest | None, home: ZoneInfo, now: datetime
) -> Meeting:
    return Meeting(
        id=row.id,
        agent_ids=agent_ids,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=ZoneInfo(row.timezone) if row.timezone else home,
        type_id=row.type_id,
        type=row.type,
        place_type=row.place_type,
        place_id=row.place_id,
        city=row.city,
        place=row.place,
        is_session=row.is_collective,
        title=row.title,
        seats=row.seats,
        seats_taken=row.seats_taken,
        held_until=row.held_until,
        has_started=row.starts_at <= now,
        version=row.version,
        guest=guest,
    )


def expected(session: Session, appointment_ids: Collection[int]) -> dict[int, Guest]:
    """Who takes part in individual appointments, by appointment."""
    rows = session.execute(
        select(
            Participation.appointment_id,
            Beneficiary.id,
            Beneficiary.first_name,
            Beneficiary.last_name,
            Beneficiary.phone,
            Beneficiary.needs,
            Beneficiary.language,
            Participation.id.label("participation_id"),
            Participation.outcome,
        )
        .join(Beneficiary, Participation.beneficiary_id == Beneficiary.id)
        .where(Participation.appointment_id.in_(appointment_ids))
        .order_by(Participation.id)
    )
    return {
        row.appointment_id: Guest(
            row.id,
            f"{row.first_name} {row.last_name}",
            row.phone,
            row.needs,
            row.language,
            row.participation_id,
            row.outcome,
        )
        for row in rows
    }


def asked(session: Session, appointment_ids: Collection[int]) -> dict[int, Guest]:
    """For whom the held ones among them are held, by appointment."""
    rows = session.execute(
        select(
            Invitation.held_appointment_id,
            Beneficiary.id,
            Beneficiary.first_name,
            Beneficiary.last_name,
            Beneficiary.phone,
            Beneficiary.needs,
            Beneficiary.language,
        )
        .join(FollowUp, Invitation.follow_up_id == FollowUp.id)
        .join(Beneficiary, FollowUp.beneficiary_id == Beneficiary.id)
        .join(Appointment, Invitation.held_appointment_id == Appointment.id)
        .where(Appointment.id.in_(appointment_ids), Appointment.held_until.is_not(None))
        .order_by(Invitation.id)
    )
    return {
        row.held_appointment_id: Guest(row.id, f"{row.first_name} {row.last_name}", row.phone, row.needs, row.language)
        for row in rows
    }
