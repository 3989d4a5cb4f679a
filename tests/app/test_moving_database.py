"""`rdv move-database`: every row of every table, as it was, and nothing set off by it."""

from __future__ import annotations

import argparse
import io
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import MetaData, create_engine, func, select, text, update

from app import backing_up, migrations, moving_database, starting
from app.settings import Settings
from invitations.copying import leaving, moving, silence, tables
from invitations.database import Database, make_engine
from invitations.errors import DatabaseAway, DatabaseBusy, DomainError
from invitations.models import Beneficiary, JobRun
from tests.conftest import NOW, SECRET
from tests.factories import World
from tests.house.test_migrations import row_for


def stamp(url: str, version: str | None = None) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:at)"), {"at": version or migrations.head()})
    engine.dispose()


@pytest.fixture
def full(sqlite_url: str) -> str:
    """A row in every table, at this release."""
    stamp(sqlite_url)
    engine = make_engine(sqlite_url)
    writing = engine.execution_options(sqlite_begin="IMMEDIATE")
    with writing.begin() as connection, silence.silenced(connection, tables.every()):
        there = MetaData()
        there.reflect(connection)
        for table in tables.every():
            if not tables.count(connection, table):
                connection.execute(there.tables[table.name].insert(), row_for(there.tables[table.name]))
    engine.dispose()
    return sqlite_url


def typed(source: str, target: str) -> tuple[int, str]:
    parser, printed = argparse.ArgumentParser(), io.StringIO()
    moving_database.add_arguments(parser)
    settings = Settings(database_url=source, secret_key=SECRET)
    status = moving_database.run(settings, parser.parse_args(["--to", target]), Console(file=printed, width=400))
    return status, printed.getvalue()


def held(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = {
            one.name: [tuple(row) for row in connection.execute(tables._reading(one, connection))]
            for one in tables.every()
        }
    engine.dispose()
    return rows


def was_held(url: str) -> dict[str, list[tuple[object, ...]]]:
    """But for what a move says of itself."""
    found = held(url)
    found["job_runs"] = [one for one in found["job_runs"] if one[0] not in {leaving.LEFT, leaving.ARRIVING}]
    return found


def test_there_and_back_every_row_is_the_same(
    full: str, postgres_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    """Nothing is set off by it either: an event, a figure, a notice more and the tables would differ."""
    stamp(postgres_url)
    before = held(full)
    assert all(before.values()), "a table without a row would prove nothing"
    status, said = typed(full, postgres_url)
    assert (status, "the same on both sides" in said) == (0, True)
    assert was_held(postgres_url) == before
    assert was_held(full) == before, "the old one is as it was"
    target = make_engine(postgres_url)
    with target.begin() as connection:
        silent = connection.execute(text("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'")).scalar_one()
        assert silent == 0
        assert connection.execute(text("SELECT nextval('departments_id_seq')")).scalar_one() > moving.LEFT_OUT
    target.dispose()
    back = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'back.db')}"
    stamp(back)
    triggers = names_of_triggers(back)
    assert typed(postgres_url, back)[0] == 0
    assert was_held(back) == before
    assert names_of_triggers(back) == triggers


