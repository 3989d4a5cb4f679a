"""What a connection knows of what was written: the mark that answers are kept under, and whether it has only looked.

`database.make_engine` puts these listeners on its engines.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from invitations.memory import Recall

# Names of what sessions (MEMORY) and connections carry with them.
MEMORY, _NUMBER, _CHANGES, _BEGAN, _CHANGED = "memory", "number", "changes", "began", "changed"
_numbers = count(1)

# A transaction that has changed something has a number of its own.
_POSTGRESQL_MARK = (
    "SELECT concat(pg_current_snapshot(), ' ', extract(epoch from pg_postmaster_start_time())),"
    " pg_current_xact_id_if_assigned() IS NOT NULL"
)


def recall(session: Session) -> Recall:
    """What this session may tell without asking again (`invitations.memory`). Nothing, if it is one that writes."""
    memory = session.info.get(MEMORY)
    return Recall() if memory is None else Recall(memory, mark_of(session))


def mark_of(session: Session) -> Hashable | None:
    """Equal marks: a query asked now finds the same committed rows. None once the session has changed something itself.

    PostgreSQL: the transactions that are over, as its snapshots name them; they only ever become more. The server's start
    stands beside them, for one that was restored from a backup counts them anew.
    SQLite: each connection counts the commits of all others (`PRAGMA data_version`) and its own changes. The pragma
    opens the read transaction, if none is open: what is read afterwards is exactly what the mark stands for.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        mark, changed = connection.exec_driver_sql(_POSTGRESQL_MARK).one()
        return None if changed else str(mark)
    version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    changes = changes_by(connection)
    return None if changes != connection.info.get(_CHANGES) else (connection.info[_NUMBER], version, changes)


def number_connection(_connection: Any, record: Any) -> None:
    """SQLite: no two connections of a process have the same number, which can't be said of their `id()`."""
    record.info[_NUMBER] = next(_numbers)


def note_changes(connection: Connection) -> None:
    """SQLite, as a transaction begins: how many changes there were before its own."""
    connection.info[_CHANGES] = changes_by(connection)


def changes_by(connection: Connection) -> int:
    """The rows that a connection of SQLite has ever changed; what is rolled back counts too."""
    return int(connection.connection.driver_connection.total_changes)  # type: ignore[union-attr]


def begin_unchanged(connection: Connection) -> None:
    """PostgreSQL, as a transaction begins."""
    connection.info[_CHANGED] = False


def notice_change(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    """PostgreSQL: whatever does not begin with SELECT may have changed something."""
    if not statement.startswith("SELECT"):
        connection.info[_CHANGED] = True


def note_beginning(session: Session, _transaction: Any, _connection: Connection) -> None:
    """A session has found its database: a transaction of SQLAlchemy's own begins before that."""
    session.info[_BEGAN] = True


def has_only_looked(session: Session) -> bool:
    """True, on PostgreSQL, when the session's transaction has said nothing but SELECT."""
    began = _BEGAN in session.info and session.in_transaction()
    return began and session.connection().info.get(_CHANGED) is False
