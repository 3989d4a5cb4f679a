"""Answering the offer of a freed slot: taking it, which books or moves, or leaving it to the next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import booking, changing, follow_ups, moving, seats, waiting
from invitations.agenda.slots import Slot, minute_of
from invitations.codes import Codes
from invitations.database import hold_rows, locked
from invitations.errors import OfferOver
from invitations.free_times import Found
from invitations.models import (
    Appointment,
    AppointmentType,
    Author,
    FreedSlot,
    OfferAnswer,
    Participation,
    WaitEnd,
    Waiting,
)
from invitations.seats import OpenSession
from invitations.taking import appointment_to_come, join


def take(session: Session, code: str, offer_id: int, *, codes: Codes, now: datetime) -> Participation:
    """Book the slot that is kept for the person of this invitation. Posted again, returns the same participation.

    Raises LinkUnknown, and OfferOver when this one is not kept for them any more.
    """
    invitation = booking.invitation_of(session, code, codes=codes)
    follow_ups.hold(session, invitation.follow_up_id)
    booked = appointment_to_come(session, invitation.follow_up_id, now=now)
    if booked is not None:
        return booked
    place, offer = _kept(session, invitation.follow_up_id, offer_id, now=now)
    held = _settle(session, place, offer, now=now)
    held.held_until = None
    with_link = place.invitation or invitation
    return join(session, held, place.follow_up, with_link, by=Author.BENEFICIARY, codes=codes, now=now)


def take_instead(session: Session, code: str, offer_id: int, *, codes: Codes, now: datetime) -> Participation:
    """Move the appointment of this person to the slot that is kept for them; its identity stays.

    Posted again, changes nothing. Raises LinkUnknown, NotChangeable, TooLateToChange, OfferOver.
    """
    participation = changing.participation_of(session, code, codes=codes)
    follow_ups.hold_participation(session, participation)
    if _was_taken(session, participation, offer_id):
        return participation
    place, offer = _kept(session, participation.follow_up_id, offer_id, now=now)
    changing.check_changeable(participation, changing.move_limit(participation.appointment), now=now)
    held = _settle(session, place, offer, now=now)
    if not moving.settle(
        session, participation, _give_back(session, held, participation, now=now), agent_id=None, now=now
    ):
        raise OfferOver
    return participation


def decline(session: Session, follow_up_id: int, offer_id: int, *, now: datetime) -> None:
    """Not this one: it goes to the next, and this person waits on. Repeated, changes nothing."""
    follow_up = follow_ups.hold(session, follow_up_id)
    try:
        place, offer = _kept(session, follow_up_id, offer_id, now=now)
    except OfferOver:
        return
    waiting.pass_on(session, offer, place, OfferAnswer.DECLINED, now=now)
    follow_ups.refresh(session, follow_up, now=now)


def _kept(session: Session, follow_up_id: int, offer_id: int, *, now: datetime) -> tuple[Waiting, FreedSlot]:
    """The place in the queue of a follow-up that is held, and this offer, if it is still kept for it. Raises OfferOver.

    An answer that comes late is as good as any, while nobody else has been asked.
    """
    still = select(Waiting).join(FreedSlot, FreedSlot.waiting_id == Waiting.id).where(FreedSlot.id == offer_id)
    place: Waiting | None = session.scalars(
        locked(still.where(Waiting.follow_up_id == follow_up_id, Waiting.ended_at.is_(None)))
    ).one_or_none()
    offer = waiting.live_offer(session, place) if place is not None else None
    if place is None or offer is None or offer.id != offer_id or is_past(offer.appointment, now=now):
        raise OfferOver
    return place, offer


def is_past(held: Appointment, *, now: datetime) -> bool:
    return held.starts_at <= now or held.cancelled_at is not None


def _settle(session: Session, place: Waiting, offer: FreedSlot, *, now: datetime) -> Appointment:
    """They have waited enough: what booking and moving end, is ended already."""
    waiting.close(session, offer, place, OfferAnswer.TAKEN, now=now)
    place.ended_at, place.end_reason = now, WaitEnd.SERVED
    session.flush()
    return session.get_one(Appointment, offer.appointment_id, populate_existing=True)


def _was_taken(session: Session, participation: Participation, offer_id: int) -> bool:
    """True when this person has taken this offer already."""
    offer = session.get(FreedSlot, offer_id)
    place = offer.waiting if offer is not None and offer.answer is OfferAnswer.TAKEN else None
    return place is not None and place.participation_id == participation.id


def _give_back(session: Session, held: Appointment, participation: Participation, *, now: datetime) -> Found:
    """What was held for nobody, free for this transaction alone: a move takes it as it takes any free time."""
    type_ = session.get_one(AppointmentType, held.type_id)
    if type_.is_collective:
        both = select(Appointment.id).where(Appointment.id.in_((held.id, participation.appointment_id)))
        hold_rows(session, both.order_by(Appointment.id))
        seats.give_back(session, held.id)
        return Found([], [_as_open(session, held)], [type_])
    agents = waiting.time_of(session, held).agent_ids
    follow_ups.cancel_appointment(session, held, now=now)
    start, end = minute_of(held.starts_at), minute_of(held.ends_at)
    return Found([Slot(start, held.place_id, one, held.type_id, end) for one in agents], [], [type_])  # type: ignore[arg-type]  # a call has no place


def _as_open(session: Session, held: Appointment) -> OpenSession:
    session.refresh(held)
    return OpenSession(
        id=held.id,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        place_id=held.place_id,  # type: ignore[arg-type]  # compared with what the row says, whatever that is
        type_id=held.type_id,
        title=held.title,
        left=held.seats - held.seats_taken,
    )
