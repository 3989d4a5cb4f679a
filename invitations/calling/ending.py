"""How calls end, and what becomes of their messages: heard, tried again in another half day, or left to the team."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from invitations.calling.keeping import call_of, message_of
from invitations.database import locked
from invitations.models import CallOutcome, CallStage, Channel, Message, MessageState, VoiceCall
from invitations.quiet_hours import next_half_day
from notifications.voice import CallEnd, CallNews

# Over two days at least: whoever is out in the morning may be in in the afternoon.
MOST_TRIES = 3
# No call lasts for so long: its end was told to nobody.
LONGEST_SILENCE = timedelta(hours=1)
AT_ONCE = 200
_AWAITING = (MessageState.SENT, MessageState.UNKNOWN)
_OF_STAGE = {CallStage.NOT_THEM: CallOutcome.NOT_THEM, CallStage.MACHINE: CallOutcome.MACHINE}
_OF_END = {
    CallEnd.BUSY: CallOutcome.BUSY,
    CallEnd.NO_ANSWER: CallOutcome.NO_ANSWER,
    CallEnd.FAILED: CallOutcome.FAILED,
}


def end(session: Session, news: CallNews, *, now: datetime) -> bool:
    """Note how a call ended. False when it is of none of our messages; the same end told again changes nothing."""
    message = message_of(session, news.reference)
    if message is None or not news.sid:
        return False
    if news.end is None:
        return True
    call = call_of(session, message, news, stage=CallStage.WHO, now=now)
    if call.ended_at is None:
        call.ended_at, call.outcome = now, outcome_of(call, news.end)
        conclude(session, message, call, now=now)
    session.flush()
    return True


def finish(session: Session, *, now: datetime) -> int:
    """Draw the conclusion of calls that ended before their ringing was written down, and of those whose end nobody told.
    Returns how many messages were looked at."""
    done = 0
    for message in session.scalars(locked(select(Message).where(_is_left_over(now)).limit(AT_ONCE), skip=True)).all():
        call = _last_call(session, message, now)
        if call.ended_at is None:
            call.ended_at, call.outcome = now, outcome_of(call, CallEnd.FAILED)
        conclude(session, message, call, now=now)
        done += 1
    session.flush()
    return done


def outcome_of(call: VoiceCall, ended: CallEnd) -> CallOutcome:
    if call.is_heard:
        return CallOutcome.HEARD
    return _OF_STAGE.get(call.stage) or _OF_END.get(ended) or CallOutcome.HUNG_UP


def conclude(session: Session, message: Message, call: VoiceCall, *, now: datetime) -> None:
    """What a call that reached nobody means for its message. While whoever rang has not written it down yet, nothing:
    their word would come after ours (`finish` does it then)."""
    if message.state is MessageState.SENDING:
        return
    call.concluded_at = now
    if message.state not in _AWAITING:
        return
    message.error_reason, message.error_code = call.outcome, None
    department = message.organisation.department
    again_at = next_half_day(now, department.zone, department.holidays_subdivision)
    is_too_late = message.useless_at is not None and message.useless_at <= again_at
    if is_too_late or _tries(session, message) >= MOST_TRIES:
        message.state, message.settled_at = MessageState.FAILED, now
    else:
        message.state, message.due_at = MessageState.PENDING, again_at


def _tries(session: Session, message: Message) -> int:
    session.flush()
    ended = select(func.count(VoiceCall.id)).where(VoiceCall.message_id == message.id, VoiceCall.ended_at.is_not(None))
    return session.scalar(ended) or 0


def _is_left_over(now: datetime) -> ColumnElement[bool]:
    ended = exists().where(
        VoiceCall.message_id == Message.id,
        VoiceCall.sid == Message.provider_id,
        VoiceCall.ended_at.is_not(None),
        VoiceCall.concluded_at.is_(None),
    )
    is_old = Message.claimed_at <= now - LONGEST_SILENCE  # `sent_at` is the first try's
    rung = (Message.channel == Channel.VOICE) & (Message.state == MessageState.SENT)
    return rung & (ended | is_old)


def _last_call(session: Session, message: Message, now: datetime) -> VoiceCall:
    """The call that the message is waiting for; one that nobody told us anything of is noted now."""
    sid = message.provider_id or ""
    call = session.scalars(select(VoiceCall).where(VoiceCall.sid == sid)).one_or_none()
    if call is None:
        call = VoiceCall(
            sid=sid or f"none-{message.id}-{int(now.timestamp())}",
            message_id=message.id,
            stage=CallStage.WHO,
            choices=[],
            seen=[],
            started_at=message.sent_at or now,
        )
        session.add(call)
    return call
