"""Which step of which unanswered invitation is due: a reminder or a letter. The call is a list, `escalation_calls`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from invitations.escalation_rules import SHORTEST_LIFE_FOR_A_LETTER
from invitations.models import (
    Appointment,
    Beneficiary,
    CategorySettings,
    Channel,
    Department,
    EscalationStep,
    FollowUp,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Organisation,
    Outcome,
    Participation,
    StepAct,
    Waiting,
)
from invitations.reach import AUTOMATIC, ELECTRONIC, why_unreachable
from invitations.reminder_dates import invitation_step

FIRST = {Mode.INVITATION: MessageKind.INVITATION, Mode.PROPOSITION: MessageKind.PROPOSITION}
REMINDER = {Mode.INVITATION: MessageKind.INVITATION_REMINDER, Mode.PROPOSITION: MessageKind.PROPOSITION_REMINDER}


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step of the invitation `id` that is due: after how many days, and by which channels it reaches the person."""

    id: int
    after_days: int
    act: StepAct
    channels: tuple[Channel, ...]


def due(session: Session, *, now: datetime) -> list[DueStep]:
    """The step due now of each unanswered invitation or proposition. Two queries."""
    steps: dict[int, list[EscalationStep]] = {}
    for step in session.scalars(select(EscalationStep).order_by(EscalationStep.after_days)):
        steps.setdefault(step.settings_id, []).append(step)
    rows = session.execute(unanswered(now)) if steps else ()
    found = (_due(row, steps.get(row.settings_id, ()), now) for row in rows)
    return [one for one in found if one is not None]


def _due(row: Row[Any], steps: Sequence[EscalationStep], now: datetime) -> DueStep | None:
    possible = dict(_possible(row, steps, now))
    day = invitation_step(
        sent_at=row.sent_at,
        days=possible,
        reminded_at=row.reminded_at,
        expires_at=row.expires_at,
        zone=ZoneInfo(row.timezone),
        subdivision=row.holidays_subdivision,
        now=now,
    )
    return possible[day] if day is not None else None


def _possible(row: Row[Any], steps: Sequence[EscalationStep], now: datetime) -> Iterator[tuple[int, DueStep]]:
    """The steps that would reach this person, by their days."""
    for step in steps:
        channels = tuple(_channels(row, step, now))
        if channels:
            yield step.after_days, DueStep(row.id, step.after_days, step.act, channels)


def _channels(row: Row[Any], step: EscalationStep, now: datetime) -> list[Channel]:
    """A reminder calls whom it can't be written to, where the category makes calls; not who never picked up: the team
    calls them."""
    wanted = [channel for channel in ELECTRONIC if channel in step.channels] if step.act is StepAct.REMIND else []
    if step.act is StepAct.LETTER and not row.has_letter and _lives_long_enough(row.expires_at, now):
        wanted = [Channel.LETTER]
    reaching = [one for one in AUTOMATIC if one in row.channels and why_unreachable(row, one) is None]
    if step.act is StepAct.REMIND and reaching == [Channel.VOICE]:
        return [] if row.was_called_in_vain else reaching
    return [one for one in wanted if one in row.channels and why_unreachable(row, one) is None]


def _lives_long_enough(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is None or expires_at - now > SHORTEST_LIFE_FOR_A_LETTER


def unanswered(now: datetime) -> Select[*tuple[Any, ...]]:
    """Invitations that may still be answered, with what the dates and the channels of their steps depend on."""
    is_first = Message.kind.in_(FIRST.values())
    is_step = or_(Message.kind.in_(REMINDER.values()), and_(is_first, Message.version > 0))
    of_this = Message.invitation_id == Invitation.id
    return (
        select(
            Invitation.id,
            Invitation.expires_at,
            CategorySettings.id.label("settings_id"),
            CategorySettings.channels,
            Department.timezone,
            Department.holidays_subdivision,
            Beneficiary.phone,
            Beneficiary.email,
            Beneficiary.sms_refused_at,
            Beneficiary.email_refused_at,
            Beneficiary.phone_dead_at,
            Beneficiary.email_dead_at,
            Beneficiary.address,
            Beneficiary.postcode,
            Beneficiary.city,
            Beneficiary.letter_dead_at,
            Beneficiary.wrong_phone,
            Beneficiary.needs,
            select(func.min(Message.sent_at)).where(of_this, is_first).scalar_subquery().label("sent_at"),
            select(func.max(Message.created_at)).where(of_this, is_step).scalar_subquery().label("reminded_at"),
            exists().where(of_this, Message.channel == Channel.LETTER).label("has_letter"),
            exists()
            .where(of_this, Message.channel == Channel.VOICE, Message.state == MessageState.FAILED)
            .label("was_called_in_vain"),
        )
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .join(Beneficiary, Beneficiary.id == FollowUp.beneficiary_id)
        .join(
            CategorySettings,
            (CategorySettings.organisation_id == Invitation.organisation_id)
            & (CategorySettings.category_id == FollowUp.category_id),
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .where(
            Invitation.mode.in_(REMINDER),
            Invitation.ended_at.is_(None),
            Invitation.answered_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
            FollowUp.closed_at.is_(None),
            FollowUp.reminders_suspended_at.is_(None),
            ~has_appointment(now),
            ~waits(),  # told as soon as a place is free; nothing is left to them to choose
        )
        .order_by(Invitation.id)
    )


def has_appointment(now: datetime) -> Any:
    """That the follow-up has an appointment to come."""
    return (
        exists()
        .where(Participation.follow_up_id == FollowUp.id, Participation.outcome == Outcome.UNKNOWN)
        .where(Appointment.id == Participation.appointment_id, Appointment.starts_at > now)
    )


def waits() -> Any:
    """That the follow-up stands in the queue for a freed slot."""
    return exists().where(Waiting.follow_up_id == FollowUp.id, Waiting.ended_at.is_(None))
