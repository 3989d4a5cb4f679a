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

from invitations import messages
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import DatabaseBusy
from invitations.models import Channel, Message
from invitations.outbox.claiming import Claimed, claim
from invitations.outbox.links import keep_links_open
from invitations.outbox.marking import Result, mark
from invitations.reach import ELECTRONIC
from notifications.senders import Email, Reason, SendError, Senders, Sms

log = structlog.get_logger()

BATCH = 100
# Results that come together are written together; nobody waits for longer than this.
GATHERING = timedelta(milliseconds=20)
MARK_TRIES = 5


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What delivery needs of the settings. `threads`: calls to providers at once. For the times see app/settings.py."""

    public_url: str
    mail_domain: str
    threads: int
    lease: timedelta
    settle_every: timedelta


@dataclass(slots=True)
class Gate:
    """Which channels go on in this run. Closed by a refused account, or by as many waits in a row as there are threads."""

    patience: int
    waits: dict[Channel, int] = field(default_factory=dict)
    closed: set[Channel] = field(default_factory=set)

    def tell(self, channel: Channel, reason: Reason | None) -> None:
        waits = self.waits.get(channel, 0) + 1 if reason is Reason.WAIT else 0
        self.waits[channel] = waits
        if reason is Reason.OUR_ACCOUNT or waits >= self.patience:
            self.closed.add(channel)

    @property
    def open_channels(self) -> list[Channel]:
        return [channel for channel in ELECTRONIC if channel not in self.closed]


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
    results: SimpleQueue[Result] = field(default_factory=SimpleQueue)

    def is_worth_trying(self, claimed: Claimed) -> bool:
        """False once half the lease is over: the call would end after somebody else may have taken the message."""
        is_fresh = self.clock() - claimed.claimed_at < self.terms.lease / 2
        return is_fresh and not self.should_stop() and claimed.message.channel not in self.gate.closed


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
    run = Run(database, senders, codes, terms, clock, process, should_stop, Gate(patience=max(terms.threads, 2)))
    sent = 0
    with ThreadPoolExecutor(terms.threads, thread_name_prefix="deliver") as pool:
        in_flight, nothing_left = 0, False
        while in_flight or not nothing_left:
            if not nothing_left and in_flight <= terms.threads:
                batch = take_batch(run)
                nothing_left = batch is None
                for claimed in batch or ():
                    pool.submit(attempt, run, claimed)
                in_flight += len(batch or ())
            results = list(gather(run.results)) if in_flight else []
            in_flight -= len(results)
            sent += write_down(run, results)
    return sent


def take_batch(run: Run) -> list[Claimed] | None:
    """The next messages to send; None when there are none, or when it is time to stop."""
    channels = run.gate.open_channels
    if run.should_stop() or not channels:
        return None
    now = run.clock()
    with run.database.writing() as session:
        batch = claim(session, process=run.process, channels=channels, limit=BATCH, now=now)
        keep_links_open(session, [one.message for one in batch or ()], run.codes, now=now)
    return batch


def attempt(run: Run, claimed: Claimed) -> None:
    """One message, in a thread of its own: no session here. Whatever happens, a result comes back."""
    if not run.is_worth_trying(claimed):
        run.results.put(Result(claimed))
        return
    channel = claimed.message.channel
    try:
        provider_id = hand_over(run, claimed)
    except SendError as error:
        run.gate.tell(channel, error.reason)
        run.results.put(Result(claimed, error=error))
    except Exception as error:  # noqa: BLE001  (one message must not stop the others; where it failed, nobody knows)
        log.error("message.broke", message=claimed.message.id, error=type(error).__name__)
        run.results.put(Result(claimed, error=SendError(Reason.UNCERTAIN, type(error).__name__)))
    else:
        run.gate.tell(channel, None)
        run.results.put(Result(claimed, provider_id=provider_id))


def hand_over(run: Run, claimed: Claimed) -> str:
    """Give the message to its provider and return the provider's id. Raises SendError."""
    if claimed.message.channel is Channel.EMAIL:
        return run.senders.email.send(write_email(claimed, codes=run.codes, terms=run.terms))
    return run.senders.sms.send(write_sms(claimed, codes=run.codes, terms=run.terms))


def write_sms(claimed: Claimed, *, codes: Codes, terms: DeliveryTerms) -> Sms:
    message = claimed.message
    return Sms(
        reference=str(message.id),
        to=message.address,
        body=finish(message, codes=codes, terms=terms).text,
        sender=claimed.sms_sender,
        lives_for=claimed.lives_for,
    )


def write_email(claimed: Claimed, *, codes: Codes, terms: DeliveryTerms) -> Email:
    message = claimed.message
    finished = finish(message, codes=codes, terms=terms)
    return Email(
        reference=str(message.id),
        message_id=message_id(message, terms.mail_domain),
        to=message.address,
        subject=finished.subject,
        text=finished.text,
        html=finished.html,
        sender_name=claimed.organisation,
        calendar=finished.calendar,
        headers=way_out(message, codes=codes, terms=terms),
    )


def way_out(message: Message, *, codes: Codes, terms: DeliveryTerms) -> dict[str, str]:
    """One click in a mail program, and no more emails come (RFC 8058; it asks for https). Agents have a setting."""
    if message.agent_id is not None or not terms.public_url.startswith("https://"):
        return {}
    page = messages.address_of(message, codes=codes, public_url=terms.public_url)
    return {
        "List-Unsubscribe": f"<{page}/messages/stop>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def finish(message: Message, *, codes: Codes, terms: DeliveryTerms) -> messages.Finished:
    """The words as they leave. Raises SendError: what can't be written has not left, and is tried once more."""
    try:
        return messages.finish(message, codes=codes, public_url=terms.public_url)
    except Exception as error:
        log.error("message.unwritable", message=message.id, error=type(error).__name__)
        raise SendError(Reason.OTHER, "unwritable") from error


def message_id(message: Message, domain: str) -> str:
    """The Message-ID of an email, from its row: every retry is the same email. The time keeps two databases apart."""
    return f"<{message.id}.{int(message.created_at.timestamp())}@{domain}>"


def gather(results: SimpleQueue[Result]) -> Iterator[Result]:
    """One result, as soon as there is one, and those that come right after it."""
    until = time.monotonic() + GATHERING.total_seconds()
    timeout: float | None = None
    for _ in range(BATCH):
        try:
            yield results.get(timeout=timeout)
        except Empty:
            return
        timeout = max(until - time.monotonic(), 0.0)


def write_down(run: Run, results: list[Result]) -> int:
    """Write a group of results; how many of them left. A busy database is asked again: these are facts by now."""
    for tried in range(1, MARK_TRIES + 1):
        try:
            with run.database.writing() as session:
                mark(session, results, now=run.clock())
            break
        except DatabaseBusy:
            if tried == MARK_TRIES:
                raise
    return sum(one.provider_id is not None for one in results)
