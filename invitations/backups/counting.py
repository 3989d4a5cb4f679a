"""How many rows each table of a database has, whatever release made it."""

from __future__ import annotations

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

VERSION = "alembic_version"


def rows(connection: Connection) -> dict[str, int]:
    """By table, all but the version's. On one connection and in one transaction: of one moment."""
    names = sorted(set(inspect(connection).get_table_names()) - {VERSION})
    return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def schema(connection: Connection) -> str:
    """The migration the database is at; empty when it says none."""
    if not inspect(connection).has_table(VERSION):
        return ""
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION} ORDER BY 1")).scalar() or "")
