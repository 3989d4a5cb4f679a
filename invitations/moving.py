"""Moving an appointment: another time, the same identity. By its person, or by an agent with a caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from invitations import changing, convening, follow_ups, journal, offers, outbox
from invitations.agenda.search import GRACE, slots_at
from invitations.agenda.slots import Slot
from invitations.errors import NotChangeable, NotFound, SlotTaken
from invitations.models import Appointment, AppointmentAgent, AppointmentType, FollowUp, MessageKind, Participation
from invitations.offers import Choice
from invitations.reach import ELECTRONIC
from invitations.taking import (
    appointment_to_come,
    hold_agent_if_free,
    in_fair_order,
    is_same_choice,
)

# What first tells a person of an appointment.
FIRST_WORDS = (MessageKind.BOOKED, MessageKind.CONVOCATION)


def move(session: Session, code: str, token: str, *, now: datetime) -> Participation:
    """Move an appointment to another slot that its person could have chosen; its identity stays.

    The same move posted again changes nothing. Raises LinkUnknown, NotChangeable, TooLateToChange, ValueError, SlotTaken.
    """
    participation = changing.participation_of(session, code)
    follow_ups.hold_participation(session, participation)
    if is_same_choice(participation, token):
        return participation
    changing.check_changeable(participation, now=now)
    starts_at, place_id, type_id = Choice.parse(token)
    types = [one for one in changing.types_reached(session, participation) if one.id == type_id]
    agent_ids = changing.agents_reached(participation)
    slots = slots_at(session, starts_at, types=types, place_id=place_id, agent_ids=agent_ids, now=now, grace=GRACE)
    if not settle(session, participation, slots, types, agent_id=None, now=now):
        others = changing.other_choices(session, participation, now=now)
        raise SlotTaken(offers.nearest_to(starts_at, others.choices, place_id=place_id))
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
    starts_at, place_id, type_id = Choice.parse(token)
    every = convening.types_for_agents(session, organisation_id=organisation_id, category_id=follow_up.category_id)
    types = [one for one in every if one.id == type_id]
    grace = convening.agents_grace(types)
    slots = slots_at(session, starts_at, types=types, place_id=place_id, now=now, grace=grace)
    if not settle(session, participation, slots, types, agent_id=agent_id, now=now):
        others = offers.choices_of(convening.agents_slots(session, every, now=now))
        raise SlotTaken(offers.nearest_to(starts_at, others, place_id=place_id))
    return participation


def settle(
    session: Session,
    participation: Participation,
    slots: Sequence[Slot],
    types: Sequence[AppointmentType],
    *,
    agent_id: int | None,
    now: datetime,
) -> bool:
    """Take the first of these simultaneous slots that is really free, and tell the person. False when none is."""
    appointment = participation.appointment
    before = appointment.starts_at
    for slot in in_fair_order(session, slots, participation.follow_up):
        if take_over(session, appointment, slot, types[0]):
            owe_moved(session, participation, before, now=now)
            follow_ups.refresh(session, participation.follow_up, now=now)
            journal.note(
                session,
                "appointment.moved",
                now=now,
                organisation_id=appointment.organisation_id,
                agent_id=agent_id,
                beneficiary_id=participation.beneficiary_id,
                participation_id=participation.id,
                version=appointment.version,
            )
            return True
    return False


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


def owe_moved(session: Session, participation: Participation, before: datetime, *, now: datetime) -> None:
    """One message with the old and the new date; what was to leave about the old one won't.

    Whoever has not heard of the appointment yet is simply told of it, as it is now.
    """
    appointment = participation.appointment
    is_news = outbox.cancel_pending(session, participation_id=participation.id, kinds=FIRST_WORDS, now=now) > 0
    outbox.cancel_pending(session, participation_id=participation.id, now=now)
    first = MessageKind.CONVOCATION if changing.is_convocation(participation) else MessageKind.BOOKED
    outbox.owe(
        session,
        first if is_news else MessageKind.MOVED,
        channels=ELECTRONIC,
        beneficiary=participation.beneficiary,
        organisation=appointment.organisation,
        participation=participation,
        invitation=participation.invitation,
        version=appointment.version,
        useless_at=appointment.starts_at,
        leaves_at_once=True,
        previous_starts_at=before,
        now=now,
    )
