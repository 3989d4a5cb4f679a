"""Taking an agent's time and joining a person to it: the engine that never gives a slot twice.

Everything happens in turns: the follow-up's row is held first, then the agent's, so that what one person does and
what one agent's time becomes are never decided twice at once; the database's own overlap rule stands behind.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from invitations import follow_ups, journal, outbox, rows
from invitations.agenda.slots import Slot
from invitations.agenda.wall_time import midnight
from invitations.codes import Codes
from invitations.database import is_postgresql, locked
from invitations.errors import AlreadyBooked, SlotTaken
from invitations.fairness import in_fair_order
from invitations.models import (
    Agent,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Author,
    EndReason,
    FollowUp,
    Invitation,
    Link,
    MessageKind,
    Outcome,
    Participation,
    Place,
)
from invitations.offers import Choice
from invitations.reach import ELECTRONIC

_DAY = timedelta(days=1)


def take(
    session: Session,
    slots: Sequence[Slot],
    types: dict[int, AppointmentType],
    follow_up: FollowUp,
    *,
    created_by: Author,
    organisation_id: int,
    now: datetime,
    held_until: datetime | None = None,
) -> Appointment:
    """An appointment on the first of these simultaneous slots that is really free. Raises SlotTaken.

    The agent is chosen fairly and reproducibly: a referent first, then fewest appointments that day, then that
    week, then the smallest id.
    """
    for slot in in_fair_order(session, slots, follow_up):
        appointment = Appointment(
            uid=str(uuid.uuid4()),
            organisation_id=organisation_id,
            type_id=slot.type_id,
            place_id=slot.place_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            held_until=held_until,
            created_by=created_by,
            created_at=now,
        )
        if claim(session, appointment, slot.agent_id, types[slot.type_id]):
            return appointment
    raise SlotTaken


def claim(
    session: Session, appointment: Appointment, agent_id: int, type_: AppointmentType, *, anyway: bool = False
) -> bool:
    """Put the appointment into an agent's time. False when that time is taken after all.

    `anyway`: an agent has judged, pauses and the day's limit don't count.

    The savepoint gives the agent's row back when it is: whoever waits for another agent holds none, so that two
    people who lose the same race can't wait for each other.
    """
    time = time_of(appointment, agent_id, type_)

    def put() -> bool:
        if not hold_agent_if_free(session, time, appointment, type_, anyway=anyway):
            return False
        rows.write(session, appointment)
        time.appointment_id = appointment.id
        rows.write(session, time)
        return True

    try:
        is_theirs = rows.attempt(session, put)
    except IntegrityError as error:
        if "no_overlap" not in str(error.orig):
            raise
        return False
    if is_theirs:
        make_known(session, appointment, agent_id, type_)
    return is_theirs


def make_known(session: Session, appointment: Appointment, agent_id: int, type_: AppointmentType) -> None:
    """The session knows the appointment just written, and in one reading what its confirmation says: who, and where."""
    agent, place = session.execute(_WHO_AND_WHERE, {"agent_id": agent_id, "place_id": appointment.place_id}).one()
    rows.know(session, appointment)
    for name, value in {"type": type_, "agents": [agent], "place": place}.items():
        set_committed_value(appointment, name, value)


_WHO_AND_WHERE = (
    select(Agent, Place)
    .select_from(Agent)
    .outerjoin(Place, Place.id == bindparam("place_id"))
    .where(Agent.id == bindparam("agent_id"))
    .options(lazyload(Place.organisation))
)


def time_of(appointment: Appointment, agent_id: int, type_: AppointmentType) -> AppointmentAgent:
    """The agent's time that this appointment takes, its type's pause included."""
    return AppointmentAgent(
        appointment_id=appointment.id,
        agent_id=agent_id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        busy_until=appointment.ends_at + type_.pause_after,
        is_live=True,
    )


def hold_agent_if_free(
    session: Session,
    time: AppointmentAgent,
    appointment: Appointment,
    type_: AppointmentType,
    *,
    anyway: bool = False,
) -> bool:
    """Hold the agent's row, then look once more at overlaps, pauses and the day's limit: nobody else can take them now."""
    if is_postgresql(session):
        rows.run(session, _HELD, {"id": time.agent_id})
    touching = rows.read(
        session,
        _OVERLAPPING if anyway else _TOUCHING,
        {
            "agent_id": time.agent_id,
            "appointment_id": appointment.id or 0,
            "starts_at": time.starts_at,
            "ends_at": time.ends_at,
        },
    )
    if touching.first() is not None:
        return False
    if anyway or type_.max_per_agent_day is None:
        return True
    zone = session.get_one(Place, appointment.place_id).zone
    day = time.starts_at.astimezone(zone).date()
    begins, ends = midnight(day, zone), midnight(day + _DAY, zone)
    return load_of(session, time.agent_id, begins, ends, without=appointment.id) < type_.max_per_agent_day


_HELD = locked(select(Agent.id).where(Agent.id == bindparam("id")))


def _taken_until(end: Any) -> Select[int]:
    """The agent's other live appointments that begin before a time is over, and last, until `end`, past its start."""
    return (
        select(AppointmentAgent.appointment_id)
        .where(
            AppointmentAgent.agent_id == bindparam("agent_id"),
            AppointmentAgent.is_live,
            AppointmentAgent.appointment_id != bindparam("appointment_id"),
            AppointmentAgent.starts_at < bindparam("ends_at"),
            end > bindparam("starts_at"),
        )
        .limit(1)
    )


