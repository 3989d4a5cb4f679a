"""`rdv move-database`: every row of every table, as it was, and nothing set off by it."""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import MetaData, create_engine, text

from app import migrations, moving_database
from app.settings import Settings
from invitations.copying import moving, silence, tables
from invitations.database import Database, make_engine
from tests.conftest import NOW, SECRET
from tests.factories import World
from tests.house.test_migrations import row_for


def stamp(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.head()})
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
    status = moving_database.run(settings, parser.parse_args(["--to", target]), Console(file=printed, width=140))
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


def test_there_and_back_every_row_is_the_same(
    full: str, postgres_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    """Nothing is set off by it either: an event, a figure, a notice more and the tables would differ."""
    stamp(postgres_url)
    before = held(full)
    assert all(before.values()), "a table without a row would prove nothing"
    status, said = typed(full, postgres_url)
    assert (status, "the same on both sides" in said) == (0, True)
    assert held(postgres_url) == before
    assert held(full) == before, "the old one is as it was"
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
    assert held(back) == before
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
