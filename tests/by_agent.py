"""No count of anything by agent: every query of every test is looked at, when it is sent for the first time.

A query counts by agent when it groups, partitions or correlates what it adds up by a column that says which agent. What may is
named in ALLOWED, with its reason. tests/house/test_nothing_by_agent.py looks at what is counted in Python, and shows that both find
what they are there for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Engine, ScalarSelect, event
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, Over
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Select

from invitations.database import Base

AGENTS = "agents"
ADDING = frozenset({"count", "sum", "avg", "total", "min", "max"})
# What a query that counts by agent reads, with why nobody is measured by it.
ALLOWED: dict[frozenset[str], str] = {
    frozenset(
        {"agent_roles", "agent_sessions", "agents", "appointment_agents", "appointments", "code_generators", "passkeys"}
    ): "colleagues: devices signed in, as a matter of security; appointments to hand over when an access is taken away",
    frozenset(
        {"agents", "appointment_agents", "referents"}
    ): "fairness: who of those free is asked next; shown to nobody",
}
SEEN: set[str] = set()


class CountsByAgent(BaseException):
    """Not an Exception: what forgives a failing job must not forgive this."""


def refuse() -> None:
    event.listen(Engine, "before_cursor_execute", look)


def look(_connection: Any, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool) -> None:
    compiled = getattr(context, "compiled", None)
    sql = compiled.string if compiled else ""  # however long its lists are
    if compiled is None or sql in SEEN:
        return
    found = counted_by(compiled.statement)
    if found and tables_of(compiled.statement) not in ALLOWED:
        raise CountsByAgent(f"counts by {', '.join(sorted(found))}: {sql}")
    SEEN.add(sql)


def counted_by(statement: Any) -> set[str]:
    """The columns of agents by which the statement adds up: "appointment_agents.agent_id"."""
    found: set[str] = set()
    for part in visitors.iterate(statement):
        if isinstance(part, Select):
            found.update(of_agents(*grouped(part)), correlated(part))
        elif isinstance(part, Over) and part.partition_by is not None:
            found.update(of_agents(part.partition_by))
    return found


def grouped(query: Select[Any]) -> Iterator[Any]:
    """What it groups by; a name stands for the column that has it."""
    for clause in query._group_by_clauses:
        name = getattr(clause, "element", None)
        yield query.selected_columns[name] if isinstance(name, str) else clause


def of_agents(*clauses: Any) -> Iterator[str]:
    for clause in clauses:
        for part in visitors.iterate(clause):
            if isinstance(part, ColumnElement):
                yield from agent_columns() & names(part)


def correlated(outer: Select[Any]) -> Iterator[str]:
    """What a subquery of one value adds up for each agent of the query around it."""
    inner: list[Any] = [part.element for part in visitors.iterate(outer) if isinstance(part, ScalarSelect)]
    adding = [query for query in inner if adds_up(query) and query.whereclause is not None]
    if adding:
        around = tables_of(*outer.get_final_froms())
        for query in adding:
            for test in visitors.iterate(query.whereclause):
                if isinstance(test, BinaryExpression) and test.operator is operators.eq and is_of(test, around):
                    yield from of_agents(test)


def is_of(test: BinaryExpression[Any], around: frozenset[str]) -> bool:
    """Whether a comparison binds a column of the subquery to one of the query around it."""
    sides = [{name.split(".")[0] for name in names(side)} for side in (test.left, test.right)]
    return all(sides) and any(side <= around for side in sides)


def adds_up(query: Any) -> bool:
    return isinstance(query, Select) and any(
        isinstance(part, FunctionElement) and getattr(part, "name", "") in ADDING
        for column in query.selected_columns
        for part in visitors.iterate(column)
    )


def names(column: Any) -> set[str]:
    """The tables' own columns that it stands for: an alias or a subquery hides none of them."""
    found = getattr(column, "base_columns", ())
    return {f"{one.table.name}.{one.name}" for one in found if getattr(one, "table", None) is not None}


def tables_of(*statements: Any) -> frozenset[str]:
    parts: list[Any] = [part for one in statements for part in visitors.iterate(one)]
    return frozenset(part.name for part in parts if part.__visit_name__ == "table")


@cache
def agent_columns() -> frozenset[str]:
    """Every column that says which agent."""
    tables = Base.metadata.tables.values()
    referring = {
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if any(key.column.table.name == AGENTS for key in column.foreign_keys)
    }
    return frozenset(referring | {f"{AGENTS}.{column.name}" for column in Base.metadata.tables[AGENTS].columns})
