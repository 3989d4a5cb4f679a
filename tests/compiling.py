"""A statement is compiled once a worker, not once an engine: a test has one to three engines of its own, production has one.

SQLAlchemy keeps what it has compiled by dialect, and every engine makes its own dialect. The tests' are equal by kind: there is
one SQLite, one PostgreSQL, and nobody sets them up otherwise. Compiling was a third of the tests' time.
"""

from __future__ import annotations

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

SIZE = 2000
KEPT: LRUCache = LRUCache(SIZE)


def share() -> None:
    for kind in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        kind.__eq__ = is_same_kind
        kind.__hash__ = hash_of_kind
    event.listen(Engine, "engine_connect", take_what_is_kept)


def is_same_kind(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def hash_of_kind(one: Dialect) -> int:
    return hash(type(one))


def take_what_is_kept(connection: Connection) -> None:
    connection.execution_options(compiled_cache=KEPT)
