"""Whether a message that was owed may still leave: facts in, a verdict out, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from invitations.models import Channel, Message, MessageKind, MessageState, Outcome
from invitations.outbox.hours import allowed_from
from invitations.outbox.states import ANSWERING, CANCELLING, INVITING, REMINDING, TO_FORMER
from invitations.reach import Unreachable, address_of, why_unreachable

_GONE = frozenset({Outcome.EXCUSED, Outcome.REVOKED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a message may leave. `state` when it never will, `due_at` when it must wait; with the reason."""

    state: MessageState | None = None
    reason: str = ""
    due_at: datetime | None = None

    @property
    def may_leave(self) -> bool:
        return self.state is None and self.due_at is None


LEAVES = Verdict()
OVERTAKEN = Verdict(MessageState.CANCELLED, "overtaken")
USELESS = Verdict(MessageState.EXPIRED, "useless")
# No machine may call before it is too late: somebody of the team does.
NO_TIME_TO_CALL = Verdict(MessageState.FAILED, "no_time")


def judge(facts: Row[Any], *, was_told: bool, now: datetime) -> Verdict:
    """Whether a message may leave now, by the first rule that says no."""
    message: Message = facts.Message
    if message.useless_at is not None and message.useless_at <= now:
        return USELESS
    verdict = _judge_subject(facts, was_told, now)
    if not verdict.may_leave:
        return verdict
    if message.agent_id is not None:
        return _judge_hours(facts, now)
    why = None if message.kind in TO_FORMER else why_unreachable(facts.Beneficiary, message.channel)
    if why is not None and not _says_that_texts_end(message, why):
        return Verdict(MessageState.FAILED, why)
    return LEAVES if message.channel is Channel.LETTER else _judge_hours(facts, now)


def _judge_subject(facts: Row[Any], was_told: bool, now: datetime) -> Verdict:
    message: Message = facts.Message
    if message.agent_id is not None:
        is_wanted = facts.wants_digest or message.kind is not MessageKind.DIGEST
        return LEAVES if is_wanted and facts.agent_closed_at is None else OVERTAKEN
    if message.kind in ANSWERING:
        return LEAVES
    if message.kind in TO_FORMER:  # given back meanwhile: nothing has changed
        return OVERTAKEN if message.address == address_of(facts.Beneficiary, message.channel) else LEAVES
    if message.kind in INVITING:
        return _judge_invitation(facts, now)
    if message.participation_id is None:  # a freed slot offered to somebody who has no appointment
        return LEAVES if facts.ended_at is None else OVERTAKEN
    return _judge_appointment(facts, was_told, now)


def _says_that_texts_end(message: Message, why: Unreachable) -> bool:
    """The one text that leaves after somebody refused them."""
    return message.kind is MessageKind.REPLY_STOPPED and why is Unreachable.REFUSED


def _judge_invitation(facts: Row[Any], now: datetime) -> Verdict:
    if facts.ended_at is not None or facts.held_cancelled_at is not None:
        return OVERTAKEN
    if _is_step(facts.Message) and (facts.answered_at is not None or facts.reminders_suspended_at is not None):
        return OVERTAKEN
    if facts.expires_at is not None and facts.expires_at <= now:
        return USELESS
    return USELESS if facts.held_starts_at is not None and facts.held_starts_at <= now else LEAVES


def _is_step(message: Message) -> bool:
    """True for what follows an unanswered invitation by itself: a reminder, or a letter that an agent did not ask for."""
    return message.kind in REMINDING or message.version > 0


def _judge_appointment(facts: Row[Any], was_told: bool, now: datetime) -> Verdict:
    if facts.starts_at is None or facts.starts_at <= now:
        return USELESS
    if facts.Message.kind in REMINDING and facts.reminders_suspended_at is not None:
        return OVERTAKEN
    is_off = facts.cancelled_at is not None or facts.outcome in _GONE
    if facts.Message.kind in CANCELLING:
        return LEAVES if is_off and was_told else OVERTAKEN
    return OVERTAKEN if is_off or facts.version != facts.Message.version else LEAVES


def _judge_hours(facts: Row[Any], now: datetime) -> Verdict:
    message: Message = facts.Message
    if message.leaves_at_once:
        return LEAVES
    due_at = allowed_at(facts, now)
    if message.channel is Channel.VOICE and message.useless_at is not None and message.useless_at <= due_at:
        return NO_TIME_TO_CALL
    return LEAVES if due_at <= now else Verdict(due_at=due_at)


def allowed_at(facts: Row[Any], moment: datetime) -> datetime:
    """The first moment from this one on that is inside the hours of whoever reads the message."""
    message: Message = facts.Message
    return allowed_from(
        message.kind,
        moment,
        starts_at=facts.starts_at,
        previous_starts_at=message.previous_starts_at,
        department=facts.Department,
        channel=message.channel,
        zone=ZoneInfo(facts.place_timezone) if facts.place_timezone else None,
    )
