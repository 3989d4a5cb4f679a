"""What each job of the timetable does: it asks the tables what is due, and is safe to repeat."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from app.errors import where_it_broke
from app.runtime import Runtime
from app.settings import Settings
from invitations import (
    bounces,
    calendar_copies,
    calling,
    digests,
    expiry,
    letters,
    monitoring,
    offering,
    offering_free,
    outbox,
    queueing,
    reminders,
    replies,
    uploads,
    waves,
)
from invitations.errors import DatabaseAway, DatabaseBusy
from invitations.outbox import falling_back
from notifications.fetching import Guard

log = structlog.get_logger()

Item = TypeVar("Item")
ShouldStop = Callable[[], bool]
# Rows written in one transaction by jobs that owe and re-derive: others want to write too.
AT_ONCE = 25
# A slot goes from one person to the next in a round: enough for any queue, and an end whatever happens.
ROUNDS = 100


def never() -> bool:
    return False


def deliver(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Send what is due."""
    return outbox.deliver(
        runtime.database,
        runtime.senders,
        codes=runtime.codes,
        terms=terms_of(runtime.settings),
        clock=runtime.clock,
        process=process_name(),
        should_stop=should_stop,
    )


def read_texts(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Answer the texts that people sent, each in a transaction of its own; of each number one at a time, in their order."""
    done = 0
    for _ in range(ROUNDS):
        with runtime.database.reading() as session:
            due = replies.unread(session)
        answered = sum(read_text(runtime, one) for one in due if not should_stop())
        done += answered
        if not answered:  # none is left, or another scheduler has them
            break
    return done


def read_text(runtime: Runtime, text_id: int) -> bool:
    """Answer one text. One that can't be answered is left to the team: the others must not wait for it."""
    try:
        with runtime.database.writing() as session:
            return replies.read(session, text_id, codes=runtime.codes, now=runtime.clock())
    except (DatabaseBusy, DatabaseAway):
        raise
    except Exception as error:  # noqa: BLE001  (whatever one text holds, the next is answered)
        log.error("text.broke", text=text_id, error=type(error).__name__, where=where_it_broke(error.__traceback__))
        with runtime.database.writing() as session:
            replies.give_up(session, text_id, now=runtime.clock())
        return False


def import_lists(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Judge and save long lists, part by part."""
    with runtime.database.reading() as session:
        due = uploads.progress.due(session)
    return sum(
        uploads.progress.go_on(runtime.database, one, clock=runtime.clock, should_stop=should_stop) for one in due
    )


def invite_waves(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Invite from the front of the waves, as slots have opened: one organisation at a time."""
    done = 0
    with runtime.database.reading() as session:
        due = waves.due(session, now=runtime.clock())
    for organisation_id in due:
        if should_stop():
            break
        with runtime.database.writing() as session:
            done += waves.go_on(session, organisation_id, codes=runtime.codes, now=runtime.clock())
    return done


def settle(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Find out what became of messages whose process died, or whose provider gave no sure answer."""
    return outbox.settle_unknown(
        runtime.database,
        runtime.senders,
        codes=runtime.codes,
        terms=terms_of(runtime.settings),
        clock=runtime.clock,
        should_stop=should_stop,
    )


def remind_invitations(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Owe the reminders of invitations that nobody has answered."""
    with runtime.database.reading() as session:
        due = reminders.invitations_due(session, now=runtime.clock())
    return in_parts(
        runtime,
        due,
        lambda session, part: reminders.remind_invitations(session, part, now=runtime.clock()),
        should_stop,
    )


def remind_appointments(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Owe the reminders of appointments to come."""
    with runtime.database.reading() as session:
        due = reminders.appointments_due(session, now=runtime.clock())
    return in_parts(
        runtime,
        due,
        lambda session, part: reminders.remind_appointments(session, part, now=runtime.clock()),
        should_stop,
    )


def fall_back(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Say by another channel what could not reach its reader by the first."""
    with runtime.database.reading() as session:
        due = falling_back.due(session, now=runtime.clock())
    return in_parts(
        runtime, due, lambda session, part: falling_back.fall_back(session, part, now=runtime.clock()), should_stop
    )


def finish_calls(runtime: Runtime, _should_stop: ShouldStop = never) -> int:
    """Draw the conclusion of calls whose end came too early, or was told to nobody."""
    with runtime.database.writing() as session:
        return calling.finish(session, now=runtime.clock())


def expire(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Let go what propositions hold too long; settle the letters nobody can print any more; re-derive the follow-ups that
    time has overtaken."""
    with runtime.database.writing() as session:
        expiry.let_go_held(session, now=runtime.clock())
        letters.settle(session, now=runtime.clock())
    with runtime.database.reading() as session:
        due = expiry.follow_ups_due(session, now=runtime.clock())
    return in_parts(runtime, due, lambda session, part: expiry.refresh(session, part, now=runtime.clock()), should_stop)


def offer_freed(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Offer the slots set aside to those who wait, then what is free besides to those who found nothing."""
    with runtime.database.reading() as session:
        over = queueing.overtaken(session, now=runtime.clock())
    done = in_parts(
        runtime, over, lambda session, part: queueing.end_overtaken(session, part, now=runtime.clock()), should_stop
    )
    for _ in range(ROUNDS):
        with runtime.database.reading() as session:
            due = offering.due(session, now=runtime.clock())
        settled = one_by_one(runtime, due, offering.settle, should_stop)
        done += settled
        if not settled:
            break
    with runtime.database.reading() as session:
        first = offering_free.due(session, now=runtime.clock())
    return done + one_by_one(runtime, first, offering_free.offer_first, should_stop)


def digest(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Owe the agents their email of the day, where it is the morning of a working day."""
    done = 0
    with runtime.database.reading() as session:
        due = digests.departments_due(session, now=runtime.clock())
    for department_id in due:
        if should_stop():
            break
        with runtime.database.reading() as session:
            told = digests.read(session, department_id, now=runtime.clock())
        with runtime.database.writing() as session:
            done += digests.owe(session, department_id, told, now=runtime.clock())
    return done


def read_bounces(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Read what came back of our emails, where a mailbox for it is set."""
    if runtime.bounces is None:
        return 0
    return bounces.read_mailbox(
        runtime.database, runtime.bounces, codes=runtime.codes, clock=runtime.clock, should_stop=should_stop
    )


def read_calendars(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Read the agents' calendars of elsewhere, each every 15 minutes."""
    return calendar_copies.read_due(
        runtime.database,
        guard=Guard(allowed=runtime.settings.private_hosts),
        seals=runtime.seals,
        clock=runtime.clock,
        should_stop=should_stop,
    )


def beat(runtime: Runtime, _should_stop: ShouldStop = never) -> int:
    """Say that this process is alive, for `/sante`."""
    with runtime.database.writing() as session:
        monitoring.beat(session, process_name(), now=runtime.clock())
    return 0


def in_parts(
    runtime: Runtime,
    items: Sequence[Item],
    act: Callable[[Session, Sequence[Item]], int],
    should_stop: ShouldStop,
) -> int:
    """Do `act` with a few items at a time, each few in a transaction of their own."""
    done = 0
    for first in range(0, len(items), AT_ONCE):
        if should_stop():
            break
        with runtime.database.writing() as session:
            done += act(session, items[first : first + AT_ONCE])
    return done


def one_by_one(
    runtime: Runtime,
    ids: Sequence[int],
    act: Callable[..., int],
    should_stop: ShouldStop,
) -> int:
    """Do `act` with one row at a time, each in a transaction of its own. Returns how many it did something with."""
    done = 0
    for one in ids:
        if should_stop():
            break
        with runtime.database.writing() as session:
            done += act(session, one, now=runtime.clock())
    return done


def terms_of(settings: Settings) -> outbox.DeliveryTerms:
    """What delivery needs of the settings. Message-IDs are made in the domain that mails come from."""
    return outbox.DeliveryTerms(
        public_url=settings.public_url,
        mail_domain=settings.mail_from.rpartition("@")[2].strip("> ") or "localhost",
        threads=settings.delivery_threads,
        lease=settings.delivery_lease,
        settle_every=settings.settle_every,
        segments_per_second=settings.sms_segments_per_second,
    )


def process_name() -> str:
    """Which process on which machine: claims and beats carry it."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"
