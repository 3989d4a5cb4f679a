"""A connection to PostgreSQL that was kept is taken as it is, asked first, or replaced: nobody meets one that has ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from invitations.database import Database, make_engine
from invitations.hanging_up import TRUSTED_FOR, HangingUp

PID = text("SELECT pg_backend_pid()")
SECOND = timedelta(seconds=1)


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, length: timedelta) -> None:
        self.now += length.total_seconds()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def engine(postgres_url: str, seconds: Seconds) -> Iterator[Engine]:
    """With one connection, which is kept."""
    made = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), pool_size=1, max_overflow=0)
    HangingUp(made.dialect, seconds).listen_to(made)
    yield made
    made.dispose()


@pytest.fixture
def watcher(postgres_url: str) -> Iterator[Connection]:
    made = make_engine(postgres_url, pool_size=1)
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
    made.dispose()


def last_heard(watcher: Connection, pid: int) -> str:
    """What the server was last asked over a connection."""
    asked = text("SELECT query FROM pg_stat_activity WHERE pid = :pid")
    return str(watcher.execute(asked, {"pid": pid}).scalar_one())


def hang_up(watcher: Connection, pid: int) -> None:
    """End a connection, and wait until it has ended."""
    assert watcher.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar_one()


def use(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(PID).scalar_one())


def take(engine: Engine) -> None:
    """Take a connection, and ask nothing."""
    with engine.connect():
        pass


def test_one_that_was_in_use_a_moment_ago_is_not_asked(engine: Engine, watcher: Connection, seconds: Seconds) -> None:
    pid = use(engine)
    before = last_heard(watcher, pid)
    seconds.pass_by(TRUSTED_FOR - SECOND)
    take(engine)
    assert last_heard(watcher, pid) == before


def test_one_that_has_rested_is_asked_first(engine: Engine, watcher: Connection, seconds: Seconds) -> None:
    pid = use(engine)
    before = last_heard(watcher, pid)
    seconds.pass_by(TRUSTED_FOR)
    take(engine)
    assert last_heard(watcher, pid) != before
    assert use(engine) == pid


@pytest.mark.parametrize("rest", [timedelta(), TRUSTED_FOR], ids=["at once", "after a rest"])
def test_one_that_the_server_has_ended_is_replaced(
    engine: Engine, watcher: Connection, seconds: Seconds, rest: timedelta
) -> None:
    pid = use(engine)
    hang_up(watcher, pid)
    seconds.pass_by(rest)
    assert use(engine) not in (0, pid)


def test_what_the_server_says_unasked_ends_nothing(engine: Engine, watcher: Connection) -> None:
    pid = use(engine)
    with engine.connect() as connection:
        connection.execute(text("LISTEN news"))
        connection.commit()
    watcher.execute(text("NOTIFY news, 'something'"))
    assert use(engine) == pid


def test_with_one_all_that_are_older_are_replaced(postgres_url: str, watcher: Connection) -> None:
    """Whoever comes next opens another; nobody is told that the database is away."""
    database = Database(postgres_url)
    with database.reading() as one, database.reading() as other:
        pids = {one.scalar(PID), other.scalar(PID)}
    for pid in pids:
        hang_up(watcher, pid or 0)
    with database.reading() as one, database.writing() as other:
        assert pids.isdisjoint({one.scalar(PID), other.scalar(PID)})
    database.engine.dispose()
