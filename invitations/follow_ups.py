"""Opening, re-deriving and closing follow-ups; ending the invitations that no longer count."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import bindparam, cast, insert, null, select, union_all
from sqlalchemy.orm import Session

from invitations import journal, outbox, rows, waiting
from invitations.database import hold_rows
from invitations.follow_up_status import Addressed, Met, derive
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Beneficiary,
    EndReason,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Participation,
    StatusChange,
)

_ENDS_WAITING = frozenset({EndReason.BOOKED, EndReason.CLOSED, EndReason.ARCHIVED})


def open_follow_up(session: Session, beneficiary: Beneficiary, category_id: int, *, now: datetime) -> FollowUp:
    """The person's follow-up in a category, made when there is none."""
    found = session.scalar(
        select(FollowUp).where(FollowUp.beneficiary_id == beneficiary.id, FollowUp.category_id == category_id)
    )
    if found is not None:
        return found
    follow_up = FollowUp(
        uid=str(uuid.uuid4()),
        beneficiary_id=beneficiary.id,
        category_id=category_id,
        status=FollowUpStatus.NOT_INVITED,
        status_since=now,
        created_at=now,
    )
    session.add(follow_up)
    session.flush()
    rows.run(session, _STATUS_CHANGED, {"follow_up_id": follow_up.id, "status": follow_up.status, "at": now})
    return follow_up


def hold(session: Session, follow_up_id: int) -> FollowUp:
    """The follow-up, nobody else changing it until the transaction ends: what one person does happens in turn.

    Only its own row is held: its category's is everybody's.
    """
    hold_rows(session, select(FollowUp.id).where(FollowUp.id == follow_up_id))
    return session.get_one(FollowUp, follow_up_id, populate_existing=True)


def hold_participation(session: Session, participation: Participation) -> None:
    """Hold the follow-up of a participation, then read it and its appointment again: they may just have changed."""
    hold(session, participation.follow_up_id)
    session.refresh(participation)
    session.refresh(participation.appointment)


def refresh(session: Session, follow_up: FollowUp, *, now: datetime) -> FollowUpStatus:
    """Derive the status again from what is in the tables, and keep the transition if it changed."""
    status = derive(*_story(session, follow_up.id), is_closed=bool(follow_up.closed_at), now=now)
    if status is not follow_up.status:
        rows.change(session, follow_up, status=status, status_since=now)
        rows.run(session, _STATUS_CHANGED, {"follow_up_id": follow_up.id, "status": status, "at": now})
    return status


_STATUS_CHANGED = insert(StatusChange).inline()


def end_invitations(session: Session, follow_up: FollowUp, reason: EndReason, *, now: datetime) -> None:
    """End the invitations that could still be answered: held slots are let go, what has not left yet won't.

    Nobody waits on for a freed slot, either, unless a new invitation is on its way to them.
    """
    if reason in _ENDS_WAITING:
        waiting.end(session, follow_up.id, now=now)
    for invitation_id in rows.read(session, _UNENDED, {"follow_up_id": follow_up.id}).scalars().all():
        invitation = session.get_one(Invitation, invitation_id)
        if invitation.is_open(now):  # one that has expired keeps that as its story
            rows.change(session, invitation, ended_at=now, end_reason=reason)
        let_go(session, invitation, now=now)
        outbox.cancel_pending(session, invitation_id=invitation.id, now=now)


_UNENDED = select(Invitation.id).where(
    Invitation.follow_up_id == bindparam("follow_up_id"), Invitation.ended_at.is_(None)
)


def let_go(session: Session, invitation: Invitation, *, now: datetime) -> None:
    """Free the slot that a proposition holds; does nothing once it was kept, or when nothing is held."""
    if invitation.held_appointment_id is None:
        return
    held = session.get_one(Appointment, invitation.held_appointment_id)
    if held.held_until is not None and held.cancelled_at is None:
        cancel_appointment(session, held, now=now)
        waiting.set_aside(session, held, now=now)


def cancel_appointment(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """The appointment no longer takes anybody's time. Its version grows: calendars must hear of it."""
    appointment.cancelled_at = now
    appointment.version += 1
    for time in session.scalars(select(AppointmentAgent).where(AppointmentAgent.appointment_id == appointment.id)):
        time.is_live = False
    session.flush()


def close(session: Session, follow_up: FollowUp, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """An agent ends the follow-up; its invitations end with it."""
    follow_up.closed_at = now
    end_invitations(session, follow_up, EndReason.CLOSED, now=now)
    refresh(session, follow_up, now=now)
    note(session, "follow_up.closed", follow_up, agent_id, organisation_id, now)


def reopen(session: Session, follow_up: FollowUp, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """An agent opens a closed follow-up again; ended invitations stay ended."""
    follow_up.closed_at = None
    refresh(session, follow_up, now=now)
    note(session, "follow_up.reopened", follow_up, agent_id, organisation_id, now)


def note(
    session: Session, action: str, follow_up: FollowUp, agent_id: int, organisation_id: int, now: datetime
) -> None:
    """An agent's act on a follow-up, for the journal."""
    journal.note(
        session,
        action,
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=follow_up.beneficiary_id,
        follow_up_id=follow_up.id,
    )


def _story(session: Session, follow_up_id: int) -> tuple[list[Addressed], list[Met]]:
    """The invitations and the participations of a follow-up, in one question."""
    addressed, met = [], []
    for _, created_at, moment, ended_at, answered_at, outcome in rows.read(session, _STORY, {"id": follow_up_id}):
        if outcome is None:
            addressed.append(Addressed(created_at, moment, is_ended=bool(ended_at), is_answered=bool(answered_at)))
        else:
            met.append(Met(created_at, moment, outcome))
    return addressed, met


# The moment is when an invitation expires, or when an appointment starts; an invitation has no outcome.
_STORY = union_all(
    select(
        Invitation.id,
        Invitation.created_at,
        Invitation.expires_at,
        Invitation.ended_at,
        Invitation.answered_at,
        cast(null(), Participation.outcome.type),
    ).where(Invitation.follow_up_id == bindparam("id")),
    select(
        Participation.id,
        Participation.created_at,
        Appointment.starts_at,
        null(),
        null(),
        Participation.outcome,
    )
    .join(Appointment)
    .where(Participation.follow_up_id == bindparam("id")),
).order_by("id")
