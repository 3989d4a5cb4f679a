"""One row in every table that leads to a person, a word of its own in every text: what is left of it later can be found.

New tables are planted by themselves; what a table insists on, or keeps on purpose, stands in INSISTS and KEEPS.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Enum, LargeBinary, Numeric, String, Table, Time, insert, select
from sqlalchemy.orm import Session

from invitations.database import Base, Minutes, UtcDateTime
from invitations.models import Beneficiary
from tests.factories import World

# One of two references, or times in their order: the CHECK of a table.
INSISTS: dict[str, dict[str, Any]] = {
    "links": {"participation_id": None},
    "messages": {"agent_id": None, "replaces_id": None},
    "appointments": {"seats": 2},
}
# Words of ours that stay when the person goes: they say nothing of anybody.
KEEPS: dict[str, dict[str, Any]] = {
    "audit_events": {"action": "follow_up.invited", "network": "203.0.113.0/24"},
    "assignments": {"stratum": "1:new:yes", "kept": None},
    "appointments": {"title": "", "uid": "appointment {number}"},
}
PERSON = Beneficiary.__tablename__


def tables_of_people() -> list[Table]:
    """Every table that leads to a person by its references, the person's first."""
    found: list[Table] = []
    for table in Base.metadata.sorted_tables:
        if table.name == PERSON or any(key.column.table in found for key in table.foreign_keys):
            found.append(table)
    return found


class Planted:
    """One person and a row of each table about them, in a world that has one of everything else."""

    def __init__(self, world: World, number: int) -> None:
        self.session, self.world, self.number = world.session, world, number
        self.words = iter(f"Ω{number}{count:02x}" for count in range(256))
        self.said: list[str] = []
        self.rows: dict[str, dict[str, Any]] = {}
        self.theirs = tables_of_people()
        for table in Base.metadata.sorted_tables:
            if table in self.theirs or table.name == "appointments":
                self.plant(table)

    @property
    def person_id(self) -> int:
        return int(self.rows[PERSON]["id"])

    def plant(self, table: Table) -> None:
        fixed = INSISTS.get(table.name, {}) | {
            name: value.format(number=self.number) if isinstance(value, str) else value
            for name, value in KEEPS.get(table.name, {}).items()
        }
        row = {
            column.name: fixed[column.name] if column.name in fixed else self.value(column)
            for column in table.columns
            if column.name in fixed or not is_counted(column)
        }
        made = self.session.execute(insert(table).values(**{table.c[name].key: value for name, value in row.items()}))
        keys = zip(table.primary_key.columns, made.inserted_primary_key or (), strict=True)
        self.rows[table.name] = row | {column.name: value for column, value in keys}

    def value(self, column: Column[Any]) -> Any:
        for key in column.foreign_keys:
            return self.referred(key.column.table, key.column.name)
        return self.plain(column)

    def referred(self, table: Table, name: str) -> Any:
        """A row of this person's, else one of the world's, made when there is none."""
        if table.name not in self.rows:
            found = self.session.execute(select(table).order_by(*table.primary_key.columns).limit(1)).mappings().first()
            if found is None:
                self.plant(table)
            else:
                self.rows[table.name] = dict(found)
        return self.rows[table.name][name]

    def plain(self, column: Column[Any]) -> Any:
        kind, now = column.type, self.world.now
        if isinstance(kind, Enum):
            return kind.python_type(kind.enums[0])
        if isinstance(kind, String | JSON):
            word = self.word(column.table)
            return word if isinstance(kind, String) else {"said": [word]}
        for sort, value in (
            (UtcDateTime, now + timedelta(hours="ends" in column.name)),
            (Date, date(2026, 11, 2)),
            (Time, time(9)),
            (Minutes, timedelta(minutes=30)),
            (Boolean, False),
            (LargeBinary, b""),
            (Numeric, self.number),
        ):
            if isinstance(kind, sort):
                return value
        return self.number

    def word(self, table: Table) -> str:
        word = next(self.words)
        if table in self.theirs:
            self.said.append(word)
        return word


def is_counted(column: Column[Any]) -> bool:
    """A number that the database gives."""
    table = column.table
    return column.primary_key and len(table.primary_key.columns) == 1 and column is table.autoincrement_column


def everything(session: Session) -> Iterator[tuple[str, str]]:
    """Each row of each table, as text."""
    session.flush()
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)):
            yield table.name, repr(tuple(row))
