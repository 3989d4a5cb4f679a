"""A database with rows in it goes forward: every table of the last release keeps what it held, on both engines."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Connection

from app import migrations
from invitations import numbering
from invitations.backups import counting
from invitations.copying import silence
from invitations.database import make_engine
from tests.browser import ROOT
from tests.house.test_schema import empty_url

__all__ = ["empty_url"]

RELEASED = "0007"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
# What a column's type can't tell: rules between columns.
SPECIAL: dict[str, dict[str, Any]] = {
    "figure_state": {"id": 1},
    "useful_drafts": {"id": 1},
    "appointments": {"ends_at": NOW + timedelta(hours=1)},
    "letters": {"facts": {"link_hash": "plain", "logo": "", "shown": 1}},
    "links": {"participation_id": None},
    "messages": {"agent_id": None},
    "openings": {"ends_at_time": time(12)},
}


# The process dies by SIGKILL right before the last migration says that it is done: its tables, copies and triggers are made.
DYING = textwrap.dedent(
    """
    import os, signal, sys
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "before_cursor_execute")
    def die(connection, cursor, statement, parameters, context, many):
        if statement.startswith("UPDATE alembic_version") and f"'{migrations.head()}'" in statement:
            os.kill(os.getpid(), signal.SIGKILL)

    from app import migrations
    migrations.upgrade(sys.argv[1])
    """
)


def bring_to(connection: Connection, revision: str) -> None:
    config = migrations.configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def row_for(table: sa.Table) -> dict[str, Any]:
    """One row: every reference is to the first row of its table, every other value is a plain one of its type."""
    values = {column.name: value_for(column) for column in table.columns if column.name != "id"}
    return values | SPECIAL.get(table.name, {})


def value_for(column: sa.Column[Any]) -> Any:
    if column.foreign_keys:
        return 1
    kind = column.type
    for type_, value in (
        (sa.Boolean, True),
        (sa.Integer, 1),
        (sa.Float, 1.5),
        (sa.DateTime, NOW.replace(tzinfo=None) if not getattr(kind, "timezone", False) else NOW),
        (sa.Date, date(2026, 11, 23)),
        (sa.Time, time(9)),
        (sa.JSON, []),
        (sa.LargeBinary, b"x"),
    ):
        if isinstance(kind, type_):
            return value
    return "x"


def counts(connection: Connection) -> dict[str, int]:
    """Rows by table of the released schema."""
    return counting.rows(connection)


def test_killed_in_the_middle_nothing_is_done_and_the_next_start_does_it(empty_url: str) -> None:
    """A migration is one transaction, on SQLite too; and every row of the last release is still there after it."""
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        bring_to(connection, RELEASED)
        tables = sa.MetaData()
        tables.reflect(connection)
        with silence.silenced(connection, tables.sorted_tables):
            for table in tables.sorted_tables:
                if table.name != "alembic_version":
                    connection.execute(table.insert(), row_for(table))
        before = counts(connection)
    assert set(before.values()) == {1}
    engine.dispose()
    killed = subprocess.run([sys.executable, "-c", DYING, empty_url], cwd=ROOT, capture_output=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with engine.connect() as connection:
        assert counts(connection) == before, "half a migration is there"
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == RELEASED
    assert migrations.state(empty_url) == "behind", "nothing starts on it meanwhile"
    migrations.upgrade(empty_url)
    with engine.connect() as connection:
        after = counts(connection)
        assert numbering.never_again(connection) == 0, "SQLite would give the id of a deleted row, and its link, again"
        assert json.loads(connection.execute(sa.text("SELECT CAST(facts AS TEXT) FROM letters")).scalar_one()) == {
            "logo": "",
            "shown": 1,
        }
    engine.dispose()
    assert {name: after[name] for name in before} == before
    assert migrations.state(empty_url) == "current"
