"""Where SQLAlchemy is set up, and every difference between SQLite and PostgreSQL.

`Database.reading()` and `Database.writing()` are the ways to a session, `asking_once()` and `counting_once()` those for a single
statement. What columns hold is in `column_types`. A writing session on
SQLite begins IMMEDIATE: it waits for its turn at the door, where an upgrade in the middle of a
transaction would fail at once whatever the timeout (https://www.sqlite.org/lang_transaction.html).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Engine,
    Integer,
    MetaData,
    Select,
    bindparam,
    create_engine,
    event,
    func,
)
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql.elements import ColumnElement

from invitations.checkpoints import Checkpoints
from invitations.column_types import Minutes as Minutes
from invitations.column_types import UtcDateTime as UtcDateTime
from invitations.column_types import by_value as by_value
from invitations.column_types import days_between as days_between
from invitations.column_types import minute_stored as minute_stored
from invitations.errors import DatabaseAway, DatabaseBusy, DomainError
from invitations.hanging_up import HangingUp
from invitations.inserting import inserting
from invitations.marks import (
    MEMORY,
    begin_unchanged,
    has_only_looked,
    note_beginning,
    notice_change,
    number_connection,
)
from invitations.memory import Memory
from invitations.name_order import SQLITE_NAME, in_python
from invitations.sqlite_turns import SqliteTurns

# The name under which a writing session carries the installation's sender of texts.
SMS_SENDER = "sms_sender"
# `innerjoin` of what is read along with a row: SQLite works a nested join out for the whole of its tables (tests/house/test_joins.py).
# SQLAlchemy documents the word, and gives the parameter the type bool.
UNNESTED: Any = "unnested"
# How long a writer waits for its turn before it is told to come back.
PATIENCE = timedelta(seconds=30)

# How SQLite says that its disk takes nothing more: nothing was written, it may be well in a minute.
DISK = ("disk is full", "disk i/o error")
# How PostgreSQL says that nobody may write to this database, and that its disk is full (SQLSTATE).
READ_ONLY = "25006"
DISK_FULL = "53100"
# How SQLAlchemy says that the connection had been lost before, and whoever was told went on.
LOST_BEFORE = "8s2b"
# How the two engines say that others were in the way: nothing was written, the same act may be tried again.
BUSY = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")


class Base(DeclarativeBase):
    """What every table shares: names for constraints, so that migrations can find them again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads this attribute)
        datetime: UtcDateTime(),
        timedelta: Minutes(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
        list[int]: JSON(),
    }


