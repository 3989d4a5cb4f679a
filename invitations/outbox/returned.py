"""What comes back of an email: which message it speaks of, and what follows for the message and for its address.

Anybody may write to the address that reports come to. So each email carries a mark that nobody else can make up, in its
Message-ID and in the address it comes back to: whoever closes an address by a forged report has read the email.
"""

from __future__ import annotations

import hmac
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.models import Channel, Message
from invitations.outbox.receipts import apply_receipt
from notifications.bounces import Bounce
from notifications.receipts import Receipt
from notifications.senders import Reason

log = structlog.get_logger()

# 80 bits in lower case: mail servers don't keep the case of an address.
LENGTH = 20
LARGEST_ID = 2**31  # what a key of our tables is below


def mark_of(message: Message, codes: Codes) -> str:
    """ "17.0a1b…": the row's id, and its signature."""
    return f"{message.id}.{_signatures(message.id, message.created_at, codes)[0]}"


def is_ours(session: Session, marks: tuple[str, ...], *, codes: Codes) -> bool:
    """True when one of these marks is true: what carries it answers a message of ours."""
    return find(session, marks, codes=codes) is not None


def find(session: Session, marks: tuple[str, ...], *, codes: Codes) -> int | None:
    """The id that one of these marks names truly; none for a mark that is forged or of another database."""
    ids = [int(mark.partition(".")[0]) for mark in marks]
    created = select(Message.id, Message.created_at).where(
        Message.id.in_([one for one in ids if one < LARGEST_ID]), Message.channel == Channel.EMAIL
    )
    for message_id, created_at in session.execute(created) if ids else ():
        right = {f"{message_id}.{one}" for one in _signatures(message_id, created_at, codes)}
        if any(hmac.compare_digest(one, mark) for one in right for mark in marks):
            return int(message_id)
    return None


def apply_bounce(session: Session, bounce: Bounce, *, codes: Codes, now: datetime) -> bool:
    """Keep what is said of one of our emails, and let it change the message and the address it went to.

    False when it speaks of none of ours. The same again changes nothing.
    """
    message_id = find(session, bounce.marks, codes=codes)
    if message_id is None:
        return False
    receipt = Receipt(
        reference=str(message_id),
        provider_id="",  # of no attempt in particular: each is the same email
        status=bounce.status,
        error_code=bounce.code[:40] or None,
        delivery=bounce.delivery,
    )
    if bounce.reason is Reason.FILTERED:
        log.warning("bounce.filtered", message=message_id, code=bounce.code)
    return apply_receipt(session, receipt, reason=bounce.reason, now=now, is_last_word=True)


def _signatures(message_id: int, created_at: datetime, codes: Codes) -> list[str]:
    """Of each key, the one in force first. The time keeps two databases with one key apart."""
    subject = f"{message_id} {int(created_at.timestamp())}"
    return [one[:LENGTH] for one in codes.every_hidden("email", subject)]
