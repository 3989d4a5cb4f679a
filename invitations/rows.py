"""Rows read and written by one statement each, past the unit of work: what somebody waits for, eight at a time.

An object added and flushed costs five times its INSERT, an object read three times its columns (docs/decisions/0017).
So booking reads columns, inserts and changes rows by hand, and the few objects that others go on with are made known
to the session afterwards. What is pending is flushed first, as the session itself would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, TypeVarTuple, cast

from sqlalchemy import Connection, CursorResult, Executable, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.selectable import TypedReturnsRows

from invitations.database import Base
from invitations.inserting import inserting_all

Columns = TypeVarTuple("Columns")
Row = TypeVar("Row", bound=Base)
_ROW_ID = "id of the row"


def read(session: Session, query: TypedReturnsRows[*Columns], values: Mapping[str, Any]) -> CursorResult[*Columns]:
    """The columns that a query put together once asks for, its parameters filled in."""
    return _connection(session).execute(query, values)


def run(session: Session, statement: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
    """An INSERT or UPDATE put together once. Objects of the rows it changes are not told."""
    return _connection(session).execute(statement, values)


def run_all(session: Session, statement: Executable, values: Sequence[Mapping[str, Any]]) -> None:
    """The same INSERT or UPDATE for each of these, in one go."""
    if values:
        _connection(session).execute(statement, values)


def write(session: Session, row: Base) -> None:
    """Insert a new row: its key and its columns' defaults are filled in. The session does not know it yet (`know`)."""
    table = cast(Table, row.__table__)
    given = {name: value for name, value in vars(row).items() if name in table.c}
    result = _connection(session).execute(_inserting(table), given)
    written = cast(Mapping[str, Any], result.last_inserted_params())
    for column in table.c:
        set_committed_value(row, column.key, written.get(column.key))
    for column, value in zip(table.primary_key, result.inserted_primary_key or (), strict=True):
        set_committed_value(row, column.key, value)


def insert_all(session: Session, table: type[Base], values: Sequence[Mapping[str, Any]]) -> None:
    """Insert new rows, all with the same columns; those left out get their defaults. One statement on PostgreSQL."""
    if values:
        connection = _connection(session)
        connection.execute(*inserting_all(table.__table__, values, postgresql=connection.dialect.name == "postgresql"))


def know(session: Session, row: Row) -> Row:
    """A row just written is as if the session had read it."""
    make_transient_to_detached(row)
    session.add(row)
    return row


def change(session: Session, row: Base, **values: Any) -> None:
    """Change some columns of a row that has an `id`, and its object with it."""
    table = cast(Table, row.__table__)
    _connection(session).execute(_updating(table), {_ROW_ID: vars(row)["id"], **values})
    for name, value in values.items():
        set_committed_value(row, name, value)


def change_all(session: Session, those: Sequence[Base], **values: Any) -> None:
    """`change` for many rows of one table, in one go."""
    if those:
        run_all(
            session, _updating(cast(Table, those[0].__table__)), [{_ROW_ID: vars(one)["id"], **values} for one in those]
        )
    for row in those:
        for name, value in values.items():
            set_committed_value(row, name, value)


def attempt(session: Session, act: Callable[[], bool]) -> bool:
    """True when `act` says so. When it says False, or raises, what these functions wrote meanwhile is taken back, and
    the rows that it held are free again; objects are left as they are.

    SAVEPOINT as it is: SQLAlchemy compiles its own anew each time, which costs what four statements do.
    """
    connection, done = _connection(session), False
    connection.exec_driver_sql("SAVEPOINT attempt")
    try:
        done = act()
    finally:
        connection.exec_driver_sql("RELEASE SAVEPOINT attempt" if done else "ROLLBACK TO SAVEPOINT attempt")
    return done


def _connection(session: Session) -> Connection:
    if session.autoflush:
        session.flush()
    return session.connection()


@cache
def _inserting(table: Table) -> Insert:
    return insert(table)


@cache
def _updating(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam(_ROW_ID))
