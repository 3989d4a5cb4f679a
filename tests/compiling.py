"""A statement is compiled once a worker, not once an engine: a test has one to three engines of its own, production has one.

SQLAlchemy keeps what it has compiled by dialect, and every engine makes its own dialect. The tests' are equal by kind: there is
one SQLite, one PostgreSQL, and nobody sets them up otherwise. Compiling was a third of the tests' time. So are the ways in which
values of a type are written and read, and what an engine asks its server at its first connection (version, schema, isolation).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

SIZE = 2000
TEMPLATES: dict[tuple[str, str], Any] = {}
KEPT: LRUCache = LRUCache(SIZE)


def share() -> None:
    for kind in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        kind.__eq__ = is_same_kind
        kind.__hash__ = hash_of_kind
        kind._type_memos = WeakKeyDictionary()
        kind.initialize = asking_once(kind.initialize)
    event.listen(Engine, "engine_connect", take_what_is_kept)
    Flask.jinja_options = {"bytecode_cache": KeptTemplates()}


class KeptTemplates(BytecodeCache):
    """A template is read and compiled once a worker, for all the applications that tests make."""

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = TEMPLATES.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        TEMPLATES[bucket.key, bucket.checksum] = bucket.code


def asking_once(ask: Callable[[Any, Connection], None]) -> Callable[[Any, Connection], None]:
    """What the first dialect of a kind has learnt from its server, the others know."""
    learnt: dict[str, Any] = {}

    def initialize(dialect: Any, connection: Connection) -> None:
        if not learnt:
            before = dict(vars(dialect))
            ask(dialect, connection)
            learnt.update(
                {name: one for name, one in vars(dialect).items() if name not in before or before[name] is not one}
            )
        vars(dialect).update(learnt)

    return initialize


def is_same_kind(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def hash_of_kind(one: Dialect) -> int:
    return hash(type(one))


def take_what_is_kept(connection: Connection) -> None:
    connection.execution_options(compiled_cache=KEPT)
