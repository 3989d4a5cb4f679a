"""Moving an appointment: another time, the same identity. By its person, or by an agent with a caller."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from invitations import (
    addressing,
    changing,
    convening,
    follow_ups,
    free_times,
    journal,
    lost,
    outbox,
    seating,
    waiting,
)
from invitations.agenda.search import GRACE
from invitations.agenda.slots import Slot
from invitations.codes import Codes
from invitations.errors import NotChangeable, NotFound, SlotTaken
from invitations.fairness import in_fair_order
from invitations.free_times import Found, Reach
from invitations.models import Appointment, AppointmentAgent, AppointmentType, FollowUp, MessageKind, Participation
from invitations.offers import Choice
from invitations.reach import ELECTRONIC
from invitations.taking import (
    appointment_to_come,
    hold_agent_if_free,
    is_same_choice,
)

# What first tells a person of an appointment.
FIRST_WORDS = (MessageKind.BOOKED, MessageKind.CONVOCATION)


def move(session: Session, code: str, token: str, *, codes: Codes, now: datetime) -> Participation:
    """Move an appointment to another slot, or a session, that its person could have chosen; its identity stays.

    The same move posted again changes nothing. Raises LinkUnknown, NotChangeable, TooLateToChange, ValueError, SlotTaken
    or SlotGone.
    """
    participation = changing.participation_of(session, code, codes=codes)
    follow_ups.hold_participation(session, participation)
    if is_same_choice(participation, token):
        return participation
    changing.check_movable(participation, now=now)
    wanted = Choice.parse(token)
    types, reach = changing.reached_by(session, participation)
    without = changing.own_time(participation)
    found = free_times.find_at(session, types, reach, wanted, now=now, grace=GRACE, without=without)
    if not settle(session, participation, found, agent_id=None, now=now):
        if found:
            raise SlotTaken
        raise lost.refusal(session, types, reach, wanted, now=now, without=without)
    return participation


def move_for(
    session: Session, follow_up: FollowUp, token: str, *, organisation_id: int, agent_id: int, now: datetime
) -> Participation:
    """An agent moves the appointment to come of someone who calls: no limit but a free slot, convocations too.

    Raises NotChangeable when nothing is to come, NotFound for another organisation's, ValueError, SlotTaken.
    """
    follow_ups.hold(session, follow_up.id)
    participation = appointment_to_come(session, follow_up.id, now=now)
    if participation is None:
        raise NotChangeable
    if participation.appointment.organisation_id != organisation_id:
        raise NotFound
    follow_ups.hold_participation(session, participation)
    if is_same_choice(participation, token):
        return participation
    wanted = Choice.parse(token)
    types = convening.types_for_agents(session, organisation_id=organisation_id, category_id=follow_up.category_id)
    grace = convening.agents_grace([one for one in types if one.id == wanted[2]])
    without = changing.own_time(participation)
    found = free_times.find_at(session, types, Reach(), wanted, now=now, grace=grace, without=without)
    if not settle(session, participation, found, agent_id=agent_id, now=now):
        raise SlotTaken
    return participation


def settle(
    session: Session, participation: Participation, found: Found, *, agent_id: int | None, now: datetime
) -> bool:
    """Take the first of what is free at one start, and tell the person. False when none of it really is."""
    before = participation.appointment.starts_at
    if not go_there(session, participation, found, now=now):
        return False
    waiting.end(session, participation.follow_up_id, now=now)
    owe_moved(session, participation, before, by_person=agent_id is None, now=now)
    follow_ups.refresh(session, participation.follow_up, now=now)
    journal.note(
        session,
        "appointment.moved",
        now=now,
        organisation_id=participation.appointment.organisation_id,
        agent_id=agent_id,
        beneficiary_id=participation.beneficiary_id,
        participation_id=participation.id,
        version=participation.version,
    )
    return True


def go_there(session: Session, participation: Participation, found: Found, *, now: datetime) -> bool:
    """A seat of a session; else a slot, which the appointment moves to unless it is a session that others attend."""
    if seating.change_to_session(session, participation, found.sessions, now=now):
        return True
    if not found.slots:
        return False
    type_ = found.types[0]
    if participation.appointment.type.is_collective:
        return seating.change_to_slot(session, participation, found.slots, type_, now=now)
    freed = waiting.time_of(session, participation.appointment)
    order = in_fair_order(session, found.slots, participation.follow_up)
    if not any(take_over(session, participation.appointment, slot, type_) for slot in order):
        return False
    participation.appointment.moved_at = now
    waiting.set_aside(session, freed, now=now)
    return True


def take_over(
    session: Session,
    appointment: Appointment,
    slot: Slot,
    type_: AppointmentType,
) -> bool:
    """Give the appointment another time, place and maybe agent. False when that time is taken after all."""
    new = AppointmentAgent(
        appointment_id=appointment.id,
        agent_id=slot.agent_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        busy_until=slot.ends_at + type_.pause_after,
    )
    with session.begin_nested() as attempt:  # gives the agent's row back when it is not free (taking.claim)
        if not hold_agent_if_free(session, new, appointment, type_):
            attempt.rollback()
            return False
        session.execute(delete(AppointmentAgent).where(AppointmentAgent.appointment_id == appointment.id))
        session.add(new)
        appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
        appointment.place_id, appointment.type_id = slot.place_id, slot.type_id
        appointment.version += 1
        session.flush()
    session.expire(appointment, ["place", "type", "agents", "times"])
    return True


def owe_moved(
    session: Session, participation: Participation, before: datetime, *, by_person: bool = False, now: datetime
) -> None:
    """One message with the old and the new date; what was to leave about the old one won't.

    Who moved it alone (`by_person`) needs no letter. Whoever has not heard of the appointment yet is simply told of it, as it is now.
    """
    appointment = participation.appointment
    is_news = outbox.cancel_pending(session, participation_id=participation.id, kinds=FIRST_WORDS, now=now) > 0
    outbox.cancel_pending(session, participation_id=participation.id, now=now)
    first = MessageKind.CONVOCATION if changing.is_convocation(participation) else MessageKind.BOOKED
    outbox.owe(
        session,
        first if is_news else MessageKind.MOVED,
        channels=ELECTRONIC if by_person else addressing.channels_about(session, participation),
        beneficiary=participation.beneficiary,
        organisation=appointment.organisation,
        participation=participation,
        invitation=participation.invitation,
        useless_at=appointment.starts_at,
        leaves_at_once=True,
        previous_starts_at=before,
        now=now,
    )
