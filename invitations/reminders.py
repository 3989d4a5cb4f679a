"""Reminders: what is due and not done yet. Safe to repeat, harmless when two clocks do it at once.

Nothing here is "exactly on day 3": what a stopped scheduler missed is made good, with the latest step only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from invitations.models import (
    Appointment,
    CategorySettings,
    Channel,
    Department,
    FollowUp,
    Invitation,
    Message,
    MessageKind,
    Mode,
    Organisation,
    Outcome,
    Participation,
    Place,
    Waiting,
)
from invitations.outbox import Owed, owe_all
from invitations.reach import ELECTRONIC
from invitations.reminder_dates import USELESS_BEFORE_START, appointment_step, invitation_step

# The longest row of closed days brings a reminder forward by less than this.
HORIZON = timedelta(days=10)
_REMINDER = {Mode.INVITATION: MessageKind.INVITATION_REMINDER, Mode.PROPOSITION: MessageKind.PROPOSITION_REMINDER}


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due: of which invitation or participation, which step of it, on which channels."""

    id: int
    step: int | str
    channels: Sequence[Channel]


def invitations_due(session: Session, *, now: datetime) -> list[Due]:
    """Unanswered invitations and propositions whose reminder is due. One query."""
    steps = ((row, _invitation_step(row, now)) for row in session.execute(_unanswered(now)))
    return [Due(row.id, step, _electronic(row.channels)) for row, step in steps if step is not None]


def appointments_due(session: Session, *, now: datetime) -> list[Due]:
    """People expected soon whose reminder is due. One query."""
    steps = ((row, _appointment_step(row, now)) for row in session.execute(_to_come(now)))
    return [Due(row.id, step, _electronic(row.channels or ELECTRONIC)) for row, step in steps if step is not None]


def remind_invitations(session: Session, due: Sequence[Due] | None = None, *, now: datetime) -> int:
    """Owe the reminders of `due` (all that are due, when not given). Returns how many messages.

    What has changed since they were read is seen again when a message is about to leave.
    """
    due = invitations_due(session, now=now) if due is None else due
    by_id = {one.id: one for one in due}
    owed = [
        Owed(
            _REMINDER[one.mode],
            by_id[one.id].channels,
            one.follow_up.beneficiary,
            one.organisation,
            invitation=one,
            version=int(by_id[one.id].step),
        )
        for one in session.scalars(_invitations(list(by_id)))
    ]
    return len(owe_all(session, owed, now=now))


def remind_appointments(session: Session, due: Sequence[Due] | None = None, *, now: datetime) -> int:
    """Owe the reminders of `due` (all that are due, when not given). Returns how many messages."""
    due = appointments_due(session, now=now) if due is None else due
    by_id = {one.id: one for one in due}
    owed = [
        Owed(
            MessageKind.APPOINTMENT_REMINDER,
            by_id[one.id].channels,
            one.beneficiary,
            one.appointment.organisation,
            invitation=one.invitation,
            participation=one,
            step=str(by_id[one.id].step),
            useless_at=one.appointment.starts_at - USELESS_BEFORE_START,
        )
        for one in session.scalars(_participations(list(by_id)))
    ]
    return len(owe_all(session, owed, now=now))


def _invitation_step(row: Row[Any], now: datetime) -> int | None:
    return invitation_step(
        sent_at=row.sent_at,
        days=row.reminder_days,
        reached=row.reached or 0,
        reminded_at=row.reminded_at,
        expires_at=row.expires_at,
        zone=ZoneInfo(row.timezone),
        subdivision=row.holidays_subdivision,
        now=now,
    )


def _appointment_step(row: Row[Any], now: datetime) -> str | None:
    return appointment_step(
        starts_at=row.starts_at,
        told_at=row.told_at or row.created_at,
        reminded_at=row.reminded_at,
        zone=ZoneInfo(row.place_timezone or row.timezone),
        subdivision=row.holidays_subdivision,
        now=now,
    )


def _electronic(channels: Sequence[str]) -> list[Channel]:
    """Of the channels set for the category, those that leave by themselves."""
    return [channel for channel in ELECTRONIC if channel in channels]


