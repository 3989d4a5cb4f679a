"""The scheduler: TIMETABLE says what happens by itself and how often. APScheduler is only the clock.

A job asks the tables what is due and is safe to repeat; two schedulers at once are harmless (docs/decisions/0004).
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import TypeVar

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from app.errors import where_it_broke
from app.runtime import Runtime
from app.settings import Settings
from invitations import expiry, monitoring, outbox, reminders
from invitations.errors import DatabaseBusy

Item = TypeVar("Item")
ShouldStop = Callable[[], bool]
STOPPING = (signal.SIGTERM, signal.SIGINT)
# Rows written in one transaction by jobs that owe and re-derive: others want to write too.
AT_ONCE = 25

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """`act` does what is due and returns how many; it stops between two steps when `should_stop` says so."""

    name: str
    every: timedelta
    act: Callable[[Runtime, ShouldStop], int]


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


def expire(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Let go what propositions hold too long; re-derive the follow-ups that time has overtaken."""
    with runtime.database.writing() as session:
        expiry.let_go_held(session, now=runtime.clock())
    with runtime.database.reading() as session:
        due = expiry.follow_ups_due(session, now=runtime.clock())
    return in_parts(runtime, due, lambda session, part: expiry.refresh(session, part, now=runtime.clock()), should_stop)


def beat(runtime: Runtime, _should_stop: ShouldStop = never) -> int:
    """Say that this process is alive, for `/sante`."""
    with runtime.database.writing() as session:
        monitoring.beat(session, process_name(), now=runtime.clock())
    return 0


# One line a job, by name. The times are upper limits of how late something is noticed, not dates.
TIMETABLE: tuple[Job, ...] = (
    Job("beat", timedelta(seconds=30), beat),
    Job("deliver", timedelta(seconds=5), deliver),
    Job("expire", timedelta(minutes=5), expire),
    Job("remind_appointments", timedelta(minutes=10), remind_appointments),
    Job("remind_invitations", timedelta(minutes=10), remind_invitations),
    Job("settle", timedelta(minutes=1), settle),
)


def run_job(runtime: Runtime, job: Job, should_stop: ShouldStop = never) -> bool:
    """Run one job. What it raises is logged by its type and place only (its words may hold a name); False then.

    A busy database is no failure: the next tick does the work.
    """
    try:
        done = job.act(runtime, should_stop)
    except DatabaseBusy:
        log.warning("job.database_busy", job=job.name)
    except Exception as error:  # noqa: BLE001  (the scheduler lives on, whatever one job meets)
        log.error("job.broke", job=job.name, error=type(error).__name__, where=where_it_broke(error.__traceback__))
        return False
    else:
        if done:
            log.info("job.done", job=job.name, count=done)
    return True


def run(runtime: Runtime) -> None:
    """Keep the timetable until SIGTERM or SIGINT; the batch in hand is finished first."""
    stopping = Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # before any thread exists: they all inherit it
    scheduler = make_scheduler(runtime, stopping.is_set)
    scheduler.start()
    log.info("scheduler.started", process=process_name())
    signal.sigwait(STOPPING)
    stopping.set()
    scheduler.shutdown(wait=True)
    runtime.database.engine.dispose()
    log.info("scheduler.stopped", process=process_name())


def make_scheduler(
    runtime: Runtime, should_stop: ShouldStop, *, timetable: Sequence[Job] = TIMETABLE
) -> BackgroundScheduler:
    """Every job at once, then at its interval. A tick that comes while the job still runs is left out."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick left out is no news
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(len(timetable))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    for job in timetable:
        scheduler.add_job(
            run_job,
            "interval",
            args=(runtime, job, should_stop),
            id=job.name,
            seconds=interval(job, runtime.settings).total_seconds(),
            next_run_time=runtime.clock(),
        )
    return scheduler


def interval(job: Job, settings: Settings) -> timedelta:
    """How often a job runs: never less often than the looks it has to take."""
    return min(job.every, settings.settle_every) if job.act is settle else job.every


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


def terms_of(settings: Settings) -> outbox.DeliveryTerms:
    """What delivery needs of the settings. Message-IDs are made in the domain that mails come from."""
    return outbox.DeliveryTerms(
        public_url=settings.public_url,
        mail_domain=settings.mail_from.rpartition("@")[2].strip("> ") or "localhost",
        threads=settings.delivery_threads,
        lease=settings.delivery_lease,
        settle_every=settings.settle_every,
    )


def process_name() -> str:
    """Which process on which machine: claims and beats carry it."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"
