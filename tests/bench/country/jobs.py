"""What the scheduler asks of a full database, what it sends from it, and what the database weighs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from invitations import digests, expiry, monitoring, purging, queueing, reminders
from invitations.agenda.search import find_slots
from invitations.database import Database
from invitations.models import (
    AppointmentType,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Message,
    MessageKind,
    MessageState,
)
from invitations.outbox import falling_back
from invitations.statistics import counting, recounting
from tests.bench import delivery
from tests.bench.country.sheets import COLUMNS
from tests.bench.figures import Figure, milliseconds_of, seconds

RUNS = 3
DUE = 6_000
PROCESSES = {"SQLite": 1, "PostgreSQL": 2}
# A job that turns every few minutes may take so long to see what is due.
LIMIT = 2_000.0


def asked(database: Database, subject: str, engine: str, now: datetime) -> Iterator[Figure]:
    """What each job asks first, over everybody: how long, and how much of it is due."""
    for what, ask in questions(now).items():
        runs, found = [], 0
        for _ in range(RUNS):
            with database.reading() as session:
                runs += milliseconds_of(partial(ask, session), runs=1, warm_up=0)
        with database.reading() as session:
            found = size_of(ask(session))
        yield Figure(subject, what, engine, "ms", runs, limit=LIMIT, notes={"found": float(found)})


def size_of(found: Any) -> int:
    return len(found) if hasattr(found, "__len__") else 1


def questions(now: datetime) -> dict[str, Callable[[Session], Any]]:
    return {
        "invitations to be followed up (remind_invitations)": lambda session: reminders.invitations_due(
            session, now=now
        ),
        "appointments to be reminded of (remind_appointments)": lambda session: reminders.appointments_due(
            session, now=now
        ),
        "what did not arrive (fall_back)": lambda session: falling_back.due(session, now=now),
        "follow-ups overtaken by time (expire)": lambda session: expiry.follow_ups_due(session, now=now),
        "waitings overtaken (offer_freed)": lambda session: queueing.overtaken(session, now=now),
        "/sante": lambda session: monitoring.check(session, now=now),
        "/metrics": lambda session: monitoring.read(session, now=now),
        "the digests of one département": lambda session: digests.read(session, 1, now=now),
        "purge, dry run": lambda session: purging.plan(session, now=now),
        "free slots of the largest team": partial(slots, now=now),
    }


def slots(session: Session, *, now: datetime) -> list[Any]:
    first = session.scalars(select(AppointmentType).order_by(AppointmentType.id).limit(1)).one()
    return find_slots(session, types=[first], after=now, before=now + first.max_delay, now=now)


def count_figures(database: Database, subject: str, engine: str, now: datetime) -> Iterator[Figure]:
    """The first count of everybody, then the check of one night: a seventh of the teams, and every département."""
    took = seconds(partial(count_everything, database, now))
    with database.reading() as session:
        units = session.scalar(text("SELECT count(*) FROM unit_facts")) or 0
    yield Figure(subject, "the first count of everybody", engine, "s", [took], notes={"people a second": units / took})
    yield Figure(subject, "figures, the check of one night", engine, "s", [seconds(partial(night, database, now))])
    yield Figure(subject, "sums that the check put right", engine, "sums", [float(night(database, now))], limit=0)


def count_everything(database: Database, now: datetime) -> None:
    while True:
        with database.writing() as session:
            if not counting.is_due(session, now=now) or not counting.count(session, now=now):
                return


def night(database: Database, now: datetime) -> int:
    """How many sums differed from what is counted from scratch."""
    with database.reading() as session:
        teams, wholes = recounting.organisations(session, tonight=now.date()), recounting.departments(session)
    wrong = 0
    for recount, those in ((recounting.recount_organisation, teams), (recounting.recount_department, wholes)):
        for one in those:
            with database.writing() as session:
                wrong += recount(session, one)
    return wrong


def deliver(database: Database, subject: str, engine: str, now: datetime) -> Figure:
    """Texts claimed, handed over and marked while all the others lie in the table: through a sender that answers at once."""
    due = make_due(database, now)
    with delivery.deliverers(database, PROCESSES[engine]) as work:
        work()  # a process of the product has compiled its statements before
        make_due(database, now)
        taken, took = work()
    doubled = len(taken) - len(set(taken))
    notes = {"due": float(due), "processes": float(PROCESSES[engine]), "sent twice": float(doubled)}
    return Figure(subject, "claimed and marked", engine, "/s", [len(taken) / took], more_is_better=True, notes=notes)


def make_due(database: Database, now: datetime) -> int:
    """The last texts to people who never answered, as if they had been owed just now and their invitation were open."""
    theirs = (
        select(Message.id)
        .join(Invitation, Invitation.id == Message.invitation_id)
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .where(FollowUp.status.in_([FollowUpStatus.INVITATION_EXPIRED, FollowUpStatus.INVITATION_PENDING]))
        .where(Message.kind == MessageKind.INVITATION, Message.channel == Channel.SMS, Invitation.ended_at.is_(None))
        .order_by(Message.id.desc())
        .limit(DUE)
    )
    with database.writing() as session:
        ids = session.scalars(theirs).all()
        late = now.replace(year=now.year + 1)
        values = {"state": MessageState.PENDING, "attempts": 0, "due_at": now, "provider_id": None, "sent_at": None}
        unset = {"settled_at": None, "useless_at": late, "claimed_at": None, "error_reason": None, "fell_back_at": None}
        for first in range(0, len(ids), 500):
            some = Message.id.in_(ids[first : first + 500])
            session.execute(update(Message).where(some).values(**values, **unset))
            open_again = Invitation.id.in_(select(Message.invitation_id).where(some))
            session.execute(
                update(Invitation)
                .where(open_again)
                .values(expires_at=late)
                .execution_options(synchronize_session=False)
            )
    return len(ids)


def weigh(database: Database, subject: str, engine: str, people: int) -> Iterator[Figure]:
    """How much room everything takes, tables and indexes apart, for each 1,000 people."""
    sizes = of_postgresql(database) if engine == "PostgreSQL" else of_sqlite(database)
    whole = sum(table + index for table, index in sizes.values())
    notes = {
        "tables": sum(one for one, _ in sizes.values()) / 1e6,
        "indexes": sum(one for _, one in sizes.values()) / 1e6,
    }
    yield Figure(subject, "the whole database", engine, "MB", [whole / 1e6], notes=notes)
    for table, (heap, indexes) in sorted(sizes.items(), key=lambda one: -sum(one[1]))[:8]:
        each = {"of it indexes": indexes / people / 1000}
        yield Figure(
            subject, f"{table}, for 1,000 people", engine, "MB", [(heap + indexes) / people / 1000], notes=each
        )


def of_postgresql(database: Database) -> dict[str, tuple[float, float]]:
    sizes = text(
        "SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    with database.engine.connect() as connection:
        return {name: (float(heap), float(indexes)) for name, heap, indexes in connection.execute(sizes)}


def of_sqlite(database: Database) -> dict[str, tuple[float, float]]:
    """The file alone: SQLite does not say what is whose without a module that few builds have."""
    file = Path(database.engine.url.database or "")
    return {"the file": (float(file.stat().st_size), 0.0)}


def vacuum(database: Database, subject: str, engine: str) -> Figure:
    """What autovacuum would do after all of it has been written, in one go."""

    def act() -> None:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in COLUMNS:
                connection.execute(text(f"VACUUM (ANALYZE) {table}"))

    return Figure(subject, "VACUUM (ANALYZE) of every table that was filled", engine, "s", [seconds(act)])
