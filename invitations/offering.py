"""Offering what is set aside to those who wait: one person at a time, in the order of asking, kept two hours each.

The scheduler asks what is `due` and settles one slot a transaction: any number of schedulers may do so at once, and
may die between two steps. Locks are taken in the order follow-up, place in the queue, slot. Whose turn it is: `turns`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import follow_ups, journal, outbox, seats, turns, waiting
from invitations.database import hold_rows
from invitations.models import Appointment, FreedSlot, MessageKind, OfferAnswer, Waiting
from invitations.reach import ELECTRONIC


def due(session: Session, *, now: datetime) -> list[int]:
    """Ids of the slots that were set aside for nobody yet, or whose two hours are over; the oldest first."""
    open_ones = select(FreedSlot.id).where(FreedSlot.answered_at.is_(None), FreedSlot.until <= now)
    return list(session.scalars(open_ones.order_by(FreedSlot.offered_at, FreedSlot.id)))


def settle(session: Session, freed_id: int, *, now: datetime) -> bool:
    """Take one slot a step further: from a person who did not answer to the next, or to everybody.

    True when something was done; False when another process was faster.
    """
    freed = session.get_one(FreedSlot, freed_id)
    if freed.waiting_id is not None:
        return lapse(session, freed, now=now)
    for one in turns.candidates(session, freed, now=now):
        if turns.suits(session, one, freed.appointment, now=now):
            return offer(session, freed, one, now=now)
    return let_go(session, freed, now=now)


def lapse(session: Session, freed: FreedSlot, *, now: datetime) -> bool:
    """The two hours are over and nobody answered: the slot stays set aside for the next."""
    place = session.get_one(Waiting, freed.waiting_id)
    follow_up = follow_ups.hold(session, place.follow_up_id)
    if not is_still_due(session, freed, now=now):
        return False
    waiting.pass_on(session, freed, place, OfferAnswer.LAPSED, now=now)
    follow_ups.refresh(session, follow_up, now=now)  # the invitation may have lived for this offer alone
    return True


def offer(session: Session, freed: FreedSlot, place: Waiting, *, now: datetime) -> bool:
    """Keep the slot for this person and owe them the message that says so."""
    follow_up = follow_ups.hold(session, place.follow_up_id)
    hold_rows(session, select(Waiting.id).where(Waiting.id == place.id))
    session.refresh(place)
    if place.ended_at is not None or waiting.live_offer(session, place) or not is_still_due(session, freed, now=now):
        return False
    if not turns.suits(session, place, freed.appointment, now=now):
        return False
    freed.waiting_id, freed.offered_at = place.id, now
    freed.until = waiting.kept_until(freed.appointment.organisation.department, now=now)
    if place.participation is None:
        keep_link_open(session, place, freed.until)
        follow_ups.refresh(session, follow_up, now=now)
    session.flush()
    tell(session, freed, place, now=now)
    return True


def is_still_due(session: Session, freed: FreedSlot, *, now: datetime) -> bool:
    """Hold the slot's row and look again: another process, or its person, may just have answered."""
    hold_rows(session, select(FreedSlot.id).where(FreedSlot.id == freed.id))
    session.refresh(freed)
    return freed.answered_at is None and freed.until <= now


def let_go(session: Session, freed: FreedSlot, *, now: datetime) -> bool:
    """Nobody who waits wants it, or it is too late to ask: it is free for all."""
    if not is_still_due(session, freed, now=now) or freed.waiting_id is not None:
        return False
    freed.answered_at, freed.answer = now, OfferAnswer.LAPSED
    held = session.get_one(Appointment, freed.appointment_id)
    if held.type.is_collective:
        seats.give_back(session, held.id)
    elif held.cancelled_at is None:
        follow_ups.cancel_appointment(session, held, now=now)
    journal.note(session, "slot.let_go", now=now, organisation_id=held.organisation_id, appointment_id=held.id)
    session.flush()
    return True


def keep_link_open(session: Session, place: Waiting, until: datetime) -> None:
    """The invitation can be answered until the offer ends: its page tells that date, and it is true."""
    invitation = turns.link_of(session, place)
    if invitation is None:
        return
    place.invitation_id = invitation.id
    if invitation.expires_at is not None and invitation.expires_at < until:
        invitation.expires_at = until
    session.flush()
    session.expire(place, ["invitation"])


def tell(session: Session, freed: FreedSlot, place: Waiting, *, now: datetime) -> None:
    """Owe the message; once the two hours are over it is of no use."""
    participation = place.participation
    outbox.owe(
        session,
        MessageKind.SLOT_FREED,
        channels=ELECTRONIC,
        beneficiary=place.follow_up.beneficiary,
        organisation=freed.appointment.organisation,
        invitation=participation.invitation if participation else place.invitation,
        participation=participation,
        step=f"f{freed.id}",
        useless_at=freed.until,
        offered=freed.appointment,
        kept_until=freed.until,
        previous_starts_at=participation.appointment.starts_at if participation else None,
        now=now,
    )
    journal.note(
        session,
        "slot.offered",
        now=now,
        organisation_id=place.organisation_id,
        beneficiary_id=place.follow_up.beneficiary_id,
        appointment_id=freed.appointment_id,
        waiting_id=place.id,
    )
