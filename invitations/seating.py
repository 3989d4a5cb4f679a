"""A person's seat in a session: taken, given back before the start, taken again by whoever changes their mind."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import follow_ups, seats, waiting
from invitations.agenda.slots import Slot
from invitations.database import hold_rows
from invitations.errors import AlreadyBooked, SessionFull
from invitations.fairness import in_fair_order
from invitations.models import Appointment, AppointmentType, FollowUp, Outcome, Participation
from invitations.seats import OpenSession
from invitations.taking import check_not_booked, claim

# Who left before the start: the seat is somebody else's.
LEFT = frozenset({Outcome.EXCUSED, Outcome.REVOKED})


def take_seat(session: Session, found: Sequence[OpenSession], follow_up: FollowUp) -> Appointment | None:
    """The first of these sessions, by id, that really has a seat left; None when none has.

    Raises AlreadyBooked for somebody who has a seat in it already.
    """
    for one in sorted(found, key=attrgetter("id")):
        if seats.take(session, one):
            check_has_no_seat(session, one.id, follow_up.beneficiary_id)
            return session.get_one(Appointment, one.id, populate_existing=True)
    return None


def check_has_no_seat(session: Session, appointment_id: int, beneficiary_id: int) -> None:
    seated = select(Participation.id).where(
        Participation.appointment_id == appointment_id,
        Participation.beneficiary_id == beneficiary_id,
        Participation.outcome.not_in(LEFT),
    )
    participation_id = session.scalar(seated)
    if participation_id is not None:
        raise AlreadyBooked(participation_id=participation_id)


def leave(session: Session, participation: Participation) -> None:
    """Their seat is free; the session goes on without them. Calendars must hear of it: the version grows."""
    seats.give_back(session, participation.appointment_id)
    participation.versions_before += 1
    session.flush()


def come_back(session: Session, participation: Participation, *, now: datetime) -> None:
    """Somebody who had left comes after all. Before the start they need a seat; afterwards it is only said.

    Raises SessionFull, AlreadyBooked for somebody who has another appointment to come or, in this session, a seat.
    """
    if participation.outcome not in LEFT:
        return
    check_has_no_seat(session, participation.appointment_id, participation.beneficiary_id)
    appointment = participation.appointment
    if appointment.starts_at <= now:
        return
    check_not_booked(session, participation.follow_up_id, now=now)
    if not seats.take(session, seats.of(appointment)):
        raise SessionFull
    participation.versions_before += 1


def change_to_session(
    session: Session, participation: Participation, found: Sequence[OpenSession], *, now: datetime
) -> bool:
    """Move somebody into the first of these sessions with a seat left. False when none has, and nothing has changed.

    Both rows are held in the order of their ids: two people who change places don't wait for each other.
    """
    old = participation.appointment
    for one in sorted(found, key=attrgetter("id")):
        with session.begin_nested() as attempt:
            both = select(Appointment.id).where(Appointment.id.in_((old.id, one.id))).order_by(Appointment.id)
            hold_rows(session, both)
            if not seats.take(session, one):
                attempt.rollback()
                continue
            check_has_no_seat(session, one.id, participation.beneficiary_id)
            go_to(session, participation, session.get_one(Appointment, one.id, populate_existing=True), now=now)
            give_up(session, old, now=now)
        waiting.set_aside(session, old, now=now)
        return True
    return False


def change_to_slot(
    session: Session,
    participation: Participation,
    slots: Sequence[Slot],
    type_: AppointmentType,
    *,
    now: datetime,
) -> bool:
    """Move somebody from a session to the first of these slots that is free. False when none is, and nothing has changed.

    The seat is given back before an agent is held: whoever changes a session holds it before its agents, too.
    """
    old = participation.appointment
    with session.begin_nested() as attempt:
        give_up(session, old, now=now)
        for slot in in_fair_order(session, slots, participation.follow_up):
            appointment = Appointment(
                uid=str(uuid.uuid4()),
                organisation_id=old.organisation_id,
                type_id=slot.type_id,
                place_id=slot.place_id,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                created_by=participation.created_by,
                created_at=now,
            )
            if claim(session, appointment, slot.agent_id, type_):
                go_to(session, participation, appointment, now=now)
                break
        else:
            attempt.rollback()
            return False
    waiting.set_aside(session, old, now=now)
    return True


def go_to(session: Session, participation: Participation, appointment: Appointment, *, now: datetime) -> None:
    """The same participation in another appointment; its version grows as if it were one that moved."""
    participation.appointment.changed_at = appointment.changed_at = now
    reached = participation.version + 1
    participation.versions_before = max(participation.versions_before, reached - appointment.version)
    participation.appointment_id = appointment.id
    session.flush()
    session.expire(participation, ["appointment"])


def give_up(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """What its person has left: a seat for somebody else, or time for the agent."""
    if appointment.type.is_collective:
        seats.give_back(session, appointment.id)
    else:
        follow_ups.cancel_appointment(session, appointment, now=now)
