"""SQLite's log of what was committed, brought into the database at a moment when nobody has to wait for it.

SQLite itself does it in the middle of a commit, once the log has 1,000 pages, while every writer waits. And it can only
begin the log anew when nobody reads from it: with eight people booking somebody always does, the log grows, and each
commit pays for two fsyncs, 4 ms where the booking itself takes 4 (https://www.sqlite.org/wal.html#ckpt). Here whoever
gives a connection back does it, a second after the last time at the earliest, when the next writer is at work already.
So what was committed is on the disk within a second of use, too, whatever happens to the machine.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from time import monotonic
from typing import Any

# Seconds between two checkpoints of a process.
EVERY = 1.0
# Pages of 4 kB after which the log is begun anew, writers kept out for some milliseconds; and how often that is tried.
LONG, TRIES = 2500, 10
# Milliseconds that such a try waits for writers and readers. It copies what has come since the last try, all the same.
PATIENCE = 5


class Checkpoints:
    """Listens to the connections that a process gives back to its pool."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self.due_at = clock()
        self.has_news = False

    def __call__(self, connection: sqlite3.Connection | None, record: Any) -> None:
        if connection is None:  # it is broken, and thrown away
            return
        changes, before = connection.total_changes, record.info.get(_CHANGES, 0)
        record.info[_CHANGES] = changes
        self.has_news = self.has_news or changes != before
        if self.has_news and self.clock() >= self.due_at:
            self.due_at = self.clock() + EVERY
            self.has_news = not copied(connection)


def copied(connection: sqlite3.Connection) -> bool:
    """Whether the log could be copied. A full disk is no reason to keep the connection: what is committed waits in the log."""
    try:
        checkpoint(connection)
    except sqlite3.Error:
        return False
    return True


def checkpoint(connection: sqlite3.Connection) -> None:
    """Copy the log into the database; begin it anew when it has grown long."""
    _, pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if pages < LONG:
        return
    (usual,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout={PATIENCE}")
    for _ in range(TRIES):
        (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        if not is_busy:
            break
    connection.execute(f"PRAGMA busy_timeout={usual}")


# A connection's name for how much it had changed when it was given back the last time.
_CHANGES = "changes when given back"
