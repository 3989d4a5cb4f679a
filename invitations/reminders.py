"""Reminders, and the letters that follow them: what is due and not done yet. Safe to repeat, harmless when two clocks do it at once.

Nothing here is "exactly on day 3": what a stopped scheduler missed is made good, with the latest step only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, joinedload

from invitations import escalation_due
from invitations.escalation_due import FIRST, REMINDER, DueStep
from invitations.models import (
    Appointment,
    CategorySettings,
    Channel,
    Department,
    FollowUp,
    Invitation,
    Message,
    MessageKind,
    Organisation,
    Outcome,
    Participation,
    Place,
    StepAct,
)
from invitations.outbox import Owed, owe_all
from invitations.reach import AUTOMATIC, ELECTRONIC, without_doubles
from invitations.reminder_dates import USELESS_BEFORE_START, appointment_step

# The longest row of closed days brings a reminder forward by less than this.
HORIZON = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due: of which participation, which step of it, on which channels."""

    id: int
    step: str
    channels: Sequence[Channel]


def invitations_due(session: Session, *, now: datetime) -> list[DueStep]:
    """Unanswered invitations and propositions whose next step is due. Two queries."""
    return escalation_due.due(session, now=now)


def appointments_due(session: Session, *, now: datetime) -> list[Due]:
    """People expected soon whose reminder is due. One query."""
    steps = ((row, _appointment_step(row, now)) for row in session.execute(_to_come(now)))
    return [Due(row.id, step, _automatic(row.channels or ELECTRONIC)) for row, step in steps if step is not None]


def remind_invitations(session: Session, due: Sequence[DueStep] | None = None, *, now: datetime) -> int:
    """Owe the reminders and letters of `due` (all that are due, when not given). Returns how many messages.

    What has changed since they were read is seen again when a message is about to leave. A letter says what the first
    message said; its version, as a reminder's, is the number of days of the step.
    """
    due = invitations_due(session, now=now) if due is None else due
    by_id = {one.id: one for one in due}
    owed = [
        Owed(
            (FIRST if by_id[one.id].act is StepAct.LETTER else REMINDER)[one.mode],
            by_id[one.id].channels,
            one.follow_up.beneficiary,
            one.organisation,
            invitation=one,
            version=by_id[one.id].after_days,
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
            without_doubles(one.beneficiary, by_id[one.id].channels),
            one.beneficiary,
            one.appointment.organisation,
            invitation=one.invitation,
            participation=one,
            step=by_id[one.id].step,
            useless_at=one.appointment.starts_at - USELESS_BEFORE_START,
        )
        for one in session.scalars(_participations(list(by_id)))
    ]
    return len(owe_all(session, owed, now=now))


def _appointment_step(row: Row[Any], now: datetime) -> str | None:
    return appointment_step(
        starts_at=row.starts_at,
        told_at=row.told_at or row.created_at,
        reminded_at=row.reminded_at,
        zone=ZoneInfo(row.place_timezone or row.timezone),
        subdivision=row.holidays_subdivision,
        now=now,
    )


def _automatic(channels: Sequence[str]) -> list[Channel]:
    """Of the channels set for the category, those that leave by themselves."""
    return [channel for channel in AUTOMATIC if channel in channels]


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
