"""Whose turn it is: those who wait, in the order of asking, and whether a slot suits them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from invitations import booking, changing, waiting
from invitations.free_times import Reach
from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    FollowUp,
    FreedSlot,
    Invitation,
    Membership,
    Mode,
    OfferAnswer,
    Participation,
    Waiting,
)
from invitations.reach import ELECTRONIC, why_unreachable
from invitations.taking import appointment_to_come

# Whoever said no to a start, or nothing, is not asked about it again.
REFUSED = (OfferAnswer.DECLINED, OfferAnswer.LAPSED)


def candidates(session: Session, freed: FreedSlot, *, now: datetime) -> Iterator[Waiting]:
    """Those who wait for a slot of this organisation, category and place, and were not asked about it before."""
    held = freed.appointment
    if not can_still_be_offered(session, held, now=now):
        return
    kept, asked_about = FreedSlot.__table__.alias(), FreedSlot.__table__.alias()
    had = Appointment.__table__.alias()
    has_offer = exists().where(kept.c.waiting_id == Waiting.id, kept.c.answered_at.is_(None))
    was_asked = exists().where(
        asked_about.c.waiting_id == Waiting.id,
        asked_about.c.answer.in_(REFUSED),
        had.c.id == asked_about.c.appointment_id,
        had.c.starts_at == held.starts_at,
        had.c.place_id.is_not_distinct_from(held.place_id),
    )
    yield from session.scalars(
        still_waiting()
        .where(
            Waiting.organisation_id == held.organisation_id,
            FollowUp.category_id == held.type.category_id,
            or_(Waiting.place_id.is_(None), Waiting.place_id.is_not_distinct_from(held.place_id)),
            ~has_offer,
            ~was_asked,
        )
        .order_by(Waiting.asked_at, Waiting.id)
    )


def still_waiting() -> Select[Waiting]:
    """People in the queue who may be written to, with what choosing among them reads."""
    follow_up = joinedload(Waiting.follow_up)
    return (
        select(Waiting)
        .join(FollowUp, FollowUp.id == Waiting.follow_up_id)
        .where(
            Waiting.ended_at.is_(None),
            FollowUp.closed_at.is_(None),
            exists().where(
                Membership.beneficiary_id == FollowUp.beneficiary_id,
                Membership.organisation_id == Waiting.organisation_id,
                Membership.archived_at.is_(None),
            ),
        )
        .options(
            follow_up.joinedload(FollowUp.beneficiary).selectinload(Beneficiary.referents),
            joinedload(Waiting.participation).joinedload(Participation.appointment),
        )
    )


def can_still_be_offered(session: Session, held: Appointment, *, now: datetime) -> bool:
    """False once the time is too close, or the agent has become absent."""
    if held.cancelled_at is not None or not waiting.is_worth_offering(session, held.type, held.starts_at, now=now):
        return False
    if held.type.is_collective:
        return True
    time = waiting.time_of(session, held)
    return all(waiting.can_be_offered(session, time, one, now=now, without=held.id) for one in time.agent_ids)


def suits(session: Session, place: Waiting, held: Appointment, *, now: datetime) -> bool:
    """True when this person can be told of this slot and may take it: reachable, theirs to choose, and earlier."""
    beneficiary = place.follow_up.beneficiary
    if all(why_unreachable(beneficiary, channel) is not None for channel in ELECTRONIC):
        return False
    if place.participation is not None:
        return would_come_earlier(session, place.participation, held, now=now)
    invitation = link_of(session, place)
    if invitation is None or appointment_to_come(session, place.follow_up_id, now=now) is not None:
        return False
    return is_reached(session, held, *booking.reached_by(session, invitation))


def would_come_earlier(session: Session, participation: Participation, held: Appointment, *, now: datetime) -> bool:
    """True when it is before their own appointment, which they may still move when the answer is due."""
    until = waiting.kept_until(held.organisation.department, now=now)
    if held.starts_at >= participation.appointment.starts_at or not changing.may_move(participation, now=until):
        return False
    return is_reached(session, held, *changing.reached_by(session, participation))


def is_reached(session: Session, held: Appointment, types: Sequence[AppointmentType], reach: Reach) -> bool:
    """True when the person could have chosen this slot themselves: its type, its place, its agents."""
    if held.type_id not in {one.id for one in types}:
        return False
    if reach.place_ids is not None and held.place_id not in reach.place_ids:
        return False
    agents = set(waiting.time_of(session, held).agent_ids)
    if reach.agent_ids is not None and not agents & set(reach.agent_ids):
        return False
    return not held.type.referents_only or bool(agents & set(reach.referents or ()))


def link_of(session: Session, place: Waiting) -> Invitation | None:
    """The invitation through which somebody who found nothing can answer: the latest that was not ended."""
    return session.scalar(
        select(Invitation)
        .where(
            Invitation.follow_up_id == place.follow_up_id,
            Invitation.organisation_id == place.organisation_id,
            Invitation.mode != Mode.CONVOCATION,
            Invitation.ended_at.is_(None),
        )
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(1)
    )
