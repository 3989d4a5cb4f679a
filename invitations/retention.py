"""What is forgotten of messages after the time an organisation keeps them: whom they went to and what they said.

The proof stays: kind, channel, language, times, state, receipts, and keyed hashes of the text and of the address. Who holds
the text and the key can show that it is what was sent; who holds the table alone learns nothing from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.models import Letter, Message, MessageState, Organisation

# In one round of the job: the rest is for the next.
AT_MOST = 2_000
# Still on their way: what they say is needed.
_ON_THEIR_WAY = (MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN)


def due(session: Session, *, now: datetime) -> list[int]:
    """The messages that are older than their organisation keeps them, the oldest first, AT_MOST of them."""
    found: list[int] = []
    for months in session.scalars(
        select(Organisation.retention_months).distinct().order_by(Organisation.retention_months)
    ):
        kept_by = select(Organisation.id).where(Organisation.retention_months == months)
        found += session.scalars(
            select(Message.id)
            .where(
                Message.organisation_id.in_(kept_by),
                Message.created_at < months_before(now, months),
                Message.forgotten_at.is_(None),
                Message.state.not_in(_ON_THEIR_WAY),
            )
            .order_by(Message.id)
            .limit(AT_MOST)
        )
    return found[:AT_MOST]


def forget_texts(session: Session, message_ids: Sequence[int], *, codes: Codes, now: datetime) -> int:
    """Put hashes in place of what these messages said and of whom to. Returns how many; those done already are left."""
    rows = session.execute(
        select(Message.id, Message.subject, Message.body, Message.address).where(
            Message.id.in_(message_ids), Message.forgotten_at.is_(None)
        )
    ).all()
    for row in rows:
        session.execute(
            update(Message)
            .where(Message.id == row.id)
            .values(
                subject="",
                body=text_hash(codes, row.subject, row.body),
                address=address_hash(codes, row.address),
                forgotten_at=now,
            )
        )
    session.execute(update(Letter).where(Letter.message_id.in_([row.id for row in rows])).values(facts={}))
    return len(rows)


def text_hash(codes: Codes, subject: str, body: str) -> str:
    """What stays of a text once it is forgotten. `body` as it was stored, with its placeholder for the link."""
    return codes.hide("message text", f"{subject}\n{body}")


def address_hash(codes: Codes, address: str) -> str:
    return codes.hide("message address", address)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day of an earlier month, the 28th at the latest: nothing is forgotten a day too early."""
    count = moment.year * 12 + moment.month - 1 - months
    return moment.replace(year=count // 12, month=count % 12 + 1, day=min(moment.day, 28))
