"""PostgreSQL databases for the tests: one that a test has used is emptied for the next, which costs a tenth of a new one.

Given back is what is as it was made: the same catalogue to the row, nobody connected, no rows, numbers counted from one.
Whatever else a test has done to its database, the next test gets another.

PostgreSQL (15 and newer) counts what is written to each table, and a connection has told it all before it is gone: what nobody wrote
to is as it was, and is not looked at. To read eighty tables and the whole catalogue each time took half a test's share of the server.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import psycopg

from invitations.database import Base

TEMPLATE = "template_rdv"
# More rows than this go with their database, and so does one that was used often: what is deleted slows down the next.
MOST_ROWS = 500
MOST_USES = 200
PATIENCE = 5.0  # seconds

# Whatever describes a database rather than fills it. PostgreSQL's own copy keeps `xmin`, and every change gets a new one.
CATALOGUES = (
    *("pg_attrdef", "pg_attribute", "pg_cast", "pg_class", "pg_constraint", "pg_default_acl", "pg_depend"),
    *("pg_description", "pg_enum"),
    *("pg_event_trigger", "pg_extension", "pg_foreign_server", "pg_index", "pg_inherits", "pg_largeobject_metadata"),
    *("pg_namespace", "pg_opclass", "pg_operator", "pg_policy", "pg_proc", "pg_publication", "pg_rewrite"),
    *("pg_sequence", "pg_statistic_ext", "pg_trigger", "pg_type"),
)
CATALOGUE = " UNION ALL ".join(f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name}" for name in CATALOGUES)
TABLE, SEQUENCE, SETTINGS, SINCE = "r", "S", "settings", "counted since"
# How often each table was written to, rows rolled back included; how many pages of each sequence were read; since when it is counted,
# which a crash of the server starts anew.
WRITTEN = f"""
    SELECT relkind::text, relname::text, CASE relkind WHEN '{SEQUENCE}' THEN pg_stat_get_blocks_fetched(oid) ELSE
      pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid) END
    FROM pg_class WHERE relkind IN ('{TABLE}', '{SEQUENCE}')
    UNION ALL SELECT '{SETTINGS}', '', count(*) FROM pg_db_role_setting
      JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()
    UNION ALL SELECT '{SINCE}', '', extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()) * 1000000
"""
HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
COUNT_FROM_ONE = (
    "SELECT setval(quote_ident(relname)::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND relname = ANY(%s)"
)
TELL_NOW = "SELECT pg_stat_force_next_flush()"

Opened = psycopg.Connection[tuple[Any, ...]]
Written = dict[tuple[str, str], int]


@dataclass
class EmptyDatabases:
    """Those of one server that wait for a test. `server`: its address without a database, as SQLAlchemy has it."""

    server: str
    free: list[str] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)
    left: dict[str, Written] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._desk = self._open("postgres")
        with self._open(TEMPLATE) as connection:
            self._as_made = catalogue(connection)
            self._since = {(SINCE, ""): written(connection)[SINCE, ""]}

    def take(self) -> str:
        """The name of an empty database with every table."""
        if self.free:
            return self.free.pop()
        name = _new_name()
        self._desk.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        return name

    def give_back(self, name: str) -> None:
        """It waits for the next test under another name: whoever still writes to this one is refused, as ever."""
        new = _new_name()
        self._hang_up(name)
        try:
            self._desk.execute(f"ALTER DATABASE {name} RENAME TO {new}")
        except psycopg.errors.ObjectInUse:
            self.drop(name)
            return
        self.uses[new], before = self.uses.pop(name, 0) + 1, self.left.pop(name, self._since)
        if self.uses[new] < MOST_USES and self._is_emptied(new, before):
            self.free.append(new)
        else:
            self.drop(new)

    def close(self) -> None:
        self._desk.close()

    def _hang_up(self, name: str) -> None:
        """End every connection and see it gone: one that is in the middle of a commit would fill what was emptied."""
        until = time.monotonic() + PATIENCE
        while self._desk.execute(HANG_UP, (name,)).fetchall() and time.monotonic() < until:
            time.sleep(0.001)

    def _is_emptied(self, name: str, before: Written) -> bool:
        with self._open(name) as connection:
            if not is_emptied(connection, changed(written(connection), before), self._as_made):
                return False
            connection.execute(TELL_NOW)
            self.left[name] = written(connection)
            return True

    def drop(self, name: str) -> None:
        self._desk.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _open(self, name: str) -> Opened:
        return psycopg.connect(f"{self.server}/{name}".replace("+psycopg", ""), autocommit=True)


def _new_name() -> str:
    return f"rdv_{uuid.uuid4().hex[:12]}"


def catalogue(connection: Opened) -> set[tuple[Any, ...]]:
    """How many rows each catalogue has, and the youngest of them."""
    return set(connection.execute(CATALOGUE))


def written(connection: Opened) -> Written:
    return {(kind, name): int(times) for kind, name, times in connection.execute(WRITTEN)}


def changed(now: Written, before: Written) -> dict[str, set[str]]:
    """The names of what was written to, by kind."""
    found: dict[str, set[str]] = {kind: set() for kind in (TABLE, SEQUENCE, SETTINGS, SINCE)}
    for (kind, name), times in now.items():
        if times != before.get((kind, name), 0):
            found[kind].add(name)
    return found


def is_emptied(connection: Opened, found: dict[str, set[str]], as_made: set[tuple[Any, ...]]) -> bool:
    """Delete every row and count from one again. False when there are too many, or when the database is not as it was made."""
    ours = found[TABLE] & Base.metadata.tables.keys()
    if found[SETTINGS] or found[SINCE] or (found[TABLE] - ours and catalogue(connection) != as_made):
        return False
    held = rows_of(connection, ours)
    if sum(held.values()) > MOST_ROWS:
        return False
    connection.execute("SET session_replication_role = replica")  # references need no order
    for name in held:
        connection.execute(f'DELETE FROM "{name}"')
    connection.execute(COUNT_FROM_ONE, (sorted(found[SEQUENCE]),))
    return True


def rows_of(connection: Opened, tables: set[str]) -> dict[str, int]:
    """How many rows each table holds that is not empty: one more than too many is enough."""
    count = " UNION ALL ".join(
        f"SELECT '{name}', count(*) FROM (SELECT 1 FROM \"{name}\" LIMIT {MOST_ROWS + 1}) AS held"
        for name in sorted(tables)
    )
    return {name: rows for name, rows in connection.execute(count) if rows} if tables else {}
