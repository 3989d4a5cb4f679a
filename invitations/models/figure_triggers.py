"""Triggers that note which follow-ups the figures must look at again: whatever writes, in whatever way, none is forgotten.

WATCHED names every table that a fact reads, and its columns that count (tests/house/test_figures.py). Both engines get their
triggers when the tables are created; the migration says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Table, event

from invitations.database import Base

_OF_THEIRS = "SELECT id FROM follow_ups WHERE beneficiary_id = "
_FIRST_WRITTEN = "{row}.kind IN ('invitation', 'proposition', 'convocation')"


@dataclass(frozen=True, slots=True)
class Watched:
    """A table, the columns of which a change counts, and the follow-ups that a row of it speaks of.

    `key`: the column that leads to them, where it may change: the former ones are noted too. `when`: a condition on a row
    that is inserted or deleted, {row}; `if_changed`: what an update must have changed, in place of any of the columns.
    """

    columns: tuple[str, ...]
    follow_ups: str
    key: str = ""
    when: str = ""
    if_changed: tuple[str, ...] = ()
    is_inserted: bool = True
    is_deleted: bool = True


WATCHED: dict[str, Watched] = {
    "appointments": Watched(
        ("starts_at",),
        "SELECT follow_up_id FROM participations WHERE appointment_id = {row}.id",
        is_inserted=False,
        is_deleted=False,
    ),
    "assignments": Watched(
        ("follow_up_id", "organisation_id", "arm", "assigned_at"),
        "SELECT {row}.follow_up_id WHERE {row}.follow_up_id IS NOT NULL",
        key="follow_up_id",
    ),
    "beneficiaries": Watched(("rights_opened_on",), _OF_THEIRS + "{row}.id", is_inserted=False, is_deleted=False),
    "callback_requests": Watched(("follow_up_id", "created_at"), "SELECT {row}.follow_up_id", key="follow_up_id"),
    "departments": Watched(
        ("timezone",),
        "SELECT follow_ups.id FROM follow_ups JOIN categories ON categories.id = follow_ups.category_id"
        " WHERE categories.department_id = {row}.id",
        is_inserted=False,
        is_deleted=False,
    ),
    "follow_ups": Watched(("beneficiary_id", "category_id"), "SELECT {row}.id", is_inserted=False),
    "invitations": Watched(
        ("follow_up_id", "organisation_id", "mode", "created_at", "answered_at", "to_mobile", "end_reason"),
        "SELECT {row}.follow_up_id",
        key="follow_up_id",
        if_changed=(
            *("{row}.follow_up_id", "{row}.organisation_id", "{row}.mode", "{row}.created_at", "{row}.answered_at"),
            *("{row}.to_mobile", "(COALESCE({row}.end_reason, '') = 'taken_back')"),
        ),
    ),
    "memberships": Watched(
        ("beneficiary_id", "archived_at"), _OF_THEIRS + "{row}.beneficiary_id", key="beneficiary_id"
    ),
    "messages": Watched(
        ("invitation_id", "participation_id", "kind", "channel", "replaces_id", "state", "settled_at"),
        "SELECT follow_up_id FROM invitations WHERE id = {row}.invitation_id"
        " UNION SELECT follow_up_id FROM participations WHERE id = {row}.participation_id",
        when=f"({_FIRST_WRITTEN} OR {{row}}.state = 'delivered')",
        if_changed=(
            *("{row}.invitation_id", "{row}.participation_id", "{row}.kind", "{row}.channel", "{row}.replaces_id"),
            "CASE WHEN {row}.state = 'delivered' THEN {row}.settled_at END",
        ),
    ),
    "participations": Watched(
        ("follow_up_id", "appointment_id", "outcome", "created_by", "created_at"),
        "SELECT {row}.follow_up_id",
        key="follow_up_id",
    ),
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """`act`: INSERT, DELETE or "UPDATE OF …"; `row`: NEW or OLD, of which the follow-ups are noted."""

    table: str
    name: str
    act: str
    row: str
    when: str


def triggers_of(table: str, *, differs: str) -> Iterator[Trigger]:
    """The table's triggers; `differs` is how the engine says that two values are not the same, nulls among them."""
    watched = WATCHED[table]
    if watched.is_inserted:
        yield Trigger(table, f"{table}_figures_insert", "INSERT", "NEW", watched.when.format(row="NEW"))
    if watched.is_deleted:
        yield Trigger(table, f"{table}_figures_delete", "DELETE", "OLD", watched.when.format(row="OLD"))
    compared = watched.if_changed or tuple(f"{{row}}.{name}" for name in watched.columns)
    changed = " OR ".join(f"{one.format(row='OLD')} {differs} {one.format(row='NEW')}" for one in compared)
    yield Trigger(table, f"{table}_figures_update", f"UPDATE OF {', '.join(watched.columns)}", "NEW", changed)
    if watched.key:
        moved = f"OLD.{watched.key} {differs} NEW.{watched.key}"
        yield Trigger(table, f"{table}_figures_leave", f"UPDATE OF {watched.key}", "OLD", moved)


def sqlite_statements(table: str) -> Iterator[str]:
    for one in triggers_of(table, differs="IS NOT"):
        when = f" WHEN {one.when}" if one.when else ""
        yield f"CREATE TRIGGER {one.name} AFTER {one.act} ON {table}{when} BEGIN {_noting(one)}; END"


def postgresql_statements(table: str) -> Iterator[str]:
    """A function for each row looked at, new or old, and the triggers that call it."""
    triggers = list(triggers_of(table, differs="IS DISTINCT FROM"))
    for row, one in {one.row: one for one in triggers}.items():
        yield (
            f"CREATE OR REPLACE FUNCTION {_function(table, row)}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {_noting(one)}; RETURN NULL; END $$"
        )
    for one in triggers:
        when = f" WHEN ({one.when})" if one.when else ""
        yield (
            f"CREATE TRIGGER {one.name} AFTER {one.act} ON {table} FOR EACH ROW{when}"
            f" EXECUTE FUNCTION {_function(table, one.row)}()"
        )


def _noting(one: Trigger) -> str:
    return f"INSERT INTO figure_changes (follow_up_id) {WATCHED[one.table].follow_ups.format(row=one.row)}"


def _function(table: str, row: str) -> str:
    return f"{table}_figures_{row.lower()}"


STATEMENTS = {"postgresql": postgresql_statements, "sqlite": sqlite_statements}


@event.listens_for(Base.metadata, "after_create")
def _watch(_target: MetaData, connection: Connection, *, tables: Collection[Table], **_: Any) -> None:
    for table in tables:
        if table.name in WATCHED:
            for statement in STATEMENTS[connection.dialect.name](table.name):
                connection.exec_driver_sql(statement)
