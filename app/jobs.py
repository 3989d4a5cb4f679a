"""The scheduler: TIMETABLE says what happens by itself and how often. APScheduler is only the clock.

A job asks the tables what is due and is safe to repeat; two schedulers at once are harmless (docs/decisions/0004).
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app import acts, figures, machine_acts, night_acts, trial_acts
from app.acts import ShouldStop, never, process_name
from app.errors import where_it_broke
from app.runtime import Runtime
from app.settings import Settings
from invitations import journal
from invitations.errors import DatabaseBusy
from invitations.journal import Whence
from invitations.models import Origin

STOPPING = (signal.SIGTERM, signal.SIGINT)
# How often the scheduler makes sure that nobody has set the clock back.
CLOCK_LOOK = timedelta(seconds=2)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """`act` does what is due and returns how many; it stops between two steps when `should_stop` says so."""

    name: str
    every: timedelta
    act: Callable[[Runtime, ShouldStop], int]


# One line a job, by name. The times are upper limits of how late something is noticed, not dates.
TIMETABLE: tuple[Job, ...] = (
    Job("beat", timedelta(seconds=30), acts.beat),
    Job("check_figures", timedelta(hours=1), figures.check),
    Job("count_figures", timedelta(seconds=5), figures.count),
    Job("deliver", timedelta(seconds=5), acts.deliver),
    Job("digest", timedelta(minutes=5), acts.digest),
    Job("erase_nirs", timedelta(minutes=1), night_acts.erase_nirs),
    Job("expire", timedelta(minutes=5), acts.expire),
    Job("fall_back", timedelta(minutes=1), acts.fall_back),
    Job("fall_back_trials", timedelta(hours=1), trial_acts.fall_back_trials),
    Job("finish_calls", timedelta(minutes=5), acts.finish_calls),
    Job("forget", timedelta(hours=1), night_acts.forget),
    Job("import_lists", timedelta(seconds=2), acts.import_lists),
    Job("invite_handed_in", timedelta(seconds=2), machine_acts.invite_handed_in),
    Job("invite_waves", timedelta(minutes=1), acts.invite_waves),
    Job("look_at_trials", timedelta(hours=1), trial_acts.look_at_trials),
    Job("move_in", timedelta(seconds=2), machine_acts.move_in),
    Job("note_slots", timedelta(minutes=30), night_acts.note_slots),
    Job("offer_freed", timedelta(seconds=15), acts.offer_freed),
    Job("publish_figures", timedelta(hours=1), figures.publish),
    Job("purge", timedelta(minutes=15), night_acts.purge),
    Job("read_bounces", timedelta(minutes=2), acts.read_bounces),
    Job("read_calendars", timedelta(minutes=1), acts.read_calendars),
    Job("read_texts", timedelta(seconds=2), acts.read_texts),
    Job("read_useful_places", timedelta(hours=1), machine_acts.read_useful_places),
    Job("remind_appointments", timedelta(minutes=10), acts.remind_appointments),
    Job("remind_invitations", timedelta(minutes=10), acts.remind_invitations),
    Job("seal_links", timedelta(minutes=5), night_acts.seal_links),
    Job("send_webhooks", timedelta(seconds=5), machine_acts.send_webhooks),
    Job("settle", timedelta(minutes=1), acts.settle),
    Job("tell_job_centre", timedelta(seconds=30), machine_acts.tell_job_centre),
    Job("write_erasures", timedelta(minutes=1), night_acts.write_erasures),
)


def run_job(runtime: Runtime, job: Job, should_stop: ShouldStop = never) -> bool:
    """Run one job. What it raises is logged by its type and place only (its words may hold a name); False then.

    A busy database is no failure: the next tick does the work.
    """
    try:
        with journal.come_from(Whence(Origin.JOB)), structlog.contextvars.bound_contextvars(job=job.name):
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
    looking = Thread(target=keep_up, args=(scheduler, runtime, stopping), daemon=True)
    looking.start()
    # Without a timeout: `sigtimedwait` answers with a signal that nobody sent when the process was paused for longer than its timeout.
    signal.sigwait(STOPPING)
    stopping.set()
    looking.join()
    scheduler.shutdown(wait=True)
    runtime.database.engine.dispose()
    log.info("scheduler.stopped", process=process_name())


def keep_up(scheduler: BackgroundScheduler, runtime: Runtime, stopping: Event) -> None:
    """Until it is told to stop: a thread's life."""
    while not stopping.wait(CLOCK_LOOK.total_seconds()):
        catch_up(scheduler, runtime)


def catch_up(scheduler: BackgroundScheduler, runtime: Runtime) -> None:
    """Have a job done now whose next time lies further ahead than its interval: the clock has been set back."""
    now = runtime.clock()
    for job in TIMETABLE:
        planned = scheduler.get_job(job.name)
        if planned is not None and planned.next_run_time - now > interval(job, runtime.settings) + CLOCK_LOOK:
            planned.modify(next_run_time=now)


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
    return min(job.every, settings.settle_every) if job.act is acts.settle else job.every
