"""Triggers that owe France Travail what happens to appointments, where the organisation has chosen to tell it.

In the transaction of the change itself, whatever writes it. Where nobody tells, one look at the organisation, or at a table
without the row. Both engines get them when the tables are created; the migration says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Table, event

from invitations.database import Base


@dataclass(frozen=True, slots=True)
class Owed:
    """When `act` befalls a row, `statement` is done. `when`: on OLD and NEW, {differs} is the engine's "is not the same"."""

    act: str
    statement: str
    when: str = ""


def _changed(*columns: str) -> str:
    return " OR ".join(f"OLD.{one} {{differs}} NEW.{one}" for one in columns)


def _again(which: str, *, also: str = "") -> str:
    """There is something to say again; what nobody is sure of stays so until an agent has looked."""
    return (
        "UPDATE job_centre_notices SET version = version + 1, tries = 0, failing_since = NULL, next_try_at = NULL,"
        f"{also} state = CASE WHEN state = 'unsure' THEN state ELSE 'waiting' END WHERE {which}"
    )


_BEGIN = (
    "INSERT INTO job_centre_notices (participation_id, organisation_id)"
    " SELECT NEW.id, appointments.organisation_id FROM appointments"
    " JOIN organisations ON organisations.id = appointments.organisation_id"
    " WHERE appointments.id = NEW.appointment_id AND organisations.job_centre_since IS NOT NULL"
)
_OF_MEETING = "participation_id IN (SELECT participations.id FROM participations WHERE appointment_id = NEW.id)"
_OF_PERSON = "participation_id IN (SELECT participations.id FROM participations WHERE beneficiary_id = NEW.id)"
_MEETING = ("starts_at", "ends_at", "place_id", "type_id", "cancelled_at", "moved_at")
_PARTICIPATION = ("outcome", "appointment_id", "beneficiary_id")
_PERSON = ("france_travail_id", "phone")

# `moved_at` grows when agents change too.
OWED: dict[str, tuple[Owed, ...]] = {
    "participations": (
        Owed("INSERT", _BEGIN),
        Owed(
            f"UPDATE OF {', '.join(_PARTICIPATION)}",
            _again("participation_id = NEW.id"),
            when=_changed(*_PARTICIPATION),
        ),
        Owed("DELETE", _again("participation_id = OLD.id", also=" participation_id = NULL, told_hash = '',")),
    ),
    "appointments": (Owed(f"UPDATE OF {', '.join(_MEETING)}", _again(_OF_MEETING), when=_changed(*_MEETING)),),
    "beneficiaries": (Owed(f"UPDATE OF {', '.join(_PERSON)}", _again(_OF_PERSON), when=_changed(*_PERSON)),),
}


def sqlite_statements(table: str) -> Iterator[str]:
    for number, owed in enumerate(OWED[table]):
        when = f" WHEN {owed.when.format(differs='IS NOT')}" if owed.when else ""
        yield f"CREATE TRIGGER {table}_noticed_{number} AFTER {owed.act} ON {table}{when} BEGIN {owed.statement}; END"


def postgresql_statements(table: str) -> Iterator[str]:
    for number, owed in enumerate(OWED[table]):
        name = f"{table}_noticed_{number}"
        when = f" WHEN ({owed.when.format(differs='IS DISTINCT FROM')})" if owed.when else ""
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {owed.statement}; RETURN NULL; END $$"
        )
        yield f"CREATE TRIGGER {name} AFTER {owed.act} ON {table} FOR EACH ROW{when} EXECUTE FUNCTION {name}()"


STATEMENTS = {"postgresql": postgresql_statements, "sqlite": sqlite_statements}


@event.listens_for(Base.metadata, "after_create")
def _owe(_target: MetaData, connection: Connection, *, tables: Collection[Table], **_: Any) -> None:
    for table in tables:
        if table.name in OWED:
            for statement in STATEMENTS[connection.dialect.name](table.name):
                connection.exec_driver_sql(statement)
