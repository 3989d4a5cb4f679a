"""Claiming what is due, in one short transaction: who takes a message, and whether it may still leave.

Days may lie between owing and leaving: the appointment has moved, the person said STOP, it is night. And what may leave
is bounded: the provider is away (`providers`), the sender must take a breath (`pace`), the day has had its share (`caps`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, not_, select, update
from sqlalchemy.orm import Session, joinedload

from invitations.database import locked
from invitations.models import Appointment, Channel, Message, MessageState, Participation
from invitations.outbox import caps, providers
from invitations.outbox.facts import facts, heard
from invitations.outbox.judging import Verdict, judge
from invitations.outbox.pace import UNBOUNDED, Pace, rest_until, sent_by
from invitations.outbox.providers import Provider
from invitations.outbox.states import TO_FORMER
from invitations.reach import AUTOMATIC, address_of


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process alone may send now, and what its sender needs beside the text."""

    message: Message
    attempt: int  # from 1
    claimed_at: datetime
    organisation: str
    sms_sender: str | None
    lives_for: timedelta | None
    counted_on: caps.Day | None = None  # where its département has a daily cap


def claim(
    session: Session,
    *,
    process: str,
    channels: Collection[Channel] = AUTOMATIC,
    pace: Pace = UNBOUNDED,
    limit: int,
    now: datetime,
) -> list[Claimed] | None:
    """Take up to `limit` messages that are due and may leave; settle or put off those that may not.

    None when nothing was due; an empty list when all that was due has been settled or put off.
    """
    known = [one for one in providers.read(session, now=now) if one.channel in channels]
    away = [one for one in known if one.is_open and one.may_be_tried(now)]
    working = [one.channel for one in known if not one.is_open or one in away]
    ids = _due(session, _is_due(session, working, resting=list(pace.resting(session, now=now)), now=now), limit=limit)
    if not ids:
        return None
    leaving, others = judged(session, ids, now=now)
    leaving = pace.take(session, _one_each(leaving, away), now=now)
    counted = caps.take(session, leaving, now=now)
    leaving = _won(session, counted, away, now=now)
    claimed = [_claimed(row, counted.days.get(row.Message.id), now) for row in leaving]
    _read_what_emails_say(session, [one.message.id for one in claimed if one.message.channel is Channel.EMAIL])
    _take(session, [one.message.id for one in claimed], process=process, now=now)
    set_aside(session, others | counted.put_off, now=now)
    return claimed


def rest(session: Session, *, channels: Collection[Channel] = AUTOMATIC, pace: Pace, now: datetime) -> timedelta | None:
    """How long to wait for senders that have spoken enough for now; None when nothing due is theirs."""
    resting = pace.resting(session, now=now)
    if not resting or Channel.SMS not in channels:
        return None
    waits = exists().where(_is_due(session, [Channel.SMS], now=now), sent_by(session, list(resting)))
    return rest_until(list(resting.values()), now) if session.scalar(select(waits)) else None


def judged(session: Session, ids: Sequence[int], *, now: datetime) -> tuple[list[Row[Any]], dict[Verdict, list[int]]]:
    """The facts of the messages that may leave, in the order given; and the others, by why they may not."""
    rows = {row.Message.id: row for row in session.execute(facts().where(Message.id.in_(ids)))}
    told = heard(session, list(rows.values()))
    leaving: list[Row[Any]] = []
    others: dict[Verdict, list[int]] = defaultdict(list)
    for message_id in ids:
        row = rows[message_id]
        verdict = judge(row, was_told=row.Message.participation_id in told, now=now)
        if verdict.may_leave:
            leaving.append(row)
        else:
            others[verdict].append(message_id)
    return leaving, others


def _is_due(
    session: Session, channels: Sequence[Channel], *, resting: Sequence[str] = (), now: datetime
) -> ColumnElement[bool]:
    due = and_(Message.state == MessageState.PENDING, Message.due_at <= now, Message.channel.in_(channels))
    return and_(due, not_(sent_by(session, resting))) if resting else due


def _due(session: Session, is_due: ColumnElement[bool], *, limit: int) -> list[int]:
    """Answers to people who wait for them first, then by age. Rows that another process is claiming are skipped."""
    ids: list[int] = []
    for at_once in (True, False):
        due = (
            select(Message.id)
            .where(Message.leaves_at_once.is_(at_once), is_due)
            .order_by(Message.due_at)
            .limit(limit - len(ids))
        )
        ids.extend(session.scalars(locked(due, skip=True)) if len(ids) < limit else [])
    return ids


def _one_each(rows: Sequence[Row[Any]], away: Sequence[Provider]) -> list[Row[Any]]:
    """Of the channels whose provider is away, the first message alone: it may try."""
    first = {row.Message.channel: row for row in reversed(rows)}
    tried = {one.channel for one in away}
    return [row for row in rows if row.Message.channel not in tried or row is first[row.Message.channel]]


def _won(session: Session, counted: caps.Counted, away: Sequence[Provider], *, now: datetime) -> list[Row[Any]]:
    """Without the messages that would try a provider which another process is trying."""
    wanted = {row.Message.channel for row in counted.leaving}
    lost = {one.channel for one in away if one.channel in wanted and not providers.win_try(session, one, now=now)}
    left_out = [row.Message.id for row in counted.leaving if row.Message.channel in lost]
    caps.give_back(session, [counted.days.get(message_id) for message_id in left_out])
    return [row for row in counted.leaving if row.Message.channel not in lost]


def _claimed(facts: Row[Any], counted_on: caps.Day | None, now: datetime) -> Claimed:
    message: Message = facts.Message
    address = facts.agent_email or address_of(facts.Beneficiary, message.channel)
    if message.address != address and message.kind not in TO_FORMER:  # corrected since: the old may be a stranger's
        message.address = address
    return Claimed(
        message=message,
        attempt=message.attempts + 1,
        claimed_at=now,
        organisation=facts.organisation,
        sms_sender=facts.sms_sender,
        lives_for=message.useless_at - now if message.useless_at else None,
        counted_on=counted_on,
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
        if verdict.reason:
            values["error_reason"] = verdict.reason
        if verdict.state is not None:
            values = {"state": verdict.state, "settled_at": now, "error_reason": verdict.reason}
        session.execute(
            update(Message).where(Message.id.in_(ids)).values(values), execution_options={"synchronize_session": False}
        )
