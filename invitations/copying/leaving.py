"""What a move leaves behind: nothing starts on the old database any more, and what still runs on it writes nothing.

Three steps, so that killed between any two of them one database at most may be worked with: the target is whole, but nothing
starts on it (`arrive`); the source is left (`leave`); the target may be used (`finish`). All say the same `slot`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, inspect, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ProgrammingError

from invitations.database import make_engine
from invitations.models import JobRun
from invitations.sqlite_turns import MOVED

LEFT, ARRIVING = "moved", "arriving"  # rows of `job_runs`, and what `state` says of them


def hold(source: Connection, names: list[str]) -> None:
    """Nobody writes to the source from here to the end of its transaction, and everybody reads. SQLite's turn holds it already.

    The first word of the transaction: what is read afterwards is of a moment when nobody can write any more.
    """
    if source.dialect.name == "postgresql":
        source.exec_driver_sql("SET TRANSACTION READ WRITE")  # closed already, when a move was killed on its way
        source.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN SHARE MODE")


def arrive(target: Connection, slot: str, *, now: datetime) -> None:
    target.execute(insert(JobRun).values(job=ARRIVING, slot=slot, started_at=now, ended_at=None))


def leave(source: Connection, slot: str, *, now: datetime) -> bool:
    """False when PostgreSQL does not let this role close the database: what still runs could go on writing."""
    source.execute(insert(JobRun).values(job=LEFT, slot=slot, started_at=now, ended_at=now))
    return _close(source)


def _close(source: Connection) -> bool:
    if source.dialect.name == "sqlite":
        source.exec_driver_sql(f"PRAGMA user_version={MOVED}")  # part of the transaction; each writer looks at it
        return True
    return _shut_out(source)


def _shut_out(source: Connection) -> bool:
    """PostgreSQL: whoever comes from now on reads, and whoever is there is hung up on, while the tables are still held: somebody
    who waits for them would else write in the moment after. On a connection of its own, for the first has to be seen at once."""
    mine = source.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with source.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        try:
            other.exec_driver_sql(_altered(other, "SET default_transaction_read_only = on"))
        except ProgrammingError:  # somebody else owns the database
            return False
        other.execute(_HANG_UP, {"mine": mine})
    return True


def finish(target: Connection, slot: str, *, now: datetime) -> bool:
    """The target may be used; False when that slot has not arrived there."""
    arrived = update(JobRun).where(JobRun.job == ARRIVING, JobRun.slot == slot, JobRun.ended_at.is_(None))
    return bool(target.execute(arrived.values(ended_at=now)).rowcount)


def left(connection: Connection) -> str:
    """The slot under which this database was left; empty when it was not."""
    if not inspect(connection).has_table(JobRun.__tablename__):
        return ""
    return connection.execute(select(func.max(JobRun.slot)).where(JobRun.job == LEFT)).scalar() or ""


def state(connection: Connection) -> str:
    """LEFT, ARRIVING, or empty: neither."""
    if left(connection):
        return LEFT
    arriving = select(func.count()).select_from(JobRun).where(JobRun.job == ARRIVING, JobRun.ended_at.is_(None))
    has_any = inspect(connection).has_table(JobRun.__tablename__)
    return ARRIVING if has_any and connection.execute(arriving).scalar() else ""


def come_back(url: str) -> bool:
    """The old database is the one that is used, after all; False when it was never left."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:  # not as a writer: those are turned away
            if not left(connection) and not _is_closed(connection):
                return False
            _open(connection)
            connection.execute(delete(JobRun).where(JobRun.job == LEFT))
    finally:
        engine.dispose()
    return True


def _is_closed(connection: Connection) -> bool:
    """A move that was killed right before it had said so."""
    if connection.dialect.name == "sqlite":
        return False
    return bool(connection.execute(text("SHOW default_transaction_read_only")).scalar() == "on")


def _open(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA user_version=0")
        return
    connection.exec_driver_sql("SET TRANSACTION READ WRITE")
    connection.exec_driver_sql(_altered(connection, "RESET default_transaction_read_only"))


def _altered(connection: Connection, words: str) -> str:
    name = connection.execute(text("SELECT quote_ident(current_database())")).scalar_one()
    return f"ALTER DATABASE {name} {words}"


# Waits until each has gone, 5 s at most (milliseconds).
_HANG_UP = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid NOT IN (pg_backend_pid(), :mine) AND usename = current_user AND backend_type = 'client backend'"
)
