"""Delivery: claim, commit, speak to the provider with no transaction open, write down what came of it.

Providers have no idempotency key. Whoever dies between speaking and writing leaves rows in `sending`; once the
lease is over they become `unknown` and are asked about (settling.py), never blindly sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

import structlog

from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import DatabaseBusy
from invitations.outbox import providers
from invitations.outbox.claiming import Claimed, claim, rest
from invitations.outbox.gate import Gate
from invitations.outbox.handing_over import DeliveryTerms, hand_over
from invitations.outbox.links import keep_links_open
from invitations.outbox.marking import Result, mark
from invitations.outbox.pace import Pace
from invitations.reach import AUTOMATIC
from notifications.senders import Reason, SendError, Senders

log = structlog.get_logger()

BATCH = 100
# The next messages are claimed while each thread still has so many before it: none waits for the database.
AHEAD = 3
# Results that come together are written together; nobody waits for longer than this.
GATHERING = timedelta(milliseconds=20)
MARK_TRIES = 5
# Failures in a row after which a provider is away: as many as there are threads, and this many at least.
LEAST_PATIENCE = 5


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages to send, and when to look for the next ones: at once, or at `due_at` of the machine's own count of seconds."""

    claimed: list[Claimed] = field(default_factory=list)
    is_last: bool = False
    due_at: float = 0.0

    def is_due(self) -> bool:
        return not self.is_last and time.monotonic() >= self.due_at

    def time_left(self) -> float | None:
        """Seconds until the next look; None when nothing waits for one."""
        return max(self.due_at - time.monotonic(), 0.0) if self.due_at else None

    def wait(self) -> list[Result]:
        """Nothing is on its way: let the time pass. No results."""
        time.sleep(self.time_left() or 0.0)
        return []


@dataclass(frozen=True)
class Run:
    """One delivery run: what its threads share."""

    database: Database
    senders: Senders
    codes: Codes
    terms: DeliveryTerms
    clock: Callable[[], datetime]
    process: str
    should_stop: Callable[[], bool]
    gate: Gate
    pace: Pace
    results: SimpleQueue[Result] = field(default_factory=SimpleQueue)

    def is_worth_trying(self, claimed: Claimed) -> bool:
        """False once half the lease is over: the call would end after somebody else may have taken the message.

        The same when the clock has been set back since: nobody can tell how old the claim is.
        """
        is_fresh = abs(self.clock() - claimed.claimed_at) < self.terms.lease / 2
        return is_fresh and not self.should_stop()


def deliver(
    database: Database,
    senders: Senders,
    *,
    codes: Codes,
    terms: DeliveryTerms,
    clock: Callable[[], datetime],
    process: str,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due until nothing is, or until `should_stop`. Returns how many messages left.

    Any number of processes may do this at once. What is in flight is always finished and written down.
    """
    gate, pace = Gate(patience=max(terms.threads, LEAST_PATIENCE)), Pace(terms.segments_per_second)
    run = Run(database, senders, codes, terms, clock, process, should_stop, gate, pace)
    sent = in_flight = 0
    next_batch = Batch()
    with ThreadPoolExecutor(terms.threads, thread_name_prefix="deliver") as pool:
        while in_flight or not next_batch.is_last:
            if next_batch.is_due() and in_flight <= AHEAD * terms.threads:
                next_batch = take_batch(run)
                for claimed in next_batch.claimed:
                    pool.submit(attempt, run, claimed)
                in_flight += len(next_batch.claimed)
            results = list(gather(run.results, patience=next_batch.time_left())) if in_flight else next_batch.wait()
            in_flight -= len(results)
            if write_down(run, results):  # a provider is back: what waited for it may leave
                next_batch = Batch()
            sent += sum(one.provider_id is not None for one in results)
    return sent


def take_batch(run: Run) -> Batch:
    """The next messages to send; the last batch when there are none, or when it is time to stop."""
    if run.should_stop():
        return Batch(is_last=True)
    now = run.clock()
    channels = [channel for channel in AUTOMATIC if not run.gate.is_shut_since(channel)]
    with run.database.writing() as session:
        claimed = claim(session, process=run.process, channels=channels, pace=run.pace, limit=BATCH, now=now)
        keep_links_open(session, [one.message for one in claimed or ()], run.codes, now=now)
        run.gate.learn(providers.read(session, now=now), claimed={one.message.channel for one in claimed or ()})
        pause = rest(session, channels=channels, pace=run.pace, now=now) if claimed is None else None
    if claimed is None and pause is not None:
        return Batch(due_at=time.monotonic() + pause.total_seconds())
    return Batch(claimed or [], is_last=claimed is None)


def attempt(run: Run, claimed: Claimed) -> None:
    """One message, in a thread of its own: no session here. Whatever happens, a result comes back."""
    channel = claimed.message.channel
    if not run.is_worth_trying(claimed) or not run.gate.enter(channel):
        run.results.put(Result(claimed))
        return
    result = called(run, claimed)
    run.gate.leave(channel, claimed_at=claimed.claimed_at, error=result.error)
    run.results.put(result)


def called(run: Run, claimed: Claimed) -> Result:
    """What came of handing a message over."""
    try:
        return Result(claimed, provider_id=hand_over(claimed, senders=run.senders, codes=run.codes, terms=run.terms))
    except SendError as error:
        log.info("message.not_taken", message=claimed.message.id, reason=error.reason, code=error.code)
        return Result(claimed, error=error)
    except Exception as error:  # noqa: BLE001  (one message must not stop the others; where it failed, nobody knows)
        log.error("message.broke", message=claimed.message.id, error=type(error).__name__)
        return Result(claimed, error=SendError(Reason.UNCERTAIN, type(error).__name__))


def gather(results: SimpleQueue[Result], *, patience: float | None = None) -> Iterator[Result]:
    """One result, as soon as there is one, and those that come right after it; none when there is none within `patience`."""
    until = time.monotonic() + GATHERING.total_seconds()
    timeout = patience
    for _ in range(BATCH):
        try:
            yield results.get(timeout=timeout)
        except Empty:
            return
        timeout = max(until - time.monotonic(), 0.0)


def write_down(run: Run, results: list[Result]) -> bool:
    """Write a group of results; True when a provider that was in trouble answers again. A busy database is asked again:
    these are facts by now."""
    news = run.gate.news()
    for tried in range(1, MARK_TRIES + 1):
        if not results and not news:
            break
        try:
            with run.database.writing() as session:
                mark(session, results, now=run.clock())
                providers.tell(session, news, patience=run.gate.patience, now=run.clock())
            break
        except DatabaseBusy:
            if tried == MARK_TRIES:
                raise
    return any(one.answered is not None and one.error is None for one in news)
