"""Where SQLAlchemy is set up, and every difference between SQLite and PostgreSQL.

`Database.reading()` and `Database.writing()` are the only two ways to a session. A writing session on
SQLite begins IMMEDIATE: it waits for its turn at the door, where an upgrade in the middle of a
transaction would fail at once whatever the timeout (https://www.sqlite.org/lang_transaction.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    DateTime,
    Engine,
    Enum,
    Integer,
    MetaData,
    Select,
    TypeDecorator,
    bindparam,
    cast,
    create_engine,
    event,
    func,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql.elements import ColumnElement

from invitations.checkpoints import Checkpoints
from invitations.errors import DatabaseAway, DatabaseBusy
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
# How the two engines say that others were in the way: nothing was written, the same act may be tried again.
BUSY = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. A naive one is refused: nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone can't be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (SQLAlchemy's signature)
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Minutes(TypeDecorator[timedelta]):
    """A length of time, stored as a whole number of minutes."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002  (SQLAlchemy's signature)
        return None if value is None else round(value / timedelta(minutes=1))

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002  (SQLAlchemy's signature)
        return None if value is None else timedelta(minutes=value)


def by_value(kind: type[StrEnum]) -> Enum:
    """A column type that stores a `StrEnum` by its value; SQLAlchemy's default is the Python name."""
    return Enum(
        kind,
        native_enum=False,
        length=40,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


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

    `sms_sender`: the installation's own, which what is written about sending has to know.
    """

    def __init__(self, url: str, *, pool_size: int = 5, patience: timedelta = PATIENCE, sms_sender: str = "") -> None:
        self.engine = make_engine(url, pool_size=pool_size, patience=patience)
        self.memory = Memory()
        self._read = sessionmaker(self.engine, expire_on_commit=False, info={MEMORY: self.memory})
        event.listen(self._read, "after_begin", note_beginning)
        self._write = sessionmaker(
            self.engine.execution_options(sqlite_begin="IMMEDIATE"),
            expire_on_commit=False,
            info={SMS_SENDER: sms_sender},
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose work is thrown away at the end: what only looks can't change anything."""
        with named_refusals(), self._read() as session:
            yield session
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
        session.rollback()


@contextmanager
def named_refusals() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        words = str(error.orig).lower()
        if any(sign in words for sign in BUSY):
            raise DatabaseBusy from error
        if any(sign in words for sign in DISK):
            raise DatabaseAway(error=type(error.orig).__name__) from error
        if error.statement is None or error.connection_invalidated:  # nobody answered, or they hung up
            raise DatabaseAway(error=type(error.orig).__name__) from error
        raise
    except PoolTimeout as error:  # every connection of the pool is in use
        raise DatabaseBusy from error


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
            pool_pre_ping=True,
            connect_args=waiting,
            hide_parameters=True,
        )
        event.listen(engine, "begin", begin_unchanged)
        event.listen(engine, "before_cursor_execute", notice_change)
        return engine
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", partial(prepare_sqlite, milliseconds=milliseconds))
    event.listen(engine, "connect", number_connection)
    event.listen(engine, "checkin", Checkpoints())
    event.listen(engine, "begin", SqliteTurns(patience))
    return engine


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


def minute_stored(moment: Any, *, postgresql: bool) -> ColumnElement[int]:
    """A stored moment as whole minutes since 1970 UTC, seconds dropped, computed by the engine.

    Ten times cheaper than a datetime. Same as `invitations.agenda.slots.minute_of`.
    """
    if postgresql:
        return cast(func.floor(func.date_part("epoch", moment) / 60), Integer)
    return cast(func.strftime("%s", moment), Integer) // 60


def days_between(first: Any, last: Any, *, postgresql: bool) -> ColumnElement[int]:
    """How many days lie between two stored days, computed by the engine."""
    if postgresql:
        return last - first  # type: ignore[no-any-return]
    return func.julianday(last) - func.julianday(first)


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
