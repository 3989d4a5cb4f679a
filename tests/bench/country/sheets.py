"""Rows by table, and how they reach a database in bulk: COPY on PostgreSQL, executemany on SQLite; no trigger sees them.

A row is a tuple of texts, numbers and None, in the order of COLUMNS, written as both engines read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import Connection, text

from invitations.database import Base, Database
from tests.bench.country import people
from tests.bench.million import Sqlite

COLUMNS: dict[str, tuple[str, ...]] = {
    "agents": (
        "id",
        "email",
        "first_name",
        "last_name",
        "display_name",
        "phone",
        "wants_digest",
        "is_super",
        "created_at",
    ),
    "agent_roles": ("agent_id", "organisation_id", "role", "may_export"),
    "openings": (
        *("id", "organisation_id", "agent_id", "place_id", "starts_on", "starts_at_time", "ends_at_time", "rrule"),
        *("exdates", "created_at"),
    ),
    "opening_types": ("opening_id", "type_id"),
    "absences": ("id", "agent_id", "starts_at", "ends_at", "label", "created_at"),
    "beneficiaries": people.columns(),
    "memberships": ("id", "beneficiary_id", "organisation_id", "created_at"),
    "referents": ("beneficiary_id", "agent_id", "created_at"),
    "taggings": ("beneficiary_id", "tag_id", "created_at"),
    "follow_ups": (
        *(
            "id",
            "uid",
            "beneficiary_id",
            "category_id",
            "status",
            "status_since",
            "closed_at",
            "call_tries",
            "created_at",
        ),
    ),
    "status_changes": ("id", "follow_up_id", "status", "at"),
    "invitations": (
        *(
            "id",
            "uid",
            "follow_up_id",
            "organisation_id",
            "mode",
            "with_referents",
            "created_by_agent_id",
            "expires_at",
        ),
        *("answered_at", "ended_at", "end_reason", "to_mobile", "created_at"),
    ),
    "appointments": (
        *(
            "id",
            "uid",
            "organisation_id",
            "type_id",
            "place_id",
            "starts_at",
            "ends_at",
            "seats",
            "seats_taken",
            "title",
        ),
        *("version", "moved_at", "cancelled_at", "created_by", "created_at"),
    ),
    "appointment_agents": ("appointment_id", "agent_id", "starts_at", "ends_at", "busy_until", "is_live"),
    "participations": (
        *("id", "uid", "appointment_id", "beneficiary_id", "follow_up_id", "invitation_id", "outcome", "outcome_at"),
        *("versions_before", "created_by", "created_at"),
    ),
    "links": ("code_hash", "invitation_id", "participation_id", "created_at"),
    "callback_requests": (
        *("id", "organisation_id", "beneficiary_id", "follow_up_id", "invitation_id", "phone", "times", "preferred"),
        *("tries", "handled_at", "handled_by_agent_id", "created_at"),
    ),
    "messages": (
        *("id", "once", "organisation_id", "beneficiary_id", "invitation_id", "participation_id", "kind", "channel"),
        *("version", "language", "address", "subject", "body", "segments", "state", "due_at", "useless_at"),
        *("leaves_at_once", "attempts", "looks", "sent_at", "settled_at", "fell_back_at", "provider_id", "error_code"),
        *("error_reason", "created_at"),
    ),
    "receipt_events": ("id", "message_id", "provider_id", "status", "error_code", "at"),
    "audit_events": ("id", "at", "action", "organisation_id", "agent_id", "beneficiary_id", "details"),
}
# Room for so many rows of any table for each person and year: who writes which numbers does not depend on who is written first.
ROOM = 40
AT_ONCE = 2_000
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t"})
_BODY = COLUMNS["messages"].index("body")


class Sheets:
    """What one département is written into. `room`: the first number that no other département uses."""

    def __init__(self, room: int) -> None:
        self.rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}
        self.numbers = {table: count(room + 1) for table in COLUMNS}

    def new(self, table: str) -> int:
        return next(self.numbers[table])

    def add(self, table: str, *row: Any) -> None:
        self.rows[table].append(row)

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def empty(self) -> None:
        for rows in self.rows.values():
            rows.clear()


def write(database: Database, sheets: Sheets) -> int:
    """Write all of it in one transaction, and empty it. Returns how many rows."""
    written = len(sheets)
    with database.engine.connect() as connection, connection.begin():
        for table, rows in sheets.rows.items():
            (_insert if database.is_sqlite else _copy)(connection, table, rows)
    sheets.empty()
    return written


@cache
def usual(table: str) -> dict[str, Any]:
    """What Python would have written into the columns that no row here names and that may not be empty."""
    found = {}
    for one in Base.metadata.tables[table].columns:
        if one.name not in COLUMNS[table] and not one.nullable and one.default is not None and one.default.is_scalar:
            value = one.default.arg
            found[one.name] = int(value) if isinstance(value, bool) else value
    return found


def whole(table: str, rows: list[tuple[Any, ...]]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Columns and rows with what is usual added."""
    if not usual(table):
        return COLUMNS[table], rows
    added = tuple(usual(table).values())
    return (*COLUMNS[table], *usual(table)), [row + added for row in rows]


def _copy(connection: Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    connection.execute(text("SET LOCAL synchronous_commit = off"))
    driver: Any = connection.connection.dbapi_connection
    columns, rows = whole(table, rows)
    wanted = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(wanted) as copy:
        for first in range(0, len(rows), AT_ONCE):
            copy.write("".join(map(_line, _told(table, rows[first : first + AT_ONCE]))))


def _told(table: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Bodies alone have lines and tabs of their own."""
    if table != "messages":
        return iter(rows)
    return ((*row[:_BODY], row[_BODY].translate(_ESCAPED), *row[_BODY + 1 :]) for row in rows)


def _line(row: tuple[Any, ...]) -> str:
    return "\t".join(["\\N" if one is None else one if one.__class__ is str else str(one) for one in row]) + "\n"


def _insert(connection: Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        columns, rows = whole(table, rows)
        holes = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes})", rows)


@contextmanager
def asleep(database: Database, *, without_indexes: bool) -> Iterator[None]:
    """Triggers sleep while the block runs, and, if wanted, PostgreSQL's indexes are built after it instead of along the way."""
    if not database.is_sqlite:
        dropped = _drop_indexes(database) if without_indexes else []
        yield
        _build(database, dropped)
        return
    engine = Sqlite()
    with database.engine.begin() as connection:
        engine.fall_asleep(connection)
    yield
    with database.engine.begin() as connection:
        engine.wake(connection)


def _drop_indexes(database: Database) -> list[str]:
    """Those that no constraint needs. Returns what makes them again."""
    asked = text(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid"
        " WHERE t.relname = ANY(:tables) AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
    )
    with database.engine.begin() as connection:
        found = connection.execute(asked, {"tables": list(COLUMNS)}).all()
        for name, _ in found:
            connection.execute(text(f"DROP INDEX {name}"))
    return [definition for _, definition in found]


def _build(database: Database, definitions: Sequence[str]) -> None:
    for one in definitions:
        with database.engine.begin() as connection:
            connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
            connection.exec_driver_sql(one.replace("%", "%%"))
    with database.engine.begin() as connection:
        for table in COLUMNS:
            if "id" in Base.metadata.tables[table].c:
                series = f"pg_get_serial_sequence('{table}', 'id')"
                connection.execute(text(f"SELECT setval({series}, (SELECT COALESCE(max(id), 1) FROM {table}))"))
