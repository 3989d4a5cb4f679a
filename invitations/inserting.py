"""INSERTs of many rows put together once, of one row or of thousands; those that leave out what is there already, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, JSON, Enum, Executable, FromClause, bindparam, column, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

# Rows from which on PostgreSQL is handed arrays.
AS_ARRAYS = 50
_ROWS = "rows"

Statement = tuple[Executable, Any]


def inserting(table: FromClause, key: str, rows: Sequence[Mapping[str, Any]], *, postgresql: bool) -> Statement:
    """What inserts these rows but those whose unique `key` is there, and tells the keys of the others; and its values."""
    if postgresql and len(rows) >= AS_ARRAYS:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        return _of_arrays(table, key, tuple(columns)), columns
    return _of_rows(table, key, "postgresql" if postgresql else "sqlite"), list(rows)


def inserting_all(table: FromClause, rows: Sequence[Mapping[str, Any]], *, postgresql: bool) -> Statement:
    """What inserts these rows, all of the same columns, of numbers, texts and JSON; and its values."""
    if postgresql:
        return _of_json(table, tuple(rows[0])), {_ROWS: rows}
    return insert(table), list(rows)  # type: ignore[arg-type]  # a table, whatever `__table__` says


@cache
def _of_rows(table: Any, key: str, dialect: str) -> Executable:
    inserted: Any = _INSERTS[dialect](table)
    statement: Executable = inserted.on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])
    return statement


@cache
def _of_arrays(table: Any, key: str, names: tuple[str, ...]) -> Executable:
    """Each column's values as one array: the driver reads a short statement, not one that names each value of a
    thousand rows, which costs it more than the writing costs the server."""
    arrays = [bindparam(name, type_=ARRAY(table.c[name].type)) for name in names]
    given = func.unnest(*arrays).table_valued(*(column(name, table.c[name].type) for name in names), name="given")
    inserted = postgresql.insert(table).from_select(list(names), select(given.render_derived()))
    return inserted.on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])


@cache
def _of_json(table: Any, names: tuple[str, ...]) -> Executable:
    """All rows as one text: in an array the driver looks at each sign of each text that holds JSON for what to escape.

    Raises TypeError for an enumeration: within that text nobody would hold its values against it.
    """
    if any(isinstance(table.c[name].type, Enum) for name in names):
        raise TypeError(f"{table.name}: its enumerations are not for this way in")
    those = func.json_to_recordset(bindparam(_ROWS, type_=JSON))
    given = those.table_valued(*(column(name, table.c[name].type) for name in names), name="given")
    return insert(table).from_select(list(names), select(given.render_derived(with_types=True)))


_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
