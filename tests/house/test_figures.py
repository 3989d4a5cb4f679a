"""The figures forget nothing: every column that a fact is read from is watched, after a migration as after create_all."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Connection, text
from sqlalchemy.sql import visitors

from invitations.database import Database
from invitations.models import WATCHED
from invitations.models.figure_triggers import STATEMENTS
from invitations.statistics import cohorts
from tests.house.test_schema import empty_url, upgraded

__all__ = ["empty_url", "upgraded"]

# Read by facts, and never changed by anybody: keys, and what a row is made for.
FIXED = {
    "appointments.id",
    "categories.department_id",
    "categories.id",
    "departments.id",
    "beneficiaries.id",
    "follow_ups.id",
    "invitations.id",
    "messages.created_at",
    "participations.id",
}


@pytest.mark.parametrize("postgresql", [True, False])
def test_every_column_that_a_fact_is_read_from_is_watched(postgresql: bool) -> None:
    read = {
        f"{column.table.name}.{column.name}"
        for statement in (cohorts._statement(postgresql),)
        for column in visitors.iterate(statement)
        if isinstance(column, Column)
    }
    assert "participations.outcome" in read
    watched = {f"{table}.{name}" for table, one in WATCHED.items() for name in one.columns}
    assert read - watched - FIXED == set(), (
        "watch it (invitations/models/figure_triggers.py), or say here why it is fixed"
    )
    assert watched - read == set(), "nothing reads it any more"


def test_a_migrated_database_watches_as_a_new_one_does(upgraded: Database) -> None:
    """SQLite loses a table's triggers when a migration copies it: it has to make them again."""
    with upgraded.engine.begin() as connection:
        migrated = triggers(connection)
        for name, table in names(connection):
            connection.exec_driver_sql(f"DROP TRIGGER {name}" + (f" ON {table}" if is_postgresql(connection) else ""))
        for table in WATCHED:
            for statement in STATEMENTS[connection.dialect.name](table):
                connection.exec_driver_sql(statement)
        assert migrated == triggers(connection)


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def triggers(connection: Connection) -> dict[str, str]:
    """Name → what it does, as the engine has it."""
    if is_postgresql(connection):
        query = (
            "SELECT tgname, pg_get_triggerdef(pg_trigger.oid) || pg_proc.prosrc FROM pg_trigger"
            " JOIN pg_proc ON pg_proc.oid = tgfoid WHERE tgname LIKE '%\\_figures\\_%'"
        )
    else:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_figures\\_%' ESCAPE '\\'"
    return {row[0]: row[1] for row in connection.execute(text(query))}


def names(connection: Connection) -> list[tuple[str, str]]:
    return [(name, name.partition("_figures_")[0]) for name in triggers(connection)]
