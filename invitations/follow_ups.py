"""Opening, re-deriving and closing follow-ups; ending the invitations that no longer count."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, cast, insert, null, or_, select, union_all
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

Story = tuple[list[Addressed], list[Met]]
AT_ONCE = 1_000  # of one statement's parameters there may be some ten thousand
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


def refresh_all(session: Session, those: Sequence[FollowUp], *, now: datetime) -> None:
    """`refresh` for many at once: a handful of statements for each thousand."""
    changed: dict[FollowUpStatus, list[FollowUp]] = defaultdict(list)
    for first in range(0, len(those), AT_ONCE):
        part = those[first : first + AT_ONCE]
        stories = _stories(session, [one.id for one in part])
        for one in part:
            status = derive(*stories[one.id], is_closed=bool(one.closed_at), now=now)
            if status is not one.status:
                changed[status].append(one)
    for status, them in changed.items():
        rows.change_all(session, them, status=status, status_since=now)
        rows.run_all(session, _STATUS_CHANGED, [{"follow_up_id": one.id, "status": status, "at": now} for one in them])


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


def close(session: Session, follow_up: FollowUp, *, agent_id: int | None, organisation_id: int, now: datetime) -> None:
    """An agent, or a machine, ends the follow-up; its invitations end with it."""
    follow_up.closed_at = now
    end_invitations(session, follow_up, EndReason.CLOSED, now=now)
    refresh(session, follow_up, now=now)
    note(session, "follow_up.closed", follow_up, agent_id, organisation_id, now)


def reopen(session: Session, follow_up: FollowUp, *, agent_id: int | None, organisation_id: int, now: datetime) -> None:
    """An agent opens a closed follow-up again; ended invitations stay ended."""
    follow_up.closed_at = None
    refresh(session, follow_up, now=now)
    note(session, "follow_up.reopened", follow_up, agent_id, organisation_id, now)


def note(
    session: Session, action: str, follow_up: FollowUp, agent_id: int | None, organisation_id: int, now: datetime
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


def _story(session: Session, follow_up_id: int) -> Story:
    """The invitations and the participations of a follow-up, in one question."""
    return _told(rows.read(session, _STORY, {"id": follow_up_id}).all())


def _stories(session: Session, ids: Sequence[int]) -> dict[int, Story]:
    """The same of many."""
    found: dict[int, list[Any]] = {one: [] for one in ids}
    for follow_up_id, *told in rows.read(session, _STORIES, {"ids": ids}):
        found[follow_up_id].append(told)
    return {one: _told(told) for one, told in found.items()}


def _told(found: Iterable[Sequence[Any]]) -> Story:
    addressed, met = [], []
    for _, created_at, moment, ended_at, answered_at, outcome in found:
        if outcome is None:
            addressed.append(Addressed(created_at, moment, is_ended=bool(ended_at), is_answered=bool(answered_at)))
        else:
            met.append(Met(created_at, moment, outcome))
    return addressed, met


# Taken back before anything left, it never was.
_HAPPENED = or_(Invitation.end_reason.is_(None), Invitation.end_reason != EndReason.TAKEN_BACK)
# The moment is when an invitation expires, or when an appointment starts; an invitation has no outcome.
_OF_INVITATIONS = select(
    Invitation.id,
    Invitation.created_at,
    Invitation.expires_at,
    Invitation.ended_at,
    Invitation.answered_at,
    cast(null(), Participation.outcome.type),
).where(_HAPPENED)
_OF_PARTICIPATIONS = select(
    Participation.id,
    Participation.created_at,
    Appointment.starts_at,
    null(),
    null(),
    Participation.outcome,
).join(Appointment)
_STORY = union_all(
    _OF_INVITATIONS.where(Invitation.follow_up_id == bindparam("id")),
    _OF_PARTICIPATIONS.where(Participation.follow_up_id == bindparam("id")),
).order_by("id")
_STORIES = union_all(
    select(Invitation.follow_up_id, *_OF_INVITATIONS.selected_columns).where(
        Invitation.follow_up_id.in_(bindparam("ids", expanding=True)), _HAPPENED
    ),
    select(Participation.follow_up_id, *_OF_PARTICIPATIONS.selected_columns)
    .join(Appointment)
    .where(Participation.follow_up_id.in_(bindparam("ids", expanding=True))),
).order_by("id")
