"""Row ids that are never given twice. Links are derived from ids (`codes`), and machines keep them: a second invitation with
the id of one that is gone would open by the first one's link.

PostgreSQL's sequences never go back. SQLite gives the last id again once its row is deleted, unless a table says
AUTOINCREMENT (https://www.sqlite.org/autoinc.html); and after a restore both would give again what was given since the backup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.engine import Connection

# Ids left out after a restore: more rows than any table gets between two backups. An id has room for two thousand of these.
LEFT_OUT = 1_000_000

_ID = re.compile(r"\bid INTEGER NOT NULL\b")
_KEY = re.compile(r",\s*(?:CONSTRAINT \"?\w+\"? )?PRIMARY KEY \(id\)")
_KEEPER = "numbering_keeper"
_HAS_COUNTS = text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")


def counted(connection: Connection) -> dict[str, int]:
    """The last id given by each SQLite table that counts on: a migration that copies a table would forget it."""
    if connection.dialect.name != "sqlite" or not connection.execute(_HAS_COUNTS).scalar():
        return {}
    return {row.name: row.seq for row in connection.execute(text("SELECT name, seq FROM sqlite_sequence"))}


def never_again(connection: Connection, before: Mapping[str, int] | None = None) -> int:
    """Have every SQLite table count its ids without going back, from those of `before` on (`counted`). Safe to repeat;
    PostgreSQL does by itself. Returns how many tables were changed.

    The tables' words are changed in place: that a rowid counts on changes nothing in how rows are stored
    (https://www.sqlite.org/lang_altertable.html#otheralter).
    """
    if connection.dialect.name != "sqlite":
        return 0
    written = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")).all()
    changed = {name: sql for name, was in written if (sql := counting_on(was)) != was}
    if changed:
        _change(connection, changed)
    further = text("UPDATE sqlite_sequence SET seq = max(seq, :seq) WHERE name = :name")
    for name, seq in (before or {}).items():
        connection.execute(further, {"name": name, "seq": seq})
    return len(changed)


def _change(connection: Connection, changed: Mapping[str, str | None]) -> None:
    """Give these tables these words, and the last id they have given."""
    connection.exec_driver_sql(
        f"CREATE TABLE {_KEEPER} (id INTEGER PRIMARY KEY AUTOINCREMENT)"
    )  # makes sqlite_sequence
    connection.exec_driver_sql(f"DROP TABLE {_KEEPER}")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    words = text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name")
    for name, sql in changed.items():
        connection.execute(words, {"sql": sql, "name": name})
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
    for name in changed:
        connection.exec_driver_sql(
            f"INSERT INTO sqlite_sequence (name, seq) SELECT '{name}', coalesce(max(id), 0) FROM \"{name}\""
        )


def counting_on(sql: str | None) -> str | None:
    """The words of a table whose whole key is an integer `id`, with AUTOINCREMENT; any other's as they are."""
    if sql is None or "AUTOINCREMENT" in sql or not (_ID.search(sql) and _KEY.search(sql)):
        return sql
    return _KEY.sub("", _ID.sub("id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", sql, count=1), count=1)


def skip(connection: Connection, by: int = LEFT_OUT) -> None:
    """Go on counting so much further: the ids in between may have been given to rows that nobody here knows of."""
    if connection.dialect.name == "sqlite":
        never_again(connection)
        connection.execute(text("UPDATE sqlite_sequence SET seq = seq + :by"), {"by": by})
        return
    for table, column, sequence in connection.execute(_SEQUENCES).all():
        connection.exec_driver_sql(
            f"SELECT setval('{sequence}', {by} + greatest((SELECT coalesce(max({column}), 0) FROM {table}),"
            f" (SELECT last_value FROM {sequence})))"
        )


# Each table's own sequence, names quoted where they need it.
_SEQUENCES = text(
    "SELECT relation.oid::regclass::text, quote_ident(attribute.attname), sequence.oid::regclass::text"
    " FROM pg_class AS sequence"
    " JOIN pg_depend AS dependency ON dependency.objid = sequence.oid AND dependency.deptype IN ('a', 'i')"
    " AND dependency.classid = 'pg_class'::regclass AND dependency.refclassid = 'pg_class'::regclass"
    " JOIN pg_class AS relation ON relation.oid = dependency.refobjid"
    " JOIN pg_attribute AS attribute"
    " ON attribute.attrelid = relation.oid AND attribute.attnum = dependency.refobjsubid"
    " JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace"
    " WHERE sequence.relkind = 'S' AND namespace.nspname = current_schema()"
    " ORDER BY relation.relname"
)
