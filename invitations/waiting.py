"""The queue of those who wait, as other people's acts touch it: a slot is freed, somebody waits no more.

Standing in it is `queueing`, being offered a slot `offering`, answering `accepting`. This module is below them all:
whatever frees a slot calls `set_aside`, whatever ends somebody's wait calls `end`, each in its own transaction.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from invitations import journal, outbox, rows
from invitations.concerns import concerns_of
from invitations.database import locked
from invitations.models import (
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Author,
    Department,
    FollowUp,
    FreedSlot,
    MessageKind,
    OfferAnswer,
    OpenTo,
    Organisation,
    Place,
    WaitEnd,
    Waiting,
)
from invitations.quiet_hours import next_allowed

# How long a freed slot is kept for one person, from the moment their message may leave (slots.md, "waiting").
KEPT = timedelta(hours=2)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Freed:
    """The time of an appointment, as it was: what a move leaves behind."""

    organisation_id: int
    type_id: int
    place_id: int | None
    starts_at: datetime
    ends_at: datetime
    agent_ids: tuple[int, ...]


def time_of(session: Session, appointment: Appointment) -> Freed:
    """The time that an appointment takes, or took: read it before a move, set it aside after."""
    agents = select(AppointmentAgent.agent_id).where(AppointmentAgent.appointment_id == appointment.id)
    return Freed(
        organisation_id=appointment.organisation_id,
        type_id=appointment.type_id,
        place_id=appointment.place_id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        agent_ids=tuple(session.scalars(agents.order_by(AppointmentAgent.agent_id))),
    )


def set_aside(session: Session, freed: Appointment | Freed, *, now: datetime) -> bool:
    """Hold what has just become free if somebody waits for one like it; True when it is held.

    To be called once the time is free, or the seat given back, in the transaction that frees it: nobody else ever
    sees it free, so nobody overtakes the queue. An appointment of a collective type is a session with a seat freed.
    Who is offered it is decided a moment later (`offering`); what nobody of the queue wants becomes free for all.
    """
    type_ = session.get_one(AppointmentType, freed.type_id)
    if not is_worth_offering(session, type_, freed.starts_at, now=now) or not is_waited_for(session, type_):
        return False
    if type_.is_collective:
        held_id = _hold_seat(session, freed)
    else:
        held_id = _hold_time(session, time_of(session, freed) if isinstance(freed, Appointment) else freed, now)
    if held_id is None:
        return False
    session.add(FreedSlot(appointment_id=held_id, offered_at=now, until=now))
    session.flush()
    journal.note(session, "slot.set_aside", now=now, organisation_id=freed.organisation_id, appointment_id=held_id)
    return True


def is_worth_offering(session: Session, type_: AppointmentType, starts_at: datetime, *, now: datetime) -> bool:
    """True when invited people may book the type, and there is time to tell somebody and to wait for the answer."""
    if type_.open_to is not OpenTo.INVITED or type_.closed_at is not None:
        return False
    department = session.get_one(Organisation, type_.organisation_id).department
    return now + type_.min_delay <= starts_at <= now + type_.max_delay and starts_at > kept_until(department, now=now)


def kept_until(department: Department, *, now: datetime) -> datetime:
    """Until when a slot offered now is kept: two hours after its message may leave, to the minute that is told."""
    until = next_allowed(now, department.zone, department.holidays_subdivision) + KEPT
    return until if until.second == until.microsecond == 0 else until.replace(second=0, microsecond=0) + _MINUTE


def is_waited_for(session: Session, type_: AppointmentType) -> bool:
    """True when somebody waits for an appointment of this organisation and category."""
    somebody = (
        select(Waiting.id)
        .join(FollowUp, FollowUp.id == Waiting.follow_up_id)
        .where(
            Waiting.organisation_id == type_.organisation_id,
            Waiting.ended_at.is_(None),
            FollowUp.category_id == type_.category_id,
        )
    )
    return session.scalar(somebody.limit(1)) is not None


def is_waiting(session: Session, follow_up_id: int, organisation_id: int) -> bool:
    """True while somebody stands in the queue of this organisation."""
    place = select(Waiting.id).where(
        Waiting.follow_up_id == follow_up_id, Waiting.organisation_id == organisation_id, Waiting.ended_at.is_(None)
    )
    return session.scalar(place.limit(1)) is not None


def end(session: Session, follow_up_id: int, *, reason: WaitEnd = WaitEnd.OVERTAKEN, now: datetime) -> None:
    """Whoever waits in this follow-up waits no more; what was kept for them goes to the next. Repeated, does nothing."""
    for waiting_id in rows.read(session, _STILL_WAITING, {"follow_up_id": follow_up_id}).scalars().all():
        waiting = session.get_one(Waiting, waiting_id)
        offer = live_offer(session, waiting)
        if offer is not None:
            pass_on(session, offer, waiting, OfferAnswer.LAPSED, now=now)
        waiting.ended_at, waiting.end_reason = now, reason
        session.flush()


_STILL_WAITING = locked(
    select(Waiting.id)
    .where(Waiting.follow_up_id == bindparam("follow_up_id"), Waiting.ended_at.is_(None))
    .order_by(Waiting.id)
)


def live_offer(session: Session, waiting: Waiting) -> FreedSlot | None:
    """The slot that is kept for this person now, nobody else changing it until the transaction ends."""
    kept = select(FreedSlot).where(FreedSlot.waiting_id == waiting.id, FreedSlot.answered_at.is_(None))
    return session.scalars(locked(kept), execution_options={"populate_existing": True}).one_or_none()


def pass_on(session: Session, offer: FreedSlot, waiting: Waiting, answer: OfferAnswer, *, now: datetime) -> None:
    """This person does not take it: it stays set aside, for the next to be asked."""
    close(session, offer, waiting, answer, now=now)
    session.add(FreedSlot(appointment_id=offer.appointment_id, offered_at=now, until=now))
    session.flush()


def close(session: Session, offer: FreedSlot, waiting: Waiting, answer: OfferAnswer, *, now: datetime) -> None:
    """The offer is answered, one way or the other; its message, if it has not left, is taken back."""
    offer.answered_at, offer.answer = now, answer
    outbox.cancel_pending(
        session,
        invitation_id=None if waiting.participation_id else waiting.invitation_id,
        participation_id=waiting.participation_id,
        kinds=[MessageKind.SLOT_FREED],
        now=now,
    )
    journal.note(
        session,
        f"slot.{answer}",
        now=now,
        organisation_id=waiting.organisation_id,
        follow_up_id=waiting.follow_up_id,
        appointment_id=offer.appointment_id,
    )


def _hold_seat(session: Session, freed: Appointment | Freed) -> int | None:
    """The seat is taken again, for nobody yet. None when somebody was faster, or the session is off."""
    if not isinstance(freed, Appointment):
        return None
    taken = update(Appointment).where(
        Appointment.id == freed.id, Appointment.seats_taken < Appointment.seats, Appointment.cancelled_at.is_(None)
    )
    session.flush()
    again = taken.values(seats_taken=Appointment.seats_taken + 1).returning(Appointment.id)
    return session.scalar(again)


def _hold_time(session: Session, freed: Freed, now: datetime) -> int | None:
    """An appointment for nobody yet, where the other one was. None when that time can't be offered to people."""
    session.flush()
    if not freed.agent_ids or any(not can_be_offered(session, freed, one, now=now) for one in freed.agent_ids):
        return None
    held = Appointment(
        uid=str(uuid.uuid4()),
        organisation_id=freed.organisation_id,
        type_id=freed.type_id,
        place_id=freed.place_id,
        starts_at=freed.starts_at,
        ends_at=freed.ends_at,
        held_until=freed.starts_at,  # `offering` lets it go; this is for the day when nothing does
        created_by=Author.BENEFICIARY,
        created_at=now,
    )
    session.add(held)
    session.flush()
    busy_until = freed.ends_at + session.get_one(AppointmentType, freed.type_id).pause_after
    session.add_all(
        AppointmentAgent(
            appointment_id=held.id,
            agent_id=agent_id,
            starts_at=freed.starts_at,
            ends_at=freed.ends_at,
            busy_until=busy_until,
        )
        for agent_id in freed.agent_ids
    )
    session.flush()
    return held.id


def can_be_offered(session: Session, freed: Freed, agent_id: int, *, now: datetime, without: int | None = None) -> bool:
    """True when the agent receives then, is not absent, and has nothing else on a part of it.

    `without` is the appointment that holds the time already.
    """
    overlapping = select(AppointmentAgent.appointment_id).where(
        AppointmentAgent.agent_id == agent_id,
        AppointmentAgent.appointment_id != (without or 0),
        AppointmentAgent.is_live,
        AppointmentAgent.starts_at < freed.ends_at,
        AppointmentAgent.ends_at > freed.starts_at,
    )
    if session.scalar(overlapping.limit(1)) is not None:
        return False
    type_ = session.get_one(AppointmentType, freed.type_id)
    place = session.get(Place, freed.place_id) if freed.place_id is not None else None
    return not concerns_of(session, agent_id, type_, place, freed.starts_at, freed.ends_at, now=now, without=without)