def names_of_triggers(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        names = list(
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1")).scalars()
        )
    engine.dispose()
    return names


def test_what_stands_in_the_way_is_said_and_nothing_is_moved(
    full: str, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp(postgres_url)
    assert typed(full, "mysql://there")[0] == moving_database.REFUSED
    assert "--to must be" in capsys.readouterr().err
    at_work = make_engine(full)
    with at_work.connect():
        assert typed(full, postgres_url)[0] == moving_database.REFUSED
    assert "Somebody is at work" in capsys.readouterr().err
    with at_work.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        connection.execute(text("UPDATE places SET name = :long"), {"long": "x" * 1000})
    at_work.dispose()
    assert typed(full, postgres_url)[0] == moving_database.REFUSED
    assert "won't take a row of places" in capsys.readouterr().err
    assert not any(held(postgres_url).values())
    target = Database(postgres_url)
    with target.writing() as session:
        World(session, NOW)
    target.engine.dispose()
    assert typed(full, postgres_url)[0] == moving_database.REFUSED
    assert "not empty" in capsys.readouterr().err


def test_a_target_that_somebody_uses_is_left_as_it_is(
    full: str, sqlite_template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address mistyped: another installation's database is not brought to this release on the way."""
    other = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'other.db')}"
    stamp(other, "0007")
    for target in (other, full):
        assert typed(full, target)[0] == moving_database.REFUSED
        assert capsys.readouterr().err == "The target is not empty: give an empty database.\n"
    assert migrations.state(other) == "behind"


@dataclass
class Writer:
    """Somebody who writes one person after the other, and keeps what was answered."""

    database: Database
    department: int
    answered: list[str] = field(default_factory=list)
    refused: list[DomainError] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        while not self.stop.is_set():
            uid = f"{len(self.answered):036d}"
            try:
                with self.database.writing() as session:
                    session.add(self.person(uid))
            except DomainError as refusal:
                self.refused.append(refusal)
                self.stop.wait(0.005)
            else:
                self.answered.append(uid)

    def person(self, uid: str) -> Beneficiary:
        return Beneficiary(
            uid=uid,
            department_id=self.department,
            first_name="Inès",
            last_name="Roux",
            first_name_key="ines",
            search_key="ines roux",
            created_at=NOW,
            updated_at=NOW,
        )


def eventually(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)


def test_what_is_written_while_it_lasts_is_moved_or_refused(
    sqlite_url: str, postgres_url: str, sqlite_template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There and back, both times under the hands of somebody who writes: whoever was answered is on the other side, and
    afterwards nobody is."""
    source = Database(sqlite_url)
    with source.writing() as session:
        department = World(session, NOW).department.id
    source.engine.dispose()
    back = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'back.db')}"
    for one, other in ((sqlite_url, postgres_url), (postgres_url, back)):
        moved_under_the_hands(
            one, other, department, slot="20261124T090000Z" if one == sqlite_url else "20261125T090000Z"
        )
        settings = Settings(database_url=one, secret_key=SECRET, backup_folder=str(tmp_path / "to"))
        assert starting.hindrance(settings) == starting.MOVED
        assert starting.migrate(settings, argparse.Namespace(new=True)) == starting.FAILED
        assert backing_up.run(settings, argparse.Namespace(check=None, to=None, keep=None)) == backing_up.REFUSED
        assert starting.hindrance(Settings(database_url=other, secret_key=SECRET)) == ""
    assert capsys.readouterr().err.count("was moved to another one") == 4


def moved_under_the_hands(one: str, other: str, department: int, slot: str) -> None:
    database = Database(one, patience=timedelta(milliseconds=20))
    writer = Writer(database, department)
    already = len(people_in(one))
    writer.answered.extend(people_in(one))
    thread = threading.Thread(target=writer.go_on)
    thread.start()
    moved = moving.Move(one, other)
    waiting = list[int]()

    def tell(_: int) -> None:
        """In the middle of it: nobody is answered any more until somebody has been told to come back."""
        if not waiting:
            waiting.append(len(writer.refused))
            eventually(lambda: len(writer.refused) > waiting[0])

    try:
        eventually(lambda: len(writer.answered) > already + 5)
        assert moved.run(tell, slot=slot, now=NOW)[1], "the role of the tests may close its database"
        during = len(writer.refused)
        eventually(lambda: isinstance(writer.refused[-1], DatabaseAway) and len(writer.refused) > during + 2)
        assert {type(refusal) for refusal in writer.refused} == {DatabaseBusy, DatabaseAway}
        with database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Beneficiary)) == len(writer.answered), (
                "pages are read"
            )
    finally:
        writer.stop.set()
        thread.join(30)
        moved.close()
        database.engine.dispose()
    assert people_in(other) == sorted(writer.answered)


def people_in(url: str) -> list[str]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = list(connection.execute(select(Beneficiary.uid).order_by(Beneficiary.uid)).scalars())
    engine.dispose()
    return found


def test_killed_at_its_last_step_it_is_ended_by_typing_it_again_and_may_be_undone(
    sqlite_url: str, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """At every moment one database at most lets anything start on it."""
    for url in (sqlite_url, postgres_url):
        stamp(url)
    old, new = (Settings(database_url=url, secret_key=SECRET) for url in (sqlite_url, postgres_url))
    assert undone(sqlite_url) == moving_database.REFUSED
    assert "nothing to undo" in capsys.readouterr().err
    assert typed(sqlite_url, postgres_url)[0] == 0
    engine = make_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(update(JobRun).where(JobRun.job == leaving.ARRIVING).values(ended_at=None))
    assert (starting.hindrance(old), starting.hindrance(new)) == (starting.MOVED, starting.ARRIVING)
    status, said = typed(sqlite_url, postgres_url)
    assert (status, "cut short is over" in said) == (0, True)
    assert (starting.hindrance(old), starting.hindrance(new)) == (starting.MOVED, "")
    assert typed(sqlite_url, postgres_url)[0] == moving_database.REFUSED
    assert "moved elsewhere already" in capsys.readouterr().err
    assert undone(sqlite_url) == moving_database.DONE
    assert starting.hindrance(old) == ""
    database = Database(sqlite_url)
    with database.writing() as session:
        World(session, NOW)
    database.engine.dispose()
    engine.dispose()


def undone(url: str) -> int:
    settings = Settings(database_url=url, secret_key=SECRET)
    return moving_database.run(settings, argparse.Namespace(to=None, undo=True), Console(file=io.StringIO()))