def _unanswered(now: datetime) -> Select[*tuple[Any, ...]]:
    """Invitations that may still be answered, with what the dates of their reminders depend on."""
    first = Message.kind.in_([MessageKind.INVITATION, MessageKind.PROPOSITION])
    reminder = Message.kind.in_(_REMINDER.values())
    of_this = Message.invitation_id == Invitation.id
    has_appointment = (
        exists()
        .where(Participation.follow_up_id == FollowUp.id, Participation.outcome == Outcome.UNKNOWN)
        .where(Appointment.id == Participation.appointment_id, Appointment.starts_at > now)
    )
    waits = exists().where(Waiting.follow_up_id == FollowUp.id, Waiting.ended_at.is_(None))
    return (
        select(
            Invitation.id,
            Invitation.expires_at,
            CategorySettings.reminder_days,
            CategorySettings.channels,
            Department.timezone,
            Department.holidays_subdivision,
            select(func.min(Message.sent_at)).where(of_this, first).scalar_subquery().label("sent_at"),
            select(func.max(Message.version)).where(of_this, reminder).scalar_subquery().label("reached"),
            select(func.max(Message.created_at)).where(of_this, reminder).scalar_subquery().label("reminded_at"),
        )
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .join(
            CategorySettings,
            (CategorySettings.organisation_id == Invitation.organisation_id)
            & (CategorySettings.category_id == FollowUp.category_id),
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .where(
            Invitation.mode.in_(_REMINDER),
            Invitation.ended_at.is_(None),
            Invitation.answered_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
            FollowUp.closed_at.is_(None),
            FollowUp.reminders_suspended_at.is_(None),
            ~has_appointment,
            ~waits,  # told as soon as a place is free; nothing is left to them to choose
        )
        .order_by(Invitation.id)
    )


def _to_come(now: datetime) -> Select[*tuple[Any, ...]]:
    """People expected within the horizon, with what the dates of their reminders depend on."""
    of_this = Message.participation_id == Participation.id
    telling = Message.kind.in_([MessageKind.BOOKED, MessageKind.MOVED, MessageKind.CONVOCATION])
    version = Appointment.version + Participation.versions_before
    reminder = (Message.kind == MessageKind.APPOINTMENT_REMINDER) & (Message.version == version)
    return (
        select(
            Participation.id,
            Participation.created_at,
            Appointment.starts_at,
            CategorySettings.channels,
            Place.timezone.label("place_timezone"),
            Department.timezone,
            Department.holidays_subdivision,
            select(func.max(Message.created_at)).where(of_this, telling).scalar_subquery().label("told_at"),
            select(func.max(Message.created_at)).where(of_this, reminder).scalar_subquery().label("reminded_at"),
        )
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(FollowUp, FollowUp.id == Participation.follow_up_id)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .outerjoin(Place, Place.id == Appointment.place_id)
        .outerjoin(
            CategorySettings,
            (CategorySettings.organisation_id == Appointment.organisation_id)
            & (CategorySettings.category_id == FollowUp.category_id),
        )
        .where(
            Appointment.starts_at > now + USELESS_BEFORE_START,
            Appointment.starts_at <= now + HORIZON,
            Appointment.cancelled_at.is_(None),
            Participation.outcome == Outcome.UNKNOWN,
            FollowUp.reminders_suspended_at.is_(None),
        )
        .order_by(Appointment.starts_at, Participation.id)
    )


def _invitations(ids: Sequence[int]) -> Select[Any]:
    """Whole invitations, with what their words are made of."""
    return (
        select(Invitation)
        .where(Invitation.id.in_(ids))
        .options(
            joinedload(Invitation.follow_up).joinedload(FollowUp.beneficiary),
            joinedload(Invitation.organisation),
            joinedload(Invitation.place),
            joinedload(Invitation.held_appointment).joinedload(Appointment.place),
            joinedload(Invitation.held_appointment).selectinload(Appointment.agents),
        )
    )


def _participations(ids: Sequence[int]) -> Select[Any]:
    """Whole participations, with what their words are made of."""
    appointment = joinedload(Participation.appointment)
    return (
        select(Participation)
        .where(Participation.id.in_(ids))
        .options(
            joinedload(Participation.beneficiary),
            joinedload(Participation.follow_up),
            joinedload(Participation.invitation),
            appointment.joinedload(Appointment.organisation),
            appointment.joinedload(Appointment.place),
            appointment.selectinload(Appointment.agents),
        )
    )
