"""Moving a whole database: one transaction on the target, so that killed at any moment it has moved nothing."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Table
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from invitations import numbering
from invitations.backups.manifest import BackupTrouble
from invitations.copying import tables
from invitations.copying.silence import silenced
from invitations.copying.tables import Sum
from invitations.database import make_engine

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

    def run(self, tell: Callable[[int], None]) -> dict[str, int]:
        """Rows by table, the same on both sides. Raises BackupTrouble when the target isn't empty, won't take a row, or holds
        something else in the end."""
        of_one_moment = {"isolation_level": "REPEATABLE READ"} if self._source.dialect.name == "postgresql" else {}
        reading = self._source.execution_options(**of_one_moment)
        writing = self._target.execution_options(sqlite_begin="IMMEDIATE")
        with reading.connect() as source, writing.begin() as target:
            if any(tables.count(target, one) for one in tables.every() if one.name in _OURS):
                raise BackupTrouble("The target is not empty: give an empty database.")
            with silenced(target, tables.every()):
                tables.empty(target)
                read = {one.name: self._copy(source, target, one, tell) for one in tables.every()}
            found = {one.name: tables.add_up(target, one, tell) for one in tables.every()}
            check(read, found)
            tables.count_on(target)
            numbering.skip(target, LEFT_OUT)
            target.exec_driver_sql("ANALYZE")
        return {name: one.rows for name, one in read.items()}

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
