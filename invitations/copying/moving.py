"""Moving a whole database: one transaction on the target, so that killed at any moment it has moved nothing; and one on the
source, in which nobody else writes, so that nothing is written there that was not moved.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Table
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from invitations import numbering
from invitations.backups.manifest import BackupTrouble
from invitations.copying import leaving, tables
from invitations.copying.silence import silenced
from invitations.copying.tables import Sum
from invitations.database import make_engine, named_refusals

# Ids left out: SQLite may have deleted the rows it gave its last ids to, whose links are still out there.
LEFT_OUT = 10_000
# What no database has before somebody works with it.
_OURS = ("departments", "agents", "beneficiaries")


class Move:
    """From the database of one address to that of another; both are at this release."""

    def __init__(self, source: str, target: str) -> None:
        self._source, self._target = make_engine(source), make_engine(target)

    def close(self) -> None:
        self._source.dispose()
        self._target.dispose()

    def total(self) -> int:
        with self._source.connect() as source:
            return sum(tables.count(source, one) for one in tables.every())

    def run(self, tell: Callable[[int], None], *, slot: str, now: datetime) -> tuple[dict[str, int], bool]:
        """Rows by table, the same on both sides, and whether the source is closed to whoever still runs on it.

        Raises BackupTrouble when the target isn't empty, won't take a row, or holds something else in the end; DatabaseBusy
        when somebody keeps on writing to the source.
        """
        of_one_moment = {"isolation_level": "REPEATABLE READ"} if self._source.dialect.name == "postgresql" else {}
        reading = self._source.execution_options(sqlite_begin="IMMEDIATE", **of_one_moment)
        writing = self._target.execution_options(sqlite_begin="IMMEDIATE")
        with named_refusals(), reading.begin() as source:
            leaving.hold(source, [one.name for one in tables.every()])
            with writing.begin() as target:
                read = self._copy_all(source, target, tell)
                leaving.arrive(target, slot, now=now)
            is_closed = leaving.leave(source, slot, now=now)
        with writing.begin() as target:
            leaving.finish(target, slot, now=now)
            target.exec_driver_sql("ANALYZE")
        return {name: one.rows for name, one in read.items()}, is_closed

    def finish(self, *, now: datetime) -> bool:
        """End a move that was killed between its last two steps; False when the target is not the one of it."""
        with self._source.connect() as source:
            slot = leaving.left(source)
        with self._target.execution_options(sqlite_begin="IMMEDIATE").begin() as target:
            return leaving.finish(target, slot, now=now)

    def _copy_all(self, source: Connection, target: Connection, tell: Callable[[int], None]) -> dict[str, Sum]:
        if any(tables.count(target, one) for one in tables.every() if one.name in _OURS):
            raise BackupTrouble("The target is not empty: give an empty database.")
        with silenced(target, tables.every()):
            tables.empty(target)
            read = {one.name: self._copy(source, target, one, tell) for one in tables.every()}
        found = {one.name: tables.add_up(target, one, tell) for one in tables.every()}
        check(read, found)
        tables.count_on(target)
        numbering.skip(target, LEFT_OUT)
        return read

    @staticmethod
    def _copy(source: Connection, target: Connection, table: Table, tell: Callable[[int], None]) -> Sum:
        try:
            return tables.copy(source, target, table, tell)
        except DBAPIError as refused:
            why = type(refused.orig).__name__
            raise BackupTrouble(f"The target won't take a row of {table.name} ({why}): nothing was moved.") from refused


def check(read: dict[str, Sum], found: dict[str, Sum]) -> None:
    """Raises BackupTrouble."""
    other = [name for name, one in read.items() if found[name] != one]
    if other:
        raise BackupTrouble(f"The target does not hold what was read, in {', '.join(other[:5])}: nothing was moved.")
