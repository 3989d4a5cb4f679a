"""What keeps two machines from talking to each other: who is answered, how often, and never twice with the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations.models import InboundText, Message, MessageKind
from invitations.reach import is_number

# Choosing by text takes three or four; whoever sends more is a machine, or needs somebody.
MOST_IN_AN_HOUR = 12
AN_HOUR = timedelta(hours=1)
A_WHILE = timedelta(days=1)


def is_machine(text: InboundText) -> bool:
    """True for a short code and for a sender with a name: nobody reads an answer there."""
    return not is_number(text.sender)


def is_storm(session: Session, text: InboundText) -> bool:
    """True when this number has sent more within the hour than anybody types. Texts left unanswered count too."""
    lately = select(func.count(InboundText.id)).where(
        InboundText.sender == text.sender,
        InboundText.id < text.id,
        InboundText.received_at > text.received_at - AN_HOUR,
    )
    return (session.scalar(lately) or 0) >= MOST_IN_AN_HOUR


def may_say(session: Session, text: InboundText, body: str, *, now: datetime) -> bool:
    """False for what would keep two machines talking."""
    return not (is_machine(text) or is_storm(session, text) or was_just_said(session, text, body, now=now))


def was_just_said(session: Session, text: InboundText, body: str, *, now: datetime) -> bool:
    """True when these very words were our last answer to this number, from the one of ours that it wrote to."""
    last = session.scalar(
        select(Message.body)
        .join(InboundText, InboundText.id == Message.text_id)
        .where(
            InboundText.sender == text.sender,
            InboundText.number == text.number,
            Message.kind != MessageKind.REPLY_BY_AGENT,
            Message.created_at > now - A_WHILE,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    return last == body
