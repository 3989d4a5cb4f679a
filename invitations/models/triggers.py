"""Triggers on both engines from one description, made when the tables are; the migrations say the same, word for word."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Table, event

from invitations.database import Base


@dataclass(frozen=True, slots=True)
class Cause:
    """When `act` befalls a row, `statement` is done. `when`: on OLD and NEW, {differs} is the engine's "is not the same"."""

    act: str
    statement: str
    when: str = ""


def changed(*columns: str) -> str:
    """The condition that one of these columns is not what it was."""
    return " OR ".join(f"OLD.{one} {{differs}} NEW.{one}" for one in columns)


def attach(word: str, causes: Mapping[str, Sequence[Cause]]) -> None:
    """Give each table its triggers, "<table>_<word>_<number>", whenever it is created."""

    @event.listens_for(Base.metadata, "after_create")
    def made(_target: MetaData, connection: Connection, *, tables: Collection[Table], **_: Any) -> None:
        for table in tables:
            for number, cause in enumerate(causes.get(table.name, ())):
                for statement in STATEMENTS[connection.dialect.name](
                    table.name, f"{table.name}_{word}_{number}", cause
                ):
                    connection.exec_driver_sql(statement)


def sqlite_statements(table: str, name: str, cause: Cause) -> Iterator[str]:
    when = f" WHEN {cause.when.format(differs='IS NOT')}" if cause.when else ""
    yield f"CREATE TRIGGER {name} AFTER {cause.act} ON {table}{when} BEGIN {cause.statement}; END"


def postgresql_statements(table: str, name: str, cause: Cause) -> Iterator[str]:
    when = f" WHEN ({cause.when.format(differs='IS DISTINCT FROM')})" if cause.when else ""
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {cause.statement}; RETURN NULL; END $$"
    )
    yield f"CREATE TRIGGER {name} AFTER {cause.act} ON {table} FOR EACH ROW{when} EXECUTE FUNCTION {name}()"


STATEMENTS = {"postgresql": postgresql_statements, "sqlite": sqlite_statements}
