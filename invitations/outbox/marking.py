"""Writing down what became of messages: in groups, in short transactions, and never backwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, case, func, select, update
from sqlalchemy.orm import Session

from invitations.models import Beneficiary, Channel, Message, MessageState
from invitations.outbox import caps
from invitations.outbox.claiming import Claimed
from invitations.outbox.states import BEFORE, POLICIES, Next, after_failure
from notifications.senders import Reason, SendError

_rows = cast(Table, Message.__table__)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt: the provider's id, or an error, or neither when it was not even tried."""

    claimed: Claimed
    provider_id: str | None = None
    error: SendError | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt failed: messages of one claim with the same ending are written together."""

    claimed_at: datetime
    following: Next
    reason: Reason
    code: str


def mark(session: Session, results: Sequence[Result], *, now: datetime) -> None:
    """Write the results of a group of attempts, those that end alike together."""
    mark_sent(session, {one.claimed.message.id: one.provider_id for one in results if one.provider_id}, now=now)
    release(session, [one.claimed for one in results if one.provider_id is None and one.error is None])
    ended: dict[Ending, list[Claimed]] = defaultdict(list)
    for one in sorted(results, key=lambda result: result.claimed.message.id):
        if one.error is not None:
            ended[ending_of(one.claimed, one.error)].append(one.claimed)
    for ending, claims in ended.items():
        mark_failed(session, claims, ending, now=now)
    caps.give_back(session, [one.claimed.counted_on for one in results if not may_have_left(one)])


def may_have_left(result: Result) -> bool:
    """False for what the provider does not have; an email that it may have goes again, and counts then."""
    if result.error is not None and result.error.reason is Reason.UNCERTAIN:
        return result.claimed.message.channel is not Channel.EMAIL
    return result.provider_id is not None


def mark_sent(session: Session, provider_ids: dict[int, str], *, now: datetime) -> None:
    """The provider has them. Where a receipt was faster, only the id is written.

    No matter who holds the message by now: that it left is a fact.
    """
    if not provider_ids:
        return
    # An IN can't be part of a statement that runs once for each of many rows.
    arrived = and_(*(_rows.c.state != state for state in sorted(BEFORE[MessageState.SENT])))
    statement = (
        _rows.update()
        .where(_rows.c.id == bindparam("message"))
        .values(
            state=case((arrived, _rows.c.state), else_=MessageState.SENT),
            error_reason=case((arrived, _rows.c.error_reason), else_=None),
            error_code=case((arrived, _rows.c.error_code), else_=None),
            provider_id=bindparam("provider"),
            sent_at=func.coalesce(_rows.c.sent_at, bindparam("at", now, _rows.c.sent_at.type)),
        )
    )
    session.connection().execute(
        statement, [{"message": message, "provider": provider_ids[message]} for message in sorted(provider_ids)]
    )


def release(session: Session, claims: Sequence[Claimed]) -> None:
    """Give back what was claimed and not tried: as if it had never been taken."""
    taken: dict[datetime, list[Claimed]] = defaultdict(list)
    for claimed in claims:
        taken[claimed.claimed_at].append(claimed)
    for together in taken.values():
        session.execute(_ours(together).values(state=MessageState.PENDING, attempts=Message.attempts - 1))


def ending_of(claimed: Claimed, error: SendError) -> Ending:
    """What a failed attempt leads to: another one later, the end, or nobody knows (states.POLICIES)."""
    reason, is_email = error.reason, claimed.message.channel is Channel.EMAIL
    # An email that may have left goes again as the same email: by its Message-ID a mailbox shows it once (RFC 5322).
    following = after_failure(
        Reason.WAIT if is_email and reason is Reason.UNCERTAIN else reason,
        attempts=claimed.attempt,
        met_before=claimed.message.error_reason == reason,
        retry_after=error.retry_after,
    )
    return Ending(claimed.claimed_at, following, reason, error.code)


def mark_failed(session: Session, claims: Sequence[Claimed], ending: Ending, *, now: datetime) -> None:
    """Attempts of one claim that failed alike."""
    session.execute(_ours(claims).values(consequences(ending.following, ending.reason, ending.code, now=now)))
    for claimed in claims:
        close_address(session, claimed.message, ending.reason, now=now)


def consequences(following: Next, reason: Reason, code: str | None, *, now: datetime) -> dict[str, Any]:
    """What a failure changes in its row."""
    values: dict[str, Any] = {
        "state": following.state,
        "due_at": now + following.after,
        "error_reason": reason,
        "error_code": code[:40] if code else None,
    }
    if following.state is MessageState.UNKNOWN:
        values["looks"] = 0
    elif following.state is not MessageState.PENDING:
        values["settled_at"] = now
    if not POLICIES[reason].costs_attempt:
        values["attempts"] = Message.attempts - 1
    return values


def close_address(session: Session, message: Message, reason: Reason, *, now: datetime) -> None:
    """Never again by this channel to this address: for everyone who shares it in the département.

    An address corrected since is another one, and stays open.
    """
    closing = POLICIES[reason].closes_address
    if closing is None:
        return
    if message.channel is Channel.EMAIL:
        address, since = Beneficiary.email, f"email_{closing}_at"
    else:
        address, since = Beneficiary.phone, "sms_refused_at" if closing == "refused" else "phone_dead_at"
    department = select(Beneficiary.department_id).where(Beneficiary.id == message.beneficiary_id).scalar_subquery()
    session.execute(
        update(Beneficiary)
        .where(Beneficiary.department_id == department, address == message.address)
        .values({since: func.coalesce(getattr(Beneficiary, since), now)}),
        execution_options={"synchronize_session": False},
    )


def _ours(claims: Sequence[Claimed]) -> Any:
    """Messages of one claim, as long as it holds: after the lease somebody else may have them."""
    return (
        update(Message)
        .where(
            Message.id.in_([one.message.id for one in claims]),
            Message.claimed_at == claims[0].claimed_at,
            Message.state.in_([MessageState.SENDING, MessageState.UNKNOWN]),
        )
        .execution_options(synchronize_session=False)
    )
