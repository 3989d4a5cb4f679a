"""The circuit breaker of each channel's provider: one row for every process and machine, written only when it changes.

A provider is away once it refuses our account, or once so many calls in a row have failed for a reason that says
nothing of the message. Then nothing is handed over on its channel and the messages keep waiting, but that from time
to time exactly one process tries with one message: when that leaves, all go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from invitations.database import insert_missing
from invitations.models import Channel, ProviderState
from invitations.reach import AUTOMATIC
from notifications.senders import Reason, SendError

log = structlog.get_logger()

# Between two tries: half a minute, one, two, four, then this.
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=5)
# Failures that say nothing of the message. Others show that the provider answers, but these, which may be our own.
TROUBLE = frozenset({Reason.OUR_ACCOUNT, Reason.WAIT, Reason.UNCERTAIN})
SILENT = frozenset({Reason.EXPIRED, Reason.OTHER})


@dataclass(frozen=True, slots=True)
class Provider:
    """What is known of a channel's provider. `failures`: in a row; `next_try_at`: when one message may try it again."""

    channel: Channel
    is_open: bool = False  # nothing is handed over since `opened_at`
    opened_at: datetime | None = None
    next_try_at: datetime | None = None
    reason: Reason | None = None  # of the last failure
    code: str | None = None
    failures: int = 0

    def may_be_tried(self, now: datetime) -> bool:
        """True when it is time. A time further off than any wait was written by a clock that has gone back since."""
        return self.next_try_at is not None and not now < self.next_try_at <= now + LONGEST_WAIT


@dataclass(frozen=True, slots=True)
class News:
    """What a process has learnt by its calls on a channel: `failures` in a row since it last answered."""

    channel: Channel
    answered: datetime | None = None  # when the last message that it answered for was claimed
    failures: int = 0
    error: SendError | None = None

    @property
    def is_refusal_of_account(self) -> bool:
        return self.error is not None and self.error.reason is Reason.OUR_ACCOUNT


def read(session: Session, *, now: datetime) -> list[Provider]:  # noqa: ARG001  (every reader of the state has a moment)
    """Every channel that sends by itself, whether or not its provider was ever in trouble. One query."""
    known = {row.channel: row for row in session.execute(select(*ProviderState.__table__.c))}
    return [_provider(channel, known.get(channel)) for channel in AUTOMATIC]


def tell(session: Session, news: Sequence[News], *, patience: int, now: datetime) -> None:
    """Write what calls have taught: a provider that answers is back, one that fails `patience` times in a row is away."""
    for one in sorted(news, key=lambda each: each.channel):
        row = _held(session, one.channel)
        if one.answered is not None and (row.opened_at is None or row.opened_at < one.answered):
            _close(row)
        if one.error is not None:
            _count(row, one, patience, now)


def win_try(session: Session, provider: Provider, *, now: datetime) -> bool:
    """True for exactly one process: it may try a provider that is away, with one message. The next try is set at once,
    so that whoever dies in the middle keeps nobody waiting."""
    away_for = max(now - provider.opened_at, timedelta()) if provider.opened_at else timedelta()
    won = session.execute(
        update(ProviderState)
        .where(ProviderState.channel == provider.channel, ProviderState.next_try_at == provider.next_try_at)
        .values(next_try_at=now + wait(away_for)),
        execution_options={"synchronize_session": False},
    )
    return bool(cast(CursorResult[Any], won).rowcount)


def wait(away_for: timedelta) -> timedelta:
    """How long until the next try: about as long as the provider has been away, within bounds."""
    return min(FIRST_WAIT + away_for, LONGEST_WAIT)


def _provider(channel: Channel, row: Any) -> Provider:
    if row is None:
        return Provider(channel)
    return Provider(
        channel,
        is_open=row.opened_at is not None,
        opened_at=row.opened_at,
        next_try_at=row.next_try_at,
        reason=Reason(row.error_reason) if row.error_reason else None,
        code=row.error_code,
        failures=row.failures,
    )


def _held(session: Session, channel: Channel) -> ProviderState:
    """The row of a channel, nobody else's until the transaction ends."""
    insert_missing(session, ProviderState, [{"channel": channel, "failures": 0}], key="channel")
    return session.get_one(ProviderState, channel, with_for_update=True, populate_existing=True)


def _close(row: ProviderState) -> None:
    if row.opened_at is not None:
        log.warning("provider.back", channel=row.channel)
    row.failures, row.opened_at, row.next_try_at = 0, None, None
    row.error_reason = row.error_code = None


def _count(row: ProviderState, news: News, patience: int, now: datetime) -> None:
    """Failures of calls begun before it opened change nothing but the count: the next try is set by who takes it."""
    if news.error is None:
        return
    row.failures += news.failures
    row.error_reason, row.error_code = news.error.reason, (news.error.code or "")[:40] or None
    if row.opened_at is None and (news.is_refusal_of_account or row.failures >= patience):
        row.opened_at, row.next_try_at = now, now + FIRST_WAIT
        log.warning("provider.away", channel=row.channel, reason=row.error_reason, code=row.error_code)
