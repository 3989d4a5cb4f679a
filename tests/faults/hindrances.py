"""What another process may do to a database: hold a lock where delivery needs one, so that a kill falls exactly there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import text

from invitations.database import Database

PATIENCE = 20  # seconds


@contextmanager
def writing_held(database: Database) -> Iterator[None]:
    """Nobody else writes to this SQLite file."""
    with closing(sqlite3.connect(str(database.engine.url.database), timeout=PATIENCE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@contextmanager
def links_held(database: Database) -> Iterator[None]:
    """On PostgreSQL, who claims has written its claims and waits here, just before its commit."""
    with database.engine.connect() as other, other.begin():
        other.execute(text("LOCK TABLE links IN ACCESS EXCLUSIVE MODE"))
        yield


@contextmanager
def claims_held(database: Database, *, only_last: bool) -> Iterator[None]:
    """On PostgreSQL, who marks what was claimed waits; with `only_last`, when it has already written all the others."""
    which = "id = (SELECT max(id) FROM messages WHERE state = 'sending')" if only_last else "state = 'sending'"
    with database.engine.connect() as other, other.begin():
        other.execute(text(f"SELECT id FROM messages WHERE {which} FOR UPDATE"))
        yield


def somebody_waits(database: Database) -> bool:
    """True when a transaction of this PostgreSQL database waits for a lock."""
    with database.engine.connect() as looking:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(looking.execute(text(waiting)).scalar())
