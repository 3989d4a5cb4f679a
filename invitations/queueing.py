"""Standing in the queue: whoever found nothing, or would come earlier, asks to be told; and may stop waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from invitations import booking, changing, follow_ups, journal, waiting
from invitations.codes import Codes
from invitations.errors import NotFound
from invitations.models import (
    Appointment,
    FollowUp,
    FreedSlot,
    Invitation,
    Outcome,
    Participation,
    Place,
    WaitEnd,
    Waiting,
)
from invitations.reach import ELECTRONIC, why_unreachable
from invitations.sectors import serving
from invitations.taking import check_not_booked


@dataclass(frozen=True, slots=True)
class Offered:
    """A freed slot kept for this person until `until`. `instead_of`: the appointment that it would replace.

    `id` goes with the answer: a page left open must not answer for the next offer.
    """

    id: int
    appointment: Appointment
    until: datetime
    instead_of: Appointment | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person's page says about waiting. `asked_at` None: they don't wait.

    `may_ask`: a message would reach them. `places`: where they could be received, when there are several.
    """

    asked_at: datetime | None
    offered: Offered | None
    may_ask: bool
    places: list[Place]


def ask(session: Session, code: str, *, place_id: int | None = None, codes: Codes, now: datetime) -> None:
    """The person of this invitation found nothing: they are told when a place is free. Repeated, changes nothing.

    `place_id`: only there; None anywhere. Somebody for whom something is free is not put into the queue: their page
    shows it. Raises LinkUnknown, AlreadyBooked, InvitationExpired, InvitationEnded, NotFound for a place of elsewhere.
    """
    invitation = booking.invitation_of(session, code, codes=codes)
    follow_ups.hold(session, invitation.follow_up_id)
    check_not_booked(session, invitation.follow_up_id, now=now)
    session.refresh(invitation)
    booking.check_open(session, invitation, code, now=now)
    if place_id is not None and place_id not in {one.id for one in places_of(session, invitation)}:
        raise NotFound
    if not booking.bookable(session, invitation, now=now):
        _stand(session, invitation.follow_up, invitation.organisation_id, invitation, None, place_id, now=now)


def ask_earlier(session: Session, code: str, *, codes: Codes, now: datetime) -> None:
    """The person of this appointment would come earlier, to the same place. Repeated, changes nothing.

    Raises LinkUnknown, NotChangeable, TooLateToChange.
    """
    participation = changing.participation_of(session, code, codes=codes)
    follow_ups.hold_participation(session, participation)
    changing.check_changeable(participation, changing.move_limit(participation.appointment), now=now)
    appointment = participation.appointment
    _stand(
        session,
        participation.follow_up,
        appointment.organisation_id,
        participation.invitation,
        participation,
        appointment.place_id,
        now=now,
    )


def give_up(session: Session, follow_up_id: int, *, now: datetime) -> None:
    """The person waits no more; a slot kept for them goes to the next. Repeated, changes nothing."""
    follow_ups.hold(session, follow_up_id)
    waiting.end(session, follow_up_id, reason=WaitEnd.GAVE_UP, now=now)


def standing_of_invitation(
    session: Session, invitation: Invitation, *, found_nothing: bool, is_waiting: bool
) -> Standing:
    """What the page of an invitation says about waiting; where, only to whoever found nothing.

    `is_waiting`: what reading the invitation has told already; the queue is asked only about those who stand in it.
    """
    places = places_of(session, invitation) if found_nothing and invitation.place_id is None else []
    if not is_waiting:
        return Standing(None, None, _can_be_told(invitation.follow_up), places if len(places) > 1 else [])
    return _standing(session, invitation.follow_up, invitation.organisation_id, places=places)


def standing_of_appointment(session: Session, participation: Participation, *, is_waiting: bool) -> Standing:
    """What the page of an appointment says about waiting. `is_waiting`: as for an invitation."""
    if not is_waiting:
        return Standing(None, None, _can_be_told(participation.follow_up), [])
    return _standing(session, participation.follow_up, participation.appointment.organisation_id, places=[])


def places_of(session: Session, invitation: Invitation) -> list[Place]:
    """Where the person could be received, by name: the organisation's places that serve them."""
    served = serving(session, invitation.organisation_id, invitation.follow_up.beneficiary.commune_insee)
    places = session.scalars(
        select(Place)
        .where(Place.organisation_id == invitation.organisation_id, Place.closed_at.is_(None))
        .order_by(Place.city, Place.name, Place.id)
    )
    return [one for one in places if served is None or one.id in served]


def overtaken(session: Session, *, now: datetime) -> list[int]:
    """Ids of the follow-ups whose person waits for an earlier date than that of an appointment that is over or off."""
    return list(
        session.scalars(
            select(Waiting.follow_up_id)
            .join(Participation, Participation.id == Waiting.participation_id)
            .join(Appointment, Appointment.id == Participation.appointment_id)
            .where(
                Waiting.ended_at.is_(None),
                or_(Appointment.starts_at <= now, Participation.outcome != Outcome.UNKNOWN),
            )
            .order_by(Waiting.follow_up_id)
        )
    )


def end_overtaken(session: Session, follow_up_ids: Sequence[int], *, now: datetime) -> int:
    """End the wait of these. Returns how many."""
    for follow_up_id in follow_up_ids:
        follow_ups.hold(session, follow_up_id)
        waiting.end(session, follow_up_id, reason=WaitEnd.OVERTAKEN, now=now)
    return len(follow_up_ids)


def _standing(session: Session, follow_up: FollowUp, organisation_id: int, *, places: list[Place]) -> Standing:
    row = session.execute(
        select(Waiting, FreedSlot)
        .outerjoin(FreedSlot, (FreedSlot.waiting_id == Waiting.id) & FreedSlot.answered_at.is_(None))
        .where(
            Waiting.follow_up_id == follow_up.id,
            Waiting.organisation_id == organisation_id,
            Waiting.ended_at.is_(None),
        )
    ).one_or_none()
    place, offer = row if row else (None, None)
    return Standing(
        asked_at=place.asked_at if place else None,
        offered=_offered(session, place, offer) if place and offer else None,
        may_ask=_can_be_told(follow_up),
        places=places if len(places) > 1 else [],
    )


def _can_be_told(follow_up: FollowUp) -> bool:
    """True when a message would reach the person."""
    return any(why_unreachable(follow_up.beneficiary, channel) is None for channel in ELECTRONIC)


def _offered(session: Session, place: Waiting, offer: FreedSlot) -> Offered:
    held = session.get_one(Appointment, offer.appointment_id)
    return Offered(offer.id, held, offer.until, place.participation.appointment if place.participation else None)


def _stand(
    session: Session,
    follow_up: FollowUp,
    organisation_id: int,
    invitation: Invitation | None,
    participation: Participation | None,
    place_id: int | None,
    *,
    now: datetime,
) -> None:
    """The follow-up's place in the queue; whoever stands in it keeps theirs."""
    if waiting.is_waiting(session, follow_up.id, organisation_id):
        return
    session.add(
        Waiting(
            organisation_id=organisation_id,
            follow_up_id=follow_up.id,
            invitation_id=invitation.id if invitation else None,
            participation_id=participation.id if participation else None,
            place_id=place_id,
            asked_at=now,
        )
    )
    session.flush()
    journal.note(
        session,
        "waiting.asked",
        now=now,
        organisation_id=organisation_id,
        beneficiary_id=follow_up.beneficiary_id,
        follow_up_id=follow_up.id,
    )
