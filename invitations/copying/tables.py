"""One table from one database into another, in batches, and the sum by which both are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Enum,
    Insert,
    Select,
    String,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    type_coerce,
)
from sqlalchemy.engine import Connection

import invitations.models  # noqa: F401  (registers every table)
from invitations.database import Base

# Rows read and written at once.
BATCH = 2_000
_ROUND = 1 << 256


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows, and the sum of what each holds: the same in whatever order they are read."""

    rows: int = 0
    digest: int = 0

    def and_(self, rows: Sequence[Sequence[Any]]) -> Sum:
        more = sum(int.from_bytes(hashlib.sha256(repr(tuple(one)).encode()).digest()) for one in rows)
        return Sum(self.rows + len(rows), (self.digest + more) % _ROUND)


def every() -> list[Table]:
    """Those that others refer to first."""
    return list(Base.metadata.sorted_tables)


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def copy(source: Connection, target: Connection, table: Table, tell: Callable[[int], None]) -> Sum:
    """Every row; `tell` hears how many were written. Returns the sum of what was read."""
    total, writing = Sum(), _writing(table, target)
    for rows in _batches(source, table):
        total = total.and_(rows)
        target.execute(writing, [_named(table, one) for one in rows])
        tell(len(rows))
    return total


def add_up(connection: Connection, table: Table, tell: Callable[[int], None]) -> Sum:
    total = Sum()
    for rows in _batches(connection, table):
        total = total.and_(rows)
        tell(len(rows))
    return total


def empty(connection: Connection) -> None:
    """What migrations put into some tables."""
    for table in reversed(every()):
        connection.execute(table.delete())


def count_on(target: Connection) -> None:
    """Sequences of PostgreSQL go on after the last id. SQLite's do by themselves."""
    if target.dialect.name != "postgresql":
        return
    for table in every():
        key = list(table.primary_key.columns)
        if len(key) != 1 or key[0].autoincrement is False or key[0].name != "id":
            continue
        target.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), greatest((SELECT max(id) FROM {table.name}), 1),"
            f" (SELECT count(*) > 0 FROM {table.name}))"
        )


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[Sequence[Any]]]:
    """In the order of the key: of messages, the one that another replaces comes first."""
    with connection.execute(_reading(table, connection).execution_options(yield_per=BATCH)) as streamed:
        for rows in streamed.partitions():
            yield [tuple(one) for one in rows]


def _reading(table: Table, connection: Connection) -> Select[Any]:
    return select(*(_read(one, connection) for one in table.columns)).order_by(*table.primary_key.columns)


def _read(column: Column[Any], connection: Connection) -> Any:
    """Words as they are written: JSON read and written anew would make one null of two, and a value that an enumeration has no
    more would stop everything."""
    if isinstance(column.type, JSON) and connection.dialect.name == "postgresql":
        return cast(column, Text).label(column.name)
    return type_coerce(column, String).label(column.name) if isinstance(column.type, JSON | Enum) else column


def _writing(table: Table, target: Connection) -> Insert:
    """Named by place: two columns of a table are called otherwise in Python than in the database."""
    values = {column: _given(column, target) for column in table.columns}
    return insert(table).values(values)


def _given(column: Column[Any], target: Connection) -> Any:
    is_words = isinstance(column.type, JSON | Enum)
    given: Any = bindparam(_place(column), type_=String() if is_words else column.type)
    is_typed = isinstance(column.type, JSON) and target.dialect.name == "postgresql"
    return cast(given, column.type) if is_typed else given


def _named(table: Table, row: Sequence[Any]) -> Mapping[str, Any]:
    return {_place(column): value for column, value in zip(table.columns, row, strict=True)}


def _place(column: Column[Any]) -> str:
    return f"value_of_{column.name}"
