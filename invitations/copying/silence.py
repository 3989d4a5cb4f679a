"""Triggers owe webhooks, figures and France Travail what happens to a row. Copying a row is nothing that happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Table, text
from sqlalchemy.engine import Connection


@contextmanager
def silenced(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """No trigger of ours fires in this transaction; what references promise is still held."""
    if connection.dialect.name == "sqlite":
        yield from _without(connection)
        return
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
    yield
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')


def _without(connection: Connection) -> Iterator[None]:
    """SQLite can't silence a trigger: they go, and come back word for word. Killed in between, none has gone."""
    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    written = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")).all()
    for name, _ in written:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in written:
        connection.exec_driver_sql(sql)
