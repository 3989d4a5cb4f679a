"""PostgreSQL databases for the tests: one that a test has used is emptied for the next, which costs a tenth of a new one.

Given back is what is as it was made: the same catalogue to the row, nobody connected, no rows, numbers counted from one.
Whatever else a test has done to its database, the next test gets another.
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
    *("pg_attrdef", "pg_attribute", "pg_class", "pg_constraint", "pg_depend", "pg_description", "pg_enum"),
    *("pg_event_trigger", "pg_extension", "pg_foreign_server", "pg_index", "pg_inherits", "pg_largeobject_metadata"),
    *("pg_namespace", "pg_opclass", "pg_operator", "pg_policy", "pg_proc", "pg_publication", "pg_rewrite"),
    *("pg_sequence", "pg_statistic_ext", "pg_trigger", "pg_type"),
)
CATALOGUE = (
    " UNION ALL ".join(f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name}" for name in CATALOGUES)
    + " UNION ALL SELECT 'settings of this database', count(*), NULL FROM pg_db_role_setting"
    " JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()"
)
HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
COUNT_FROM_ONE = (
    "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences"
    " WHERE schemaname = 'public' AND last_value IS NOT NULL"
)

Opened = psycopg.Connection[tuple[Any, ...]]


@dataclass
class EmptyDatabases:
    """Those of one server that wait for a test. `server`: its address without a database, as SQLAlchemy has it."""

    server: str
    free: list[str] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._desk = self._open("postgres")
        with self._open(TEMPLATE) as connection:
            self._as_made = catalogue(connection)

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
        self.uses[new] = self.uses.pop(name, 0) + 1
        if self.uses[new] < MOST_USES and self._is_emptied(new):
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

    def _is_emptied(self, name: str) -> bool:
        with self._open(name) as connection:
            return catalogue(connection) == self._as_made and is_emptied(connection)

    def drop(self, name: str) -> None:
        self._desk.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _open(self, name: str) -> Opened:
        return psycopg.connect(f"{self.server}/{name}".replace("+psycopg", ""), autocommit=True)


def _new_name() -> str:
    return f"rdv_{uuid.uuid4().hex[:12]}"


def catalogue(connection: Opened) -> set[tuple[Any, ...]]:
    """How many rows each catalogue has, and the youngest of them."""
    return set(connection.execute(CATALOGUE))


def is_emptied(connection: Opened) -> bool:
    """Delete every row and count from one again. False, and nothing done, when there are too many."""
    held = {name: rows for name, rows in connection.execute(_rows_held()) if rows}
    if sum(held.values()) > MOST_ROWS:
        return False
    connection.execute("SET session_replication_role = replica")  # references need no order
    for name in held:
        connection.execute(f'DELETE FROM "{name}"')
    connection.execute(COUNT_FROM_ONE)
    return True


def _rows_held() -> str:
    """Each table and its rows: one more than too many is enough."""
    return " UNION ALL ".join(
        f"SELECT '{name}', count(*) FROM (SELECT 1 FROM \"{name}\" LIMIT {MOST_ROWS + 1}) AS held"
        for name in Base.metadata.tables
    )
