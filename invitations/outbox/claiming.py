"""Claiming what is due, in one short transaction: who takes a message, and whether it may still leave.

Days may lie between owing and leaving: the appointment has moved, the person said STOP, it is night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, exists, func, select, update
from sqlalchemy.orm import Session, aliased, joinedload, lazyload

from invitations.database import locked
from invitations.models import (
    Agent,
    Appointment,
    Beneficiary,
    Channel,
    Department,
    FollowUp,
    Invitation,
    Message,
    MessageState,
    Organisation,
    Participation,
)
from invitations.outbox.judging import Verdict, judge
from invitations.outbox.states import ANNOUNCING, CANCELLING, NEVER_LEFT, POLICIES
from invitations.reach import ELECTRONIC, address_of
from notifications.senders import Reason

_held = aliased(Appointment)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process alone may send now, and what its sender needs beside the text."""

    message: Message
    attempt: int  # from 1
    claimed_at: datetime
    organisation: str
    sms_sender: str | None
    lives_for: timedelta | None


def claim(
    session: Session, *, process: str, channels: Collection[Channel] = ELECTRONIC, limit: int, now: datetime
) -> list[Claimed] | None:
    """Take up to `limit` messages that are due and may leave; settle or put off those that may not.

    None when nothing was due; an empty list when all that was due has been settled or put off.
    """
    ids = _due(session, channels=channels, limit=limit, now=now)
    if not ids:
        return None
    rows = session.execute(facts().where(Message.id.in_(ids)).order_by(Message.id)).all()
    told = heard(session, rows)
    leaving: list[Claimed] = []
    others: dict[Verdict, list[int]] = defaultdict(list)
    for row in rows:
        verdict = judge(row, was_told=row.Message.participation_id in told, now=now)
        if verdict.may_leave:
            leaving.append(_claimed(row, now))
        else:
            others[verdict].append(row.Message.id)
    _read_what_emails_say(session, [one.message.id for one in leaving if one.message.channel is Channel.EMAIL])
    _take(session, [one.message.id for one in leaving], process=process, now=now)
    set_aside(session, others, now=now)
    return leaving


def _due(session: Session, *, channels: Collection[Channel], limit: int, now: datetime) -> list[int]:
    """Answers to people who wait for them first, then by age. Rows that another process is claiming are skipped."""
    working = [channel for channel in channels if not is_stopped(session, channel, now=now)]
    if not working:
        return []
    ids: list[int] = []
    for at_once in (True, False):
        due = (
            select(Message.id)
            .where(
                Message.leaves_at_once.is_(at_once),
                Message.state == MessageState.PENDING,
                Message.due_at <= now,
                Message.channel.in_(working),
            )
            .order_by(Message.due_at)
            .limit(limit - len(ids))
        )
        ids.extend(session.scalars(locked(due, skip=True)) if len(ids) < limit else [])
    return ids


def is_stopped(session: Session, channel: Channel, *, now: datetime) -> bool:
    """True while the provider refuses our account: the queue of the channel waits, and one batch tries every 5 min.

    The message that was refused says so itself, until it is due again: every process reads it there.
    """
    pause = POLICIES[Reason.OUR_ACCOUNT].waits[0]
    refused = exists().where(
        Message.state == MessageState.PENDING,
        Message.due_at > now,
        Message.due_at <= now + pause,
        Message.error_reason == Reason.OUR_ACCOUNT,
        Message.channel == channel,
    )
    return bool(session.scalar(select(refused)))