class Database:
    """One engine and its two kinds of session. Safe to share between threads; made anew in each process.

    `sms_sender`: the installation's own, which what is written about sending has to know. Unless it `may_create` one, an SQLite
    file that is not there is a database that is away: its disk was not mounted, say, and an empty one would look new.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 5,
        patience: timedelta = PATIENCE,
        sms_sender: str = "",
        may_create: bool = True,
    ) -> None:
        self.engine = make_engine(url, pool_size=pool_size, patience=patience)
        if self.is_sqlite and not may_create:
            event.listen(self.engine, "do_connect", refuse_to_create)
        self.memory = Memory()
        self._read = sessionmaker(self.engine, expire_on_commit=False, info={MEMORY: self.memory})
        event.listen(self._read, "after_begin", note_beginning)
        self._write = sessionmaker(
            self.engine.execution_options(sqlite_begin="IMMEDIATE"),
            expire_on_commit=False,
            info={SMS_SENDER: sms_sender},
        )
        self._at_once = sessionmaker(self.engine.execution_options(isolation_level="AUTOCOMMIT"), autoflush=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose work is thrown away at the end: what only looks can't change anything."""
        with named_refusals(), self._read() as session:
            try:
                yield session
            except DomainError:  # somebody is told something: nothing was wrong with what was asked
                throw_away(session)
                raise
            throw_away(session)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits when the block ends and rolls back when it raises.

        Raises DatabaseBusy when another writer kept SQLite for longer than the patience given.
        """
        with named_refusals(), self._write() as session, session.begin():
            session.connection()  # the turn is taken now, not at the first statement
            try:
                yield session
            except BaseException:
                session.expunge_all()  # a refusal's page shows what was read; a rollback would empty it
                raise

    @contextmanager
    def asking_once(self) -> Iterator[Session]:
        """A session for one SELECT: on PostgreSQL it goes without BEGIN and COMMIT."""
        with self._saying_at_once() if not self.is_sqlite else self.reading() as session:
            yield session

    @contextmanager
    def counting_once(self) -> Iterator[Session]:
        """A session for one statement that changes a row which many want: on PostgreSQL it is a transaction of its own, over
        when it is answered. Else they would all wait while this thread waits for its turn to say COMMIT."""
        with self._saying_at_once() if not self.is_sqlite else self.writing() as session:
            yield session

    @contextmanager
    def _saying_at_once(self) -> Iterator[Session]:
        with named_refusals(), self._at_once() as session:
            yield session

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"


def throw_away(session: Session) -> None:
    """End a session that looked, and leave nothing of it.

    With each ROLLBACK psycopg forgets the statements it has prepared, and PostgreSQL plans every query of every page anew:
    2 ms of a page's 5. So what said nothing but SELECT ends with a COMMIT of nothing; what it holds in memory is let go first.
    """
    if has_only_looked(session):
        session.expunge_all()
        session.commit()
    else:
        session.close()  # a rollback, and what was read stays as it is: a refusal's page or another session goes on with it


@contextmanager
def named_refusals() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InternalError, PendingRollbackError, PoolTimeout) as error:
        if refusal := refusal_of(error):
            raise refusal from error
        raise


def refusal_of(error: SQLAlchemyError) -> DatabaseBusy | DatabaseAway | None:
    """What stands in the way of everybody, for a while; None when it is this statement that is at fault."""
    if isinstance(error, PoolTimeout):  # every connection of the pool is in use
        return DatabaseBusy()
    if not isinstance(error, DBAPIError):
        return DatabaseAway(error=type(error).__name__) if error.code == LOST_BEFORE else None
    if any(sign in str(error.orig).lower() for sign in BUSY):
        return DatabaseBusy()
    return DatabaseAway(error=type(error.orig).__name__) if is_away(error) else None


def is_away(error: DBAPIError) -> bool:
    """Nobody answered, or they hung up; or nobody may write: the disk is full, the database moved elsewhere, a replica."""
    if getattr(error.orig, "sqlstate", "") in {READ_ONLY, DISK_FULL}:
        return True
    if isinstance(error, InternalError):
        return False
    is_of_disk = any(sign in str(error.orig).lower() for sign in DISK)
    return is_of_disk or error.statement is None or error.connection_invalidated


def make_engine(url: str, *, pool_size: int = 5, patience: timedelta = PATIENCE) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`, with the settings that keep promises.

    Parameters are hidden: what the driver complains of ends in a log, and must hold no name and no number.
    """
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    milliseconds = patience // timedelta(milliseconds=1)
    if not url.startswith("sqlite"):
        waiting = {"options": f"-c lock_timeout={milliseconds}"}
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args=waiting,
            hide_parameters=True,
        )
        HangingUp(engine.dialect).listen_to(engine)
        event.listen(engine, "begin", begin_unchanged)
        event.listen(engine, "before_cursor_execute", notice_change)
        return engine
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", partial(prepare_sqlite, milliseconds=milliseconds))
    event.listen(engine, "connect", number_connection)
    event.listen(engine, "checkin", Checkpoints())
    event.listen(engine, "begin", SqliteTurns(patience))
    return engine


def refuse_to_create(_dialect: Any, _record: Any, arguments: Sequence[Any], _named: Any) -> None:
    """SQLite makes the file that it does not find."""
    if not Path(arguments[0]).exists():
        raise sqlite3.OperationalError("unable to open database file")


def prepare_sqlite(connection: Any, _record: Any, *, milliseconds: int) -> None:
    connection.isolation_level = None  # the driver never says BEGIN itself; savepoints work only so
    promises = ("foreign_keys=ON", "secure_delete=ON")  # what is deleted can't be read in the file any more
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={milliseconds}", *promises):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function(SQLITE_NAME, 1, in_python, deterministic=True)
    connection.execute("PRAGMA wal_autocheckpoint=0")  # `checkpoints` does it when nobody waits


def locked(query: Select[Any], *, skip: bool = False) -> Select[Any]:
    """The same query, its rows held until the transaction ends. SQLite ignores it: its writer is alone anyway.

    NO KEY UPDATE: rows that merely refer to these may still be written, so that two transactions that hold
    different rows don't wait for each other in a circle.
    """
    return query.with_for_update(skip_locked=skip, key_share=True)


def hold_rows(session: Session, query: Select[Any]) -> None:
    """Hold the rows of this query until the transaction ends, without reading them. SQLite's writer is alone already."""
    if is_postgresql(session):
        session.execute(locked(query))


def is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def among(column: Any, name: str, *, postgresql: bool) -> ColumnElement[bool]:
    """`column IN (…)`, the ids given at execution as the list `name`.

    PostgreSQL gets one array: a statement that is the same for one id and for fifty is prepared once.
    """
    if postgresql:
        return column == func.any(bindparam(name, type_=ARRAY(Integer)))  # type: ignore[no-any-return]
    return column.in_(bindparam(name, expanding=True))  # type: ignore[no-any-return]


def insert_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]], *, key: str) -> list[Any]:
    """Insert the rows whose unique `key` column is not there yet; the keys of those that were, in the order given."""
    if not rows:
        return []
    statement, values = inserting(table.__table__, key, rows, postgresql=is_postgresql(session))
    made = set(session.connection().execute(statement, values).scalars())
    return [row[key] for row in rows if row[key] in made]