_OVERLAPPING = _taken_until(AppointmentAgent.ends_at)
_TOUCHING = _taken_until(AppointmentAgent.busy_until)


def load_of(session: Session, agent_id: int, after: datetime, before: datetime, *, without: int | None) -> int:
    """How many live appointments an agent has in a range; `without` is one to be moved, which does not count."""
    values = {"agent_id": agent_id, "after": after, "before": before, "without": without or 0}
    return rows.read(session, _LOAD, values).scalar_one()


_LOAD = select(func.count()).where(
    AppointmentAgent.agent_id == bindparam("agent_id"),
    AppointmentAgent.is_live,
    AppointmentAgent.appointment_id != bindparam("without"),
    AppointmentAgent.starts_at >= bindparam("after"),
    AppointmentAgent.starts_at < bindparam("before"),
)


def join(
    session: Session,
    appointment: Appointment,
    follow_up: FollowUp,
    invitation: Invitation | None,
    *,
    by: Author,
    codes: Codes,
    now: datetime,
    agent_id: int | None = None,
    kind: MessageKind = MessageKind.BOOKED,
) -> Participation:
    """The person takes part: their link, the end of what was still open, the confirmation owed, the new status."""
    participation = Participation(
        uid=str(uuid.uuid4()),
        appointment_id=appointment.id,
        beneficiary_id=follow_up.beneficiary_id,
        follow_up_id=follow_up.id,
        invitation_id=invitation.id if invitation else None,
        outcome=Outcome.UNKNOWN,
        created_by=by,
        created_at=now,
    )
    rows.write(session, participation)
    rows.know(session, participation)
    code = codes.derive("participation", participation.id)
    kept = {"code_hash": codes.kept(code), "participation_id": participation.id, "created_at": now}
    rows.run(session, _LINKED, kept)
    if invitation is not None and invitation.answered_at is None:
        rows.change(session, invitation, answered_at=now)
    follow_ups.end_invitations(session, follow_up, EndReason.BOOKED, now=now)
    outbox.owe(
        session,
        kind,
        channels=ELECTRONIC,
        beneficiary=follow_up.beneficiary,
        organisation=appointment.organisation,
        participation=participation,
        invitation=invitation,
        useless_at=appointment.starts_at,
        leaves_at_once=kind is MessageKind.BOOKED,
        now=now,
    )
    follow_ups.refresh(session, follow_up, now=now)
    journal.note(
        session,
        "appointment.booked",
        now=now,
        organisation_id=appointment.organisation_id,
        agent_id=agent_id,
        beneficiary_id=follow_up.beneficiary_id,
        participation_id=participation.id,
    )
    return participation


_LINKED = insert(Link).inline()


def appointment_to_come(session: Session, follow_up_id: int, *, now: datetime) -> Participation | None:
    """The live participation to come of a follow-up; there is one at most."""
    participation_id = rows.read(session, _TO_COME, {"follow_up_id": follow_up_id, "now": now}).scalar()
    return session.get_one(Participation, participation_id) if participation_id is not None else None


_TO_COME = (
    select(Participation.id)
    .join(Appointment)
    .where(
        Participation.follow_up_id == bindparam("follow_up_id"),
        Participation.outcome == Outcome.UNKNOWN,
        Appointment.starts_at > bindparam("now"),
    )
    .order_by(Participation.id)
)


def check_not_booked(session: Session, follow_up_id: int, *, now: datetime) -> None:
    booked = appointment_to_come(session, follow_up_id, now=now)
    if booked is not None:
        raise AlreadyBooked(participation_id=booked.id)


def is_same_choice(participation: Participation, token: str) -> bool:
    """True when this token is what was booked."""
    booked = participation.appointment
    return Choice.parse(token) == (booked.starts_at, booked.place_id, booked.type_id)
