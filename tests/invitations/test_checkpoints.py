"""What was committed to SQLite reaches the database itself, and its log does not grow for ever."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from invitations.checkpoints import EVERY, LONG, Checkpoints, checkpoint
from invitations.database import Database, prepare_sqlite
from invitations.errors import DatabaseAway

PAGE = 4096


@dataclass
class Town:
    """A database with one table, written page by page; `now` in seconds."""

    path: Path
    now: float = 0.0
    checkpoints: Checkpoints = field(init=False)

    def __post_init__(self) -> None:
        self.checkpoints = Checkpoints(lambda: self.now)

    def connect(self) -> Connection:
        return Connection(self)

    def in_the_file_alone(self) -> int:
        """How many notes there are for whoever has the file without its log: after a power cut, say."""
        alone = self.path.with_name("alone.db")
        shutil.copy(self.path, alone)
        with sqlite3.connect(alone) as connection:
            return int(connection.execute("SELECT count(*) FROM notes").fetchone()[0])


@dataclass
class Connection:
    """One connection, and what its pool knows of it."""

    town: Town
    raw: sqlite3.Connection = field(init=False)
    info: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.raw = sqlite3.connect(self.town.path)
        prepare_sqlite(self.raw, None, milliseconds=30_000)
        self.raw.execute("CREATE TABLE IF NOT EXISTS notes (words TEXT)")

    def write(self, pages: int = 1) -> None:
        self.raw.execute("BEGIN IMMEDIATE")
        self.raw.executemany("INSERT INTO notes VALUES (?)", [("x" * PAGE,)] * pages)
        self.raw.execute("COMMIT")

    def look(self) -> int:
        return int(self.raw.execute("SELECT count(*) FROM notes").fetchone()[0])

    def give_back(self) -> None:
        self.town.checkpoints(self.raw, self)

    def pages_in_log(self) -> int:
        return int(self.raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "town.db")
    keeper = made.connect()  # while it is open, nobody else is the last to close
    checkpoint(keeper.raw)
    yield made
    keeper.raw.close()


def test_what_was_committed_is_in_the_file_when_the_connection_is_given_back(town: Town) -> None:
    writer = town.connect()
    writer.write()
    writer.give_back()
    assert town.in_the_file_alone() == 1


def test_what_comes_within_the_second_is_there_after_it_whoever_gives_back(town: Town) -> None:
    writer, reader = town.connect(), town.connect()
    for _ in range(2):
        writer.write()
        writer.give_back()
    assert town.in_the_file_alone() == 1
    town.now += EVERY
    reader.look()
    reader.give_back()
    assert town.in_the_file_alone() == 2


def test_without_news_nothing_is_done(town: Town) -> None:
    writer, reader = town.connect(), town.connect()
    writer.give_back()
    town.now += EVERY
    writer.write()
    reader.give_back()  # whoever wrote has not given back yet
    assert town.in_the_file_alone() == 0


def test_a_broken_connection_is_left_alone(town: Town) -> None:
    town.checkpoints(None, town.connect())


def test_a_long_log_is_begun_anew(town: Town) -> None:
    writer = town.connect()
    writer.write(LONG)
    checkpoint(writer.raw)
    writer.write()
    assert writer.pages_in_log() < 10
    assert writer.raw.execute("PRAGMA busy_timeout").fetchone() == (30_000,)


def test_somebody_who_reads_keeps_the_log_and_nobody_waits_for_them(town: Town) -> None:
    writer, reader = town.connect(), town.connect()
    reader.raw.execute("BEGIN")
    before = reader.look()
    writer.write(LONG)
    checkpoint(writer.raw)
    writer.write()
    assert reader.look() == before
    assert writer.pages_in_log() > LONG
    reader.raw.execute("COMMIT")
    checkpoint(writer.raw)
    writer.write()
    assert writer.pages_in_log() < 10


def test_a_pool_of_the_product_does_it(tmp_path: Path) -> None:
    town = Town(tmp_path / "town.db")
    database = Database(f"sqlite:///{town.path}")
    with database.writing() as session:
        connection = session.connection()
        connection.exec_driver_sql("CREATE TABLE notes (words TEXT)")
        connection.exec_driver_sql("INSERT INTO notes VALUES ('x')")
    assert town.in_the_file_alone() == 1
    database.engine.dispose()


def test_what_a_full_disk_does_not_take_is_copied_later_and_costs_nobody_a_connection(town: Town) -> None:
    """An error here would take the connection out of its pool for good, and tell whoever has booked that they have not."""
    writer = town.connect()
    writer.write(pages=500)
    writer.give_back()
    town.now += EVERY
    writer.write()
    with file_size_limited(200 * PAGE):
        writer.give_back()
    assert town.checkpoints.has_news
    town.now += EVERY
    writer.give_back()
    assert town.in_the_file_alone() == 501


def test_a_full_disk_is_a_database_that_is_away(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(DatabaseAway), file_size_limited(PAGE), database.writing() as session:
        session.execute(text("CREATE TABLE heavy AS SELECT zeroblob(3000000) AS filling"))
    with database.writing() as session:
        session.execute(text("CREATE TABLE heavy AS SELECT zeroblob(10) AS filling"))
    database.engine.dispose()


@contextmanager
def file_size_limited(most: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
