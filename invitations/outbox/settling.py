"""What nobody knows: messages whose sender died, or whose provider answered nothing sure. Asked, then decided.

A text is asked about twice, `settle_every` apart. Found: it left. Not found: it goes again, unless it is a
reminder (a lost reminder costs less than a double one). An email goes again at once, as the same email.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.database import Database, locked
from invitations.models import Channel, Message, MessageState, Organisation
from invitations.outbox.claiming import Claimed
from invitations.outbox.delivery import BATCH
from invitations.outbox.handing_over import DeliveryTerms, write_call, write_sms
from invitations.outbox.marking import mark_sent
from invitations.outbox.states import is_lost
from notifications.senders import SendError, Senders

log = structlog.get_logger()

LOOKS = 2
# The machine's clock may have been hours ahead when the message was claimed, and set right since.
CLOCK_DOUBT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What the provider said of a message: its id, or that it has none like it; or it could not say."""

    claimed: Claimed
    provider_id: str | None
    could_say: bool


def settle_unknown(
    database: Database,
    senders: Senders,
    *,
    codes: Codes,
    terms: DeliveryTerms,
    clock: Callable[[], datetime],
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Take back the claims of the dead and ask about what is unknown. Returns how many messages were settled."""
    with database.writing() as session:
        lost = declare_unknown(session, terms, now=clock())
    if lost:
        log.warning("messages.unknown", count=lost)
    settled = 0
    while not should_stop():
        with database.writing() as session:
            due = take_looks(session, terms, now=clock())
        if not due:
            break
        with ThreadPoolExecutor(terms.threads, thread_name_prefix="settle") as pool:
            looks = list(pool.map(partial(look, senders=senders, codes=codes, terms=terms), due))
        with database.writing() as session:
            settled += sum([conclude(session, one, now=clock()) for one in looks])
    return settled


def declare_unknown(session: Session, terms: DeliveryTerms, *, now: datetime) -> int:
    """Claims older than the lease: texts become `unknown`, emails go again. Returns how many of both.

    Nobody can claim in the future: who did lived by a clock that has been set back since.
    """
    is_overdue = or_(Message.claimed_at < now - terms.lease, Message.claimed_at > now + terms.lease)
    overdue = update(Message).where(Message.state == MessageState.SENDING, is_overdue)
    unknown = overdue.where(Message.channel != Channel.EMAIL).values(
        state=MessageState.UNKNOWN, error_reason="crash", looks=0, due_at=now
    )
    again = overdue.where(Message.channel == Channel.EMAIL).values(
        state=MessageState.PENDING, error_reason="crash", due_at=now
    )
    return sum(_count(session, statement) for statement in (unknown, again))


def take_looks(session: Session, terms: DeliveryTerms, *, now: datetime) -> list[Claimed]:
    """The messages to ask about now. The next look is written before this one: a crash delays, no more.

    A look further ahead than any is ever put was planned by a clock that has been set back since.
    """
    too_late = now + 2 * terms.settle_every
    due = (
        select(Message.id)
        .where(Message.state == MessageState.UNKNOWN, or_(Message.due_at <= now, Message.due_at > too_late))
        .order_by(Message.due_at)
        .limit(BATCH)
    )
    ids = list(session.scalars(locked(due, skip=True)))
    if not ids:
        return []
    session.execute(
        update(Message).where(Message.id.in_(ids)).values(looks=Message.looks + 1, due_at=now + terms.settle_every),
        execution_options={"synchronize_session": False},
    )
    rows = session.execute(
        select(Message, Organisation.name, Organisation.sms_sender)
        .join(Organisation, Organisation.id == Message.organisation_id)
        .where(Message.id.in_(ids))
        .order_by(Message.id)
    )
    return [
        Claimed(message, message.attempts, message.claimed_at or message.created_at, name, sms_sender, None)
        for message, name, sms_sender in rows
    ]


def look(claimed: Claimed, *, senders: Senders, codes: Codes, terms: DeliveryTerms) -> Look:
    """Ask the provider about one message; no session here."""
    try:
        return Look(claimed, find(claimed, senders, codes, terms), could_say=True)
    except SendError:
        return Look(claimed, None, could_say=False)
    except Exception as error:  # noqa: BLE001  (one message must not keep the others unknown)
        log.error("message.look_broke", message=claimed.message.id, error=type(error).__name__)
        return Look(claimed, None, could_say=False)


def find(claimed: Claimed, senders: Senders, codes: Codes, terms: DeliveryTerms) -> str | None:
    """The provider's id of a text or a call like this one. Raises SendError."""
    if claimed.message.channel is not Channel.VOICE:
        since = claimed.claimed_at - CLOCK_DOUBT
        return senders.sms.find(write_sms(claimed, codes=codes, terms=terms), since=since)
    return senders.voice.find(write_call(claimed), since=claimed.claimed_at) if senders.voice is not None else None


def conclude(session: Session, seen: Look, *, now: datetime) -> bool:
    """Write what a look has taught. True when the message is settled: sent, to be sent again, or given up."""
    message = seen.claimed.message
    if seen.provider_id is not None and not _is_known(session, seen.provider_id):
        mark_sent(session, {message.id: seen.provider_id}, now=now)
        return True
    if not seen.could_say:
        return _write(session, message, looks=Message.looks - 1)
    if message.looks < LOOKS:
        return False
    if is_lost(message.kind):
        _write(session, message, state=MessageState.FAILED, settled_at=now, error_reason="given_up")
    else:
        _write(session, message, state=MessageState.PENDING, due_at=now)
    return True


def _is_known(session: Session, provider_id: str) -> bool:
    """Two reminders of one invitation may read alike, and so do two attempts at one: the one found may be the other."""
    return session.scalar(select(Message.id).where(Message.provider_id == provider_id).limit(1)) is not None


def _write(session: Session, message: Message, **values: Any) -> bool:
    """Change a message that is still unknown: a receipt may have been faster."""
    _count(
        session, update(Message).where(Message.id == message.id, Message.state == MessageState.UNKNOWN).values(values)
    )
    return False


def _count(session: Session, statement: Any) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], done).rowcount
