"""Keeping what comes, before anything is done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from invitations.database import insert_missing
from invitations.models import InboundText
from notifications.inbound import Text

# The longest that the provider hands on.
LONGEST = 1600
AT_ONCE = 200


def receive(session: Session, text: Text, *, now: datetime) -> bool:
    """Store a text. False when it is known already, or is none: nothing has changed then."""
    if not text.sid or not text.sender:
        return False
    row = {
        "sid": text.sid[:64],
        "sender": text.sender[:20],
        "number": text.number[:20],
        "body": text.body[:LONGEST],
        "received_at": now,
    }
    return bool(insert_missing(session, InboundText, [row], key="sid"))


def unread(session: Session) -> Sequence[int]:
    """Ids of the texts that nobody has looked at, the oldest first; of each number one only, for they are read in turn."""
    earlier = aliased(InboundText)
    waits = exists().where(earlier.read_at.is_(None), earlier.sender == InboundText.sender, earlier.id < InboundText.id)
    return session.scalars(
        select(InboundText.id).where(InboundText.read_at.is_(None), ~waits).order_by(InboundText.id).limit(AT_ONCE)
    ).all()
