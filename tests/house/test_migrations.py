"""A database with rows in it goes forward: every table of the last release keeps what it held, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Connection

from app import migrations
from invitations.database import make_engine
from tests.house.test_schema import empty_url

__all__ = ["empty_url"]

RELEASED = "0003"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
# What a column's type can't tell: rules between columns.
SPECIAL: dict[str, dict[str, Any]] = {
    "appointments": {"ends_at": NOW + timedelta(hours=1)},
    "links": {"participation_id": None},
    "messages": {"agent_id": None},
    "openings": {"ends_at_time": time(12)},
}


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
    return {
        name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one()
        for name in sa.inspect(connection).get_table_names()
        if name != "alembic_version"
    }


def test_every_row_of_the_last_release_is_still_there(empty_url: str) -> None:
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        bring_to(connection, RELEASED)
        tables = sa.MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert(), row_for(table))
        before = counts(connection)
    engine.dispose()
    assert set(before.values()) == {1}
    migrations.upgrade(empty_url)
    with engine.connect() as connection:
        after = counts(connection)
    engine.dispose()
    assert {name: after[name] for name in before} == before
    assert migrations.is_current(empty_url)
