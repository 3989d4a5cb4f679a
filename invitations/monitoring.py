"""Is everything alive: the schedulers' beats, the age of the queue, who is away, what was lost. Counts only, of everybody's.

`check` is what a monitor asks every few seconds; `read` adds what takes longer to count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, literal_column, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from invitations import monitoring_queue
from invitations.database import is_postgresql
from invitations.models import Beat, Channel
from invitations.monitoring_queue import Inbox, Queue, Volume
from invitations.outbox import caps, providers
from invitations.outbox.caps import Reached
from invitations.outbox.providers import Provider
from invitations.reach import AUTOMATIC

# A scheduler beats every 30 s; this much silence is not a busy minute any more.
LONGEST_SILENCE = timedelta(minutes=3)
# Messages and claims are dated by several machines: a few seconds apart do no harm.
CLOCKS_APART = timedelta(seconds=5)
_FORGOTTEN_AFTER = timedelta(days=1)
NOBODY_WROTE = Inbox()


@dataclass(frozen=True, slots=True)
class Beating:
    """A scheduler process of the last day, and when it last said that it was alive."""

    process: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """What a monitor asks, at the moment `at`. Without a database nothing else is known."""

    at: datetime
    has_database: bool
    beats: tuple[Beating, ...] = ()  # the latest first
    queues: tuple[Queue, ...] = ()
    providers: tuple[Provider, ...] = ()
    caps: tuple[Reached, ...] = ()  # they hold messages back until tomorrow

    @property
    def last_beat_at(self) -> datetime | None:
        return self.beats[0].at if self.beats else None

    @property
    def alive(self) -> int:
        """How many schedulers work."""
        return sum(self.at - one.at <= LONGEST_SILENCE for one in self.beats)

    @property
    def oldest_due_at(self) -> datetime | None:
        """Since when the oldest message waits that leaves by itself."""
        return min((one.oldest_due_at for one in self.leaving if one.oldest_due_at is not None), default=None)

    @property
    def queue_age(self) -> timedelta:
        return self.at - self.oldest_due_at if self.oldest_due_at is not None else timedelta()

    @property
    def unknown(self) -> int:
        """Messages of which nobody knows whether they left."""
        return sum(one.unknown for one in self.queues)

    @property
    def stopped(self) -> tuple[Channel, ...]:
        """Channels on which nothing is handed over."""
        return tuple(one.channel for one in self.providers if one.is_open)

    @property
    def leaving(self) -> tuple[Queue, ...]:
        """The channels that leave by themselves; letters wait for somebody to print them."""
        return tuple(one for one in self.queues if one.channel in AUTOMATIC)

    @property
    def stuck(self) -> tuple[Queue, ...]:
        """The channels on which messages wait and nothing moves, although their provider is not away."""
        return tuple(one for one in self.leaving if one.is_stuck(self.at) and one.channel not in self.stopped)

    @property
    def is_well(self) -> bool:
        """True while somebody works and nothing is stuck."""
        return self.has_database and self.alive > 0 and not self.stuck and not self.stopped


@dataclass(frozen=True, slots=True)
class State:
    """All there is to know. `clock_apart`: how far this machine's clock is ahead of the database's, when that has one."""

    health: Health
    volumes: tuple[Volume, ...] = ()
    inbox: Inbox = NOBODY_WROTE
    engine: str = ""
    clock_apart: timedelta | None = None

    @property
    def has_two_times(self) -> bool:
        return self.clock_apart is not None and abs(self.clock_apart) > CLOCKS_APART


def beat(session: Session, process: str, *, now: datetime) -> None:
    """A scheduler is alive. Those that have long been silent are forgotten."""
    session.execute(delete(Beat).where(Beat.at < now - _FORGOTTEN_AFTER))
    session.merge(Beat(process=process, at=now))


def check(session: Session, *, now: datetime) -> Health:
    """The state of things at `now`; never raises for a database out of reach: it says so. Six queries."""
    try:
        return _look(session, now)
    except SQLAlchemyError:
        return Health(now, has_database=False)


def read(session: Session, *, now: datetime) -> State:
    """`check`, and what is counted over a day or a month. Never raises for a database out of reach."""
    try:
        theirs = clock_of_database(session)  # first: what is read next takes time
        return State(
            health=_look(session, now),
            volumes=monitoring_queue.volumes(session, now=now),
            inbox=monitoring_queue.inbox(session),
            engine=session.get_bind().dialect.name,
            clock_apart=now - theirs if theirs is not None else None,
        )
    except SQLAlchemyError:
        return State(Health(now, has_database=False))


def answers(session: Session) -> bool:
    """True when the database answers the simplest question."""
    try:
        return session.scalar(select(literal_column("1"))) is not None
    except SQLAlchemyError:
        return False


def clock_of_database(session: Session) -> datetime | None:
    """What time the database has, when it is another machine's."""
    if not is_postgresql(session):
        return None
    told: datetime | None = session.scalar(select(func.clock_timestamp()))
    return told.astimezone(UTC) if told else None


def connections(session: Session) -> tuple[int, int] | None:
    """How many PostgreSQL has open, of everybody's, and how many it allows; None on SQLite."""
    if not is_postgresql(session):
        return None
    open_now = select(func.count()).select_from(text("pg_stat_activity")).where(text("backend_type = 'client backend'"))
    most = session.scalar(select(func.current_setting("max_connections")))
    return session.scalar(open_now) or 0, int(most or 0)


def _look(session: Session, now: datetime) -> Health:
    beats = session.execute(select(Beat.process, Beat.at).order_by(Beat.at.desc(), Beat.process))
    return Health(
        now,
        has_database=True,
        beats=tuple(Beating(process, at) for process, at in beats),
        queues=monitoring_queue.queues(session, now=now),
        providers=tuple(providers.read(session, now=now)),
        caps=tuple(caps.reached(session, now=now)),
    )
