"""Every column of every table, said once: whether it is personal, and then whose, what for, who reads it, how long it stays.

`people` and `others` say it; `settings` lists the tables in which nothing is anybody's. How long follows from the rules by which
people are forgotten (`forgetting_rules`) wherever there is one. The register (docs/registre.md) is made of this, and
tests/house/test_personal_columns.py fails for a column of which nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from invitations.database import Base
from invitations.forgetting_rules import RULES
from invitations.personal_columns.kinds import Care, Group, Kept, Purpose, Reader, Told, Whose
from invitations.personal_columns.others import OTHERS
from invitations.personal_columns.people import PEOPLE
from invitations.personal_columns.settings import SETTINGS

__all__ = [
    "EVERY",
    "SETTINGS",
    "Care",
    "Group",
    "Kept",
    "Purpose",
    "Reader",
    "Row",
    "Told",
    "Whose",
    "kept",
    "register",
]

EVERY: dict[str, Told] = {told.table: told for told in (*PEOPLE, *OTHERS)}


@dataclass(frozen=True, slots=True)
class Row:
    """Columns of which the same is true to the last word."""

    table: str
    columns: tuple[str, ...]
    group: Group
    kept: Kept
    sooner: Kept | None


def register() -> Iterator[Row]:
    """All personal columns, table by table; those of a group that go sooner stand in a row of their own."""
    for told in EVERY.values():
        sooner = dict(told.sooner)
        for group in told.groups:
            parts: dict[tuple[Kept, Kept | None], list[str]] = {}
            for name in group.columns:
                parts.setdefault((kept(told, name), sooner.get(name)), []).append(name)
            for (until, first), names in parts.items():
                yield Row(told.table, tuple(names), group, until, first)


def kept(told: Told, column: str) -> Kept:
    """Until when, by the rules of forgetting first. Raises LookupError where neither they nor the entry say it."""
    rules = [rule for rule in RULES if rule.table.__tablename__ == told.table]
    if any(not rule.becomes for rule in rules):
        return Kept.WITH_PERSON
    if column in {_column(rule.table, name) for rule in rules for name in rule.becomes}:
        return Kept.EMPTIED
    if told.kept is not None:
        return told.kept
    sooner = dict(told.sooner).get(column)
    if sooner is not None:
        return sooner
    if rules:
        return Kept.UNNAMED
    raise LookupError(f"{told.table}.{column}: no rule of forgetting_rules, and no `kept` in its entry")


def _column(table: type[Base], attribute: str) -> str:
    return str(table.__mapper__.columns[attribute].name)
