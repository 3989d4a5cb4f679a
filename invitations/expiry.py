"""What time alone changes: slots held too long, invitations whose last day is over, appointments that have begun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.orm import Session

from invitations import follow_ups, waiting
from invitations.models import (
    Appointment,
    AppointmentAgent,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Outcome,
    Participation,
)


def expire(session: Session, *, now: datetime) -> int:
    """Free what is held too long, and re-derive every follow-up that time has overtaken. Returns how many."""
    let_go_held(session, now=now)
    return refresh(session, follow_ups_due(session, now=now), now=now)


def refresh(session: Session, follow_up_ids: Sequence[int], *, now: datetime) -> int:
    """Re-derive these follow-ups. Returns how many."""
    for follow_up_id in follow_up_ids:
        follow_ups.refresh(session, follow_ups.hold(session, follow_up_id), now=now)
    return len(follow_up_ids)


def follow_ups_due(session: Session, *, now: datetime) -> list[int]:
    """Ids of the follow-ups whose status time alone has changed. One query."""
    return list(session.scalars(_overtaken_by_time(now)))


def let_go_held(session: Session, *, now: datetime) -> None:
    """Free the slots held for propositions that nobody has answered in time; whoever waits for one comes first."""
    let_go = session.scalars(
        update(Appointment)
        .where(Appointment.held_until <= now, Appointment.cancelled_at.is_(None))
        .values(cancelled_at=now, version=Appointment.version + 1)
        .returning(Appointment.id)
    )
    ids = list(let_go)  # without those that their person has kept in this very moment
    if ids:
        session.execute(update(AppointmentAgent).where(AppointmentAgent.appointment_id.in_(ids)).values(is_live=False))
        for one in session.scalars(select(Appointment).where(Appointment.id.in_(ids)).order_by(Appointment.id)):
            waiting.set_aside(session, one, now=now)


def _overtaken_by_time(now: datetime) -> Select[Any]:
    """Follow-ups that wait for an answer nobody can give any more, or for an appointment that has begun."""
    open_invitation = exists().where(
        Invitation.follow_up_id == FollowUp.id,
        Invitation.ended_at.is_(None),
        or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
    )
    to_come = (
        exists()
        .where(Participation.follow_up_id == FollowUp.id, Participation.outcome == Outcome.UNKNOWN)
        .where(Appointment.id == Participation.appointment_id, Appointment.starts_at > now)
    )
    return (
        select(FollowUp.id)
        .where(
            ((FollowUp.status == FollowUpStatus.INVITATION_PENDING) & ~open_invitation)
            | ((FollowUp.status == FollowUpStatus.APPOINTMENT_PENDING) & ~to_come)
        )
        .order_by(FollowUp.id)
    )
