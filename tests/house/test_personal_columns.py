"""Every column of every table is said to be personal or not; a personal one has a purpose, readers and an end."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import JSON, Column, Enum, LargeBinary, String, Table

from invitations.database import Base
from invitations.forgetting_rules import RULES, tables_with_a_rule
from invitations.personal_columns import EVERY, SETTINGS, Care, Kept, Told, Whose, kept, register
from tests.invitations.planting import tables_of_people

TABLES = Base.metadata.tables
PEOPLE = {one.name for one in tables_of_people()} | {"agents"}
WHAT_TO_DO = (
    "say it in invitations/personal_columns (people.py, others.py): in a group with its purposes and readers when it says "
    "something of somebody, in `plain` when it says nothing of anybody"
)
# People's columns of tables without a rule of forgetting, and by what they go all the same.
OTHER_WAYS = {
    "appointments": Kept.GIVEN_BACK,  # forgetting_times
    "saved_views": Kept.MENTIONS,  # forgetting_mentions
    "selection_acts": Kept.WEEK,  # forgetting_mentions, purging_old
    "unit_facts": Kept.COUNTED,  # statistics.counting.let_go
    "figure_changes": Kept.COUNTED,
    "job_centre_notices": Kept.MONTH,  # job_centre.reading.forget
    "webhook_events": Kept.MONTH,  # webhooks.log.forget
    "idempotency_keys": Kept.DAY,  # machines.answered.forget
    "tries": Kept.DAY,  # tries.forget
    "kept_forms": Kept.DAY,  # kept_forms.forget
    "erasures": Kept.QUARTER,  # erasures.forget
    "move_ins": Kept.UNTIL_CHANGED,  # files' names
    "move_in_parts": Kept.LISTS,
    "move_in_remarks": Kept.LISTS,
    "import_batches": Kept.UNTIL_CHANGED,  # a file's name, which a service chose
}


def told(table: str) -> Told:
    found = EVERY.get(table) or SETTINGS.get(table)
    assert found is not None, f"the table {table} is not said to hold anything: {WHAT_TO_DO}"
    return found


def said(one: Told) -> list[str]:
    return [*(name for group in one.groups for name in group.columns), *one.plain_columns]


def has_to_be_said(column: Column[object]) -> bool:
    """All of a table that leads to a person; else texts, JSON and bytes, and what refers to somebody."""
    free = isinstance(column.type, String | JSON | LargeBinary) and not isinstance(column.type, Enum)
    refers = any(key.column.table.name in PEOPLE for key in column.foreign_keys)
    return free or refers or column.table.name in PEOPLE - {"agents"}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda one: one.name)
def test_every_column_is_said_once_and_no_other_is(table: Table) -> None:
    names = Counter(said(told(table.name)))
    unsaid = [one.name for one in table.columns if has_to_be_said(one) and one.name not in names]
    assert not unsaid, f"{table.name}: nothing is said of {', '.join(unsaid)}: {WHAT_TO_DO}"
    gone = [name for name in names if name not in table.columns]
    assert not gone, f"{table.name} has no {', '.join(gone)} any more: take it out of invitations/personal_columns"
    assert max(names.values(), default=1) == 1, f"{table.name}: {names.most_common(1)[0][0]} is said twice"


def test_no_table_is_said_that_is_gone_or_said_twice() -> None:
    assert set(EVERY) | set(SETTINGS) == set(TABLES)
    assert not set(EVERY) & set(SETTINGS)
    assert [one.table for one in SETTINGS.values() if one.groups] == []


def test_every_personal_column_has_a_purpose_a_reader_and_an_end() -> None:
    rows = list(register())
    assert [f"{row.table}.{name}" for row in rows for name in row.columns if not row.group.purposes] == []
    assert [f"{row.table}.{name}" for row in rows for name in row.columns if not row.group.readers] == []
    assert {row.kept for row in rows} <= set(Kept)
    with pytest.raises(LookupError, match="no rule of forgetting_rules"):
        kept(Told("places"), "name")


def test_what_is_said_of_a_person_goes_by_a_rule_of_forgetting_or_by_a_way_that_is_named() -> None:
    with_rule = {one.name for one in tables_with_a_rule()}
    of_people = {row.table for row in register() if row.group.whose is Whose.PERSON}
    assert of_people - with_rule == set(OTHER_WAYS), "a rule in forgetting_rules.py, or a way in OTHER_WAYS"
    assert {table: EVERY[table].kept for table in OTHER_WAYS} == OTHER_WAYS
    assert with_rule - {"audit_events"} <= of_people


def test_what_stays_of_an_emptied_table_leads_to_nobody() -> None:
    """A reference to a person's row, or free text, may not be what stays."""
    emptied = {rule.table.__tablename__ for rule in RULES if rule.becomes}
    left = [
        f"{row.table}.{name}"
        for row in register()
        if row.table in emptied and row.kept is Kept.UNNAMED and row.group.whose is Whose.PERSON
        for name in row.columns
        if is_free(TABLES[row.table].columns[name]) or refers_to_a_person(TABLES[row.table].columns[name])
    ]
    assert left == ["assignments.stratum", "assignments.kept"]  # docs/decisions/0027: facts that count, of nobody


def is_free(column: Column[object]) -> bool:
    return isinstance(column.type, String | JSON) and not isinstance(column.type, Enum)


def refers_to_a_person(column: Column[object]) -> bool:
    return any(key.column.table.name in PEOPLE - {"agents"} for key in column.foreign_keys)


def test_what_its_name_calls_sealed_or_hashed_is_said_to_be() -> None:
    wrong = [
        f"{row.table}.{name}"
        for row in register()
        for name in row.columns
        if ("sealed" in name and Care.SEALED not in row.group.care)
        or (name.endswith("_hash") and Care.HASHED not in row.group.care)
    ]
    assert wrong == []
