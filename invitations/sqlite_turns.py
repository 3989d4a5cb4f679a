"""How transactions begin on SQLite, where one may write at a time."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from threading import Lock
from time import monotonic, sleep

from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from invitations.errors import DatabaseAway, DatabaseBusy
from invitations.marks import note_changes

# What the header of a file says whose rows were moved to another database (`copying.leaving`): whoever still has it open
# may read. `PRAGMA user_version` costs a writer microseconds, for the page it stands on is read anyway.
MOVED = 0x6D6F7665


class SqliteTurns:
    """Begins SQLite's transactions; writers wait for theirs in turn.

    SQLite's own waiting sleeps longer and longer, up to 100 ms, and whoever has just come may pass: with eight writers
    the slowest waited ten times as long as most. Here the threads of a process queue at a door, and the first of
    them asks every millisecond.
    """

    def __init__(self, patience: timedelta) -> None:
        self.patience = patience.total_seconds()
        self.door = Lock()

    def __call__(self, connection: Connection) -> None:
        if connection.get_execution_options().get("sqlite_begin") != "IMMEDIATE":
            note_changes(connection)
            connection.exec_driver_sql("BEGIN DEFERRED")
            return
        until = monotonic() + self.patience
        if not self.door.acquire(timeout=self.patience):
            raise DatabaseBusy
        try:
            self.write(connection, until)
        finally:
            self.door.release()

    def write(self, connection: Connection, until: float) -> None:
        cursor = connection.connection.cursor()
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            while True:
                try:
                    cursor.execute("BEGIN IMMEDIATE")
                    turn_away_from_moved(cursor)
                    return
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error):
                        raise
                    if monotonic() >= until:
                        raise DatabaseBusy from error
                    sleep(_BETWEEN_TRIES)
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")
            cursor.close()


def turn_away_from_moved(cursor: DBAPICursor) -> None:
    """Raises DatabaseAway: what would be written here, nobody would ever read."""
    cursor.execute("PRAGMA user_version")
    told = cursor.fetchone()
    if told and told[0] == MOVED:
        cursor.execute("ROLLBACK")
        raise DatabaseAway(error="DatabaseMoved")


# Seconds. A write takes milliseconds.
_BETWEEN_TRIES = 0.001
