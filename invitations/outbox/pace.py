"""How fast a sender of texts may speak: a token bucket of segments for each number or name, shared by every process.

Tokens are taken in the transaction that claims. A sender may speak while it has one, and may owe the rest of a text of
several segments: in any span of time it speaks no more than the pace allows, and what fits in one second beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import Session

from invitations.database import SMS_SENDER, insert_missing, locked
from invitations.models import Channel, Message, Organisation, SenderPace

# Whoever waits comes back for several texts at once: each look costs a transaction.
LEAST_REST = timedelta(milliseconds=250)
LONGEST_REST = timedelta(seconds=1)
# Clocks of several machines differ by less; a bucket further in the future was written by one that has gone back since.
SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many segments a second each sender may speak; 0: as many as it likes. Holds one second's worth."""

    per_second: int

    def level(self, bucket: SenderPace, now: datetime) -> float:
        """How many segments it could speak now; negative while it owes."""
        if bucket.at > now + SKEW:
            return float(self.per_second)
        passed = max((now - bucket.at).total_seconds(), 0.0)
        return min(bucket.segments + passed * self.per_second, float(self.per_second))

    def resting(self, session: Session, *, now: datetime) -> dict[str, datetime]:
        """The senders that may not speak now, and when each may again."""
        if not self.per_second:
            return {}
        levels = {one.sender: self.level(one, now) for one in session.scalars(select(SenderPace))}
        return {
            sender: now + timedelta(seconds=(1 - level) / self.per_second)
            for sender, level in levels.items()
            if level < 1
        }

    def take(self, session: Session, rows: Sequence[Row[Any]], *, now: datetime) -> list[Row[Any]]:
        """Those of the messages that may leave now, in their order; each takes its segments."""
        texts = [row for row in rows if row.Message.channel is Channel.SMS]
        if not self.per_second or not texts:
            return list(rows)
        buckets = self._held(session, {sender_of(session, row) for row in texts}, now)
        return [
            row
            for row in rows
            if row.Message.channel is not Channel.SMS or _spend(buckets[sender_of(session, row)], row.Message.segments)
        ]

    def _held(self, session: Session, senders: set[str], now: datetime) -> dict[str, SenderPace]:
        """The buckets as they are now, nobody else's until the transaction ends."""
        full = [{"sender": sender, "segments": float(self.per_second), "at": now} for sender in sorted(senders)]
        insert_missing(session, SenderPace, full, key="sender")
        query = select(SenderPace).where(SenderPace.sender.in_(senders)).order_by(SenderPace.sender)
        buckets = session.scalars(locked(query), execution_options={"populate_existing": True}).all()
        for bucket in buckets:
            bucket.segments = self.level(bucket, now)
            bucket.at = now if bucket.at > now + SKEW else max(bucket.at, now)
        return {bucket.sender: bucket for bucket in buckets}


UNBOUNDED = Pace(0)


def sender_of(session: Session, row: Row[Any]) -> str:
    """Whose bucket a text takes from: its organisation's number or name, else the installation's."""
    return str(row.sms_sender or session.info.get(SMS_SENDER, ""))


def sent_by(session: Session, senders: Sequence[str]) -> ColumnElement[bool]:
    """What is sent by one of these senders: texts of the organisations that use them."""
    own = func.coalesce(func.nullif(Organisation.sms_sender, ""), session.info.get(SMS_SENDER, ""))
    organisations = select(Organisation.id).where(own.in_(senders))
    return and_(Message.channel == Channel.SMS, Message.organisation_id.in_(organisations))


def rest_until(moments: Sequence[datetime], now: datetime) -> timedelta:
    """How long to wait for the first of them."""
    return min(max(min(moments) - now, LEAST_REST), LONGEST_REST)


def _spend(bucket: SenderPace, segments: int) -> bool:
    """Takes the segments out of the bucket while there is one in it."""
    if bucket.segments < 1:
        return False
    bucket.segments -= max(segments, 1)
    return True
