"""Finding the message and the call that the provider speaks of; noting a call the first time it is heard of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.models import CallStage, Channel, Message, MessageState, VoiceCall
from notifications.voice import CallNews

# The provider has it after all, whatever we believed.
_NOT_KNOWN_TO_HAVE_LEFT = frozenset({MessageState.PENDING, MessageState.UNKNOWN})
_LARGEST_ID = 19  # figures; no column holds more


def message_of(session: Session, reference: str) -> Message | None:
    """The message of ours that is told by voice, nobody else changing it."""
    if not reference.isdecimal() or len(reference) >= _LARGEST_ID:
        return None
    query = select(Message).where(Message.id == int(reference), Message.channel == Channel.VOICE)
    return session.scalars(locked(query)).one_or_none()


def known_call(session: Session, message: Message, sid: str) -> VoiceCall | None:
    return session.scalars(
        select(VoiceCall).where(VoiceCall.sid == sid, VoiceCall.message_id == message.id)
    ).one_or_none()


def call_of(session: Session, message: Message, news: CallNews, *, stage: CallStage, now: datetime) -> VoiceCall:
    """The call as it is known; begun at `stage` when it is new. The message is held: two tellings come in turn."""
    call = known_call(session, message, news.sid)
    if call is not None:
        return call
    call = VoiceCall(
        sid=news.sid, message_id=message.id, stage=stage, step=0, silences=0, choices=[], seen=[], started_at=now
    )
    session.add(call)
    if message.state in _NOT_KNOWN_TO_HAVE_LEFT:
        message.state, message.sent_at, message.provider_id = MessageState.SENT, message.sent_at or now, news.sid
    session.flush()
    return call
