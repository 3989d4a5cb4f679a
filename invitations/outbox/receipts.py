"""What a provider says afterwards: late, twice, in any order. Kept as it came, then applied if it still can be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.models import Agent, Channel, Message, MessageState, ReceiptEvent
from invitations.outbox.marking import close_address, consequences
from invitations.outbox.states import BEFORE, FINAL, IN_FLIGHT, Next, after_failure
from notifications.receipts import Delivery, Receipt
from notifications.senders import Reason

_STATES = {
    Delivery.ON_ITS_WAY: MessageState.SENT,
    Delivery.DELIVERED: MessageState.DELIVERED,
    Delivery.UNDELIVERED: MessageState.UNDELIVERED,
    Delivery.FAILED: MessageState.FAILED,
}


def apply_receipt(
    session: Session, receipt: Receipt, *, reason: Reason, now: datetime, is_last_word: bool = False
) -> bool:
    """Keep a receipt and let it change its message. `reason`: our word for its error code.

    `is_last_word`: whoever says so has tried for days; a failure is not tried again, and what it says of the address is
    true even of a message that had arrived by another's word. False when it is of none of our messages. The same receipt
    again changes nothing.
    """
    message = _message_of(session, receipt)
    if message is None:
        return False
    if _is_new(session, message, receipt):
        session.add(
            ReceiptEvent(
                message_id=message.id,
                provider_id=receipt.provider_id,
                status=receipt.status[:40],
                error_code=receipt.error_code,
                at=now,
            )
        )
        if is_last_word and receipt.delivery is not None:
            close_address(session, message, reason, now=now)
            _spare_the_agent(session, message, reason)
        if receipt.delivery is not None and speaks_of_this_attempt(message, receipt.provider_id):
            _apply(session, message, receipt, _STATES[receipt.delivery], reason, now, is_last_word)
    return True


def speaks_of_this_attempt(message: Message, provider_id: str) -> bool:
    """False for the echo of an earlier attempt, when the message was sent a second time. Of an email all are the same."""
    if message.channel is Channel.EMAIL:
        return True
    if message.state in IN_FLIGHT:
        return message.provider_id != provider_id
    return message.provider_id == provider_id


def _spare_the_agent(session: Session, message: Message, reason: Reason) -> None:
    """Who calls our summary of the day unwanted gets no other; they turn it on again where agents set it."""
    if reason is Reason.REFUSED_BY_PERSON and message.agent_id is not None:
        session.get_one(Agent, message.agent_id).wants_digest = False


def _apply(
    session: Session,
    message: Message,
    receipt: Receipt,
    state: MessageState,
    reason: Reason,
    now: datetime,
    is_last_word: bool,
) -> None:
    if message.state not in BEFORE[state]:
        return
    message.provider_id = receipt.provider_id or message.provider_id
    message.sent_at = message.sent_at or now
    if state in {MessageState.UNDELIVERED, MessageState.FAILED}:
        if is_last_word:
            _change(message, consequences(Next(state), reason, receipt.error_code, now=now))
            return
        close_address(session, message, reason, now=now)
        _change(message, _after_refusal(session, message, receipt, state, reason, now))
    else:
        _change(message, {"state": state, "error_reason": None, "error_code": None})
        message.settled_at = now if state in FINAL else None


def _after_refusal(
    session: Session, message: Message, receipt: Receipt, state: MessageState, reason: Reason, now: datetime
) -> dict[str, Any]:
    """The network's refusal leads where the provider's would have: once more later, or the end."""
    following = after_failure(
        reason, attempts=message.attempts, met_before=_was_refused_before(session, message, receipt)
    )
    values = consequences(following, reason, receipt.error_code, now=now)
    if following.state is MessageState.FAILED:
        values["state"] = state
    return values


def _was_refused_before(session: Session, message: Message, receipt: Receipt) -> bool:
    """True when an earlier attempt met the same end."""
    same_end = select(ReceiptEvent.id).where(
        ReceiptEvent.message_id == message.id,
        ReceiptEvent.provider_id != receipt.provider_id,
        ReceiptEvent.error_code == receipt.error_code,
    )
    return session.scalar(same_end.limit(1)) is not None


def _change(message: Message, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(message, name, value)


def _message_of(session: Session, receipt: Receipt) -> Message | None:
    """By our own reference, which the provider repeats; else by its id."""
    query = select(Message).where(Message.channel != Channel.LETTER)  # a post office sends none
    if receipt.reference.isdecimal() and len(receipt.reference) < 19:
        query = query.where(Message.id == int(receipt.reference))
    elif receipt.provider_id:
        query = query.where(Message.provider_id == receipt.provider_id).limit(1)
    else:
        return None
    return session.scalars(locked(query)).first()


def _is_new(session: Session, message: Message, receipt: Receipt) -> bool:
    same = select(ReceiptEvent.id).where(
        ReceiptEvent.message_id == message.id,
        ReceiptEvent.provider_id == receipt.provider_id,
        ReceiptEvent.status == receipt.status[:40],
    )
    return session.scalar(same.limit(1)) is None
