"""What another process may do to a database: hold a lock where delivery needs one, so that a kill falls exactly there."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import psycopg
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
    last = " AND id = (SELECT id FROM messages WHERE state = 'sending' ORDER BY claimed_at DESC, id DESC LIMIT 1)"
    held = text(f"SELECT id FROM messages WHERE state = 'sending'{last if only_last else ''} FOR UPDATE")
    deadline = time.monotonic() + PATIENCE
    with database.engine.connect() as other, other.begin():
        while other.execute(held).first() is None:  # written down, or given back, just before we had it
            if time.monotonic() > deadline:
                raise RuntimeError("nothing is on its way: everything has left, or no scheduler lives")
        yield


def somebody_waits(database: Database) -> bool:
    """True when a transaction of this PostgreSQL database waits for a lock."""
    with database.engine.connect() as looking:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(looking.execute(text(waiting)).scalar())


def flush_after(database: Database, milliseconds: int) -> None:
    """PostgreSQL waits so long, 100 at most, before each flush of a commit, as it would for a slow disk. It needs `fsync=on`."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as setting:
        for words in (f"commit_delay = {milliseconds * 1000}", "commit_siblings = 0"):
            setting.execute(text(f"ALTER SYSTEM SET {words}"))
        setting.execute(text("SELECT pg_reload_conf()"))


@contextmanager
def connections_held(database: Database) -> Iterator[None]:
    """Whatever connection PostgreSQL gives away, ours or one that others give back, until it has none left; then for the block.

    What is in use already stays so: it is cut, as an operator would do to make room, and then taken by us.
    """
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with ExitStack() as held:
        first = held.enter_context(closing(psycopg.connect(url, autocommit=True)))
        first.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        with suppress(psycopg.OperationalError):
            while True:
                held.enter_context(closing(psycopg.connect(url)))
        yield
