"""Is everything alive: the schedulers' beats, the age of the queue, what is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, literal_column, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from invitations.database import is_postgresql
from invitations.models import Beat, Channel, Message, MessageState
from invitations.outbox.claiming import is_stopped
from invitations.reach import ELECTRONIC

# A scheduler beats every 30 s; this much silence is not a busy minute any more.
LONGEST_SILENCE = timedelta(minutes=3)
# A message waits for its turn a minute or two; after this, something is stuck.
LONGEST_WAIT = timedelta(minutes=15)
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Health:
    """What a monitor asks. Without a database nothing else is known."""

    has_database: bool
    last_beat_at: datetime | None = None
    queue_age: timedelta = timedelta()  # how long the oldest message that could leave has waited
    unknown: int = 0  # messages of which nobody knows whether they left
    stopped: tuple[Channel, ...] = ()  # channels whose provider refuses our account

    def is_well(self, now: datetime) -> bool:
        """True while somebody works and nothing is stuck."""
        beats = self.last_beat_at is not None and now - self.last_beat_at <= LONGEST_SILENCE
        return self.has_database and beats and self.queue_age <= LONGEST_WAIT and not self.stopped


def beat(session: Session, process: str, *, now: datetime) -> None:
    """A scheduler is alive. Those that have long been silent are forgotten."""
    session.execute(delete(Beat).where(Beat.at < now - _FORGOTTEN_AFTER))
    session.merge(Beat(process=process, at=now))


def check(session: Session, *, now: datetime) -> Health:
    """The state of things at `now`; never raises for a database out of reach: it says so."""
    try:
        return _look(session, now)
    except SQLAlchemyError:
        return Health(has_database=False)


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


def _look(session: Session, now: datetime) -> Health:
    oldest = session.scalar(
        select(func.min(Message.due_at)).where(
            Message.state == MessageState.PENDING, Message.due_at <= now, Message.channel.in_(ELECTRONIC)
        )
    )
    unknown = session.scalar(select(func.count(literal_column("1"))).where(Message.state == MessageState.UNKNOWN))
    return Health(
        has_database=True,
        last_beat_at=session.scalar(select(func.max(Beat.at))),
        queue_age=now - oldest if oldest else timedelta(),
        unknown=unknown or 0,
        stopped=tuple(channel for channel in ELECTRONIC if is_stopped(session, channel, now=now)),
    )