def facts() -> Select[*tuple[Any, ...]]:
    """All that judging reads, in one query."""
    return (
        select(
            Message,
            Beneficiary,
            Agent.email.label("agent_email"),
            Agent.wants_digest,
            Agent.closed_at.label("agent_closed_at"),
            Department,
            Organisation.name.label("organisation"),
            Organisation.sms_sender,
            Invitation.ended_at,
            Invitation.answered_at,
            Invitation.expires_at,
            FollowUp.reminders_suspended_at,
            _held.starts_at.label("held_starts_at"),
            _held.cancelled_at.label("held_cancelled_at"),
            Participation.outcome,
            Appointment.starts_at,
            Appointment.cancelled_at,
            (Appointment.version + Participation.versions_before).label("version"),
        )
        .join(Organisation, Organisation.id == Message.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .outerjoin(Beneficiary, Beneficiary.id == Message.beneficiary_id)
        .outerjoin(Agent, Agent.id == Message.agent_id)
        .outerjoin(Invitation, Invitation.id == Message.invitation_id)
        .outerjoin(_held, _held.id == Invitation.held_appointment_id)
        .outerjoin(Participation, Participation.id == Message.participation_id)
        .outerjoin(Appointment, Appointment.id == Participation.appointment_id)
        .outerjoin(FollowUp, FollowUp.id == func.coalesce(Participation.follow_up_id, Invitation.follow_up_id))
        .options(lazyload(Beneficiary.department))  # its own join would lose the messages to agents
    )


def heard(session: Session, rows: Sequence[Row[Any]]) -> frozenset[int]:
    """Among the participations whose cancellation is owed, those whose person heard of the appointment from us.

    When nothing was ever owed about it, somebody has told them by voice; when sending failed, they may know too.
    """
    asked = {row.Message.participation_id for row in rows if row.Message.kind in CANCELLING}
    if not asked:
        return frozenset()
    announced = session.execute(
        select(Message.participation_id, Message.state)
        .where(Message.participation_id.in_(asked), Message.kind.in_(ANNOUNCING))
        .distinct()
    ).all()
    left = {participation_id for participation_id, state in announced if state not in NEVER_LEFT}
    unheard = asked - {participation_id for participation_id, _ in announced}
    return frozenset(one for one in left | unheard if one is not None)


def _claimed(facts: Row[Any], now: datetime) -> Claimed:
    message: Message = facts.Message
    address = facts.agent_email or address_of(facts.Beneficiary, message.channel)
    if message.address != address:  # corrected since: the old one may be a stranger's
        message.address = address
    return Claimed(
        message=message,
        attempt=message.attempts + 1,
        claimed_at=now,
        organisation=facts.organisation,
        sms_sender=facts.sms_sender,
        lives_for=message.useless_at - now if message.useless_at else None,
    )


def _read_what_emails_say(session: Session, ids: Sequence[int]) -> None:
    """Load what the words and the calendar of an email are made of: they are put together with no session open."""
    appointment = joinedload(Message.participation).joinedload(Participation.appointment)
    if ids:
        session.scalars(
            select(Message)
            .where(Message.id.in_(ids))
            .options(
                joinedload(Message.organisation),
                joinedload(Message.invitation),
                joinedload(Message.participation).joinedload(Participation.beneficiary),
                joinedload(Message.participation).joinedload(Participation.invitation),
                joinedload(Message.participation).joinedload(Participation.follow_up),
                appointment.joinedload(Appointment.organisation),
                appointment.joinedload(Appointment.place),
                appointment.selectinload(Appointment.agents),
            )
        ).all()


def _take(session: Session, ids: Sequence[int], *, process: str, now: datetime) -> None:
    taken = (
        update(Message)
        .where(Message.id.in_(ids))
        .values(state=MessageState.SENDING, claimed_at=now, claimed_by=process, attempts=Message.attempts + 1)
    )
    if ids:
        session.execute(taken, execution_options={"synchronize_session": False})


def set_aside(session: Session, groups: dict[Verdict, list[int]], *, now: datetime) -> None:
    """Settle, or put off, the messages of each verdict."""
    for verdict, ids in groups.items():
        values: dict[str, Any] = {"due_at": verdict.due_at}
        if verdict.state is not None:
            values = {"state": verdict.state, "settled_at": now, "error_reason": verdict.reason}
        session.execute(
            update(Message).where(Message.id.in_(ids)).values(values), execution_options={"synchronize_session": False}
        )
