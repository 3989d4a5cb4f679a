"""Nothing is counted by agent, in no query (tests/by_agent.py looks at each, in every test) and in no loop of ours."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from invitations.database import Database
from invitations.models import Agent, AppointmentAgent, AuditEvent, Message
from tests import by_agent
from tests.by_agent import CountsByAgent
from tests.house.conftest import sources

# An agent, or several, in a name: agent, agent_id, agent_ids, created_by_agent_id, Agent; not agenda.
OF_AN_AGENT = re.compile(r"(^|_)agents?(_ids?)?$", re.IGNORECASE)
# Where our own code counts or groups by agent, with why nobody is measured by it.
ALLOWED = {
    "invitations/absences_list.py:during": "what is already booked on the days of an absence, so that it can be moved",
    "invitations/agenda/search.py:hours_of": "the hours themselves, one after the other; nothing is counted",
    "invitations/fairness.py:<module>": "who of those free is asked next; shown to nobody",
    "invitations/openings_list.py:by_agent": "the openings of each are listed together; nothing is counted",
    "invitations/openings_preview.py:offered_before": "the hours themselves, one after the other; nothing is counted",
    "invitations/openings_preview.py:within_limit": "slots to come that a type's limit a day leaves bookable; told in all",
}


def test_no_loop_counts_by_agent() -> None:
    found = {place for path, tree in sources("app", "invitations") for place in counting(path, tree)}
    assert found - set(ALLOWED) == set(), "a count by agent: what is it for? (ALLOWED says which may, and why)"
    assert set(ALLOWED) - found == set(), "an exception that is none any more"


def counting(path: str, tree: ast.Module) -> Iterator[str]:
    for function, node in with_functions(tree):
        if counts_by_agent(node):
            yield f"{path}:{function}"


def with_functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every node, with the name of the outermost function or class that it stands in."""
    for part in tree.body:
        is_named = isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        name = part.name if is_named else "<module>"  # type: ignore[attr-defined]
        yield from ((name, node) for node in ast.walk(part))


def counts_by_agent(node: ast.AST) -> bool:
    return any(names_agent(key) for key in keys_of(node))


def keys_of(node: ast.AST) -> Iterator[ast.AST]:
    """By what the node counts: a Counter's elements, a groupby's key, what a query groups by, what a loop adds up under."""
    match node:
        case ast.Call(func=ast.Name(id="Counter"), args=[ast.GeneratorExp(elt=counted)]):
            yield counted
        case ast.Call(func=ast.Name(id="groupby"), keywords=keywords):
            yield from (one.value for one in keywords)
        case ast.Call(func=ast.Attribute(attr="group_by"), args=args):
            yield from args
        case ast.Call(keywords=keywords):
            yield from (one.value for one in keywords if one.arg == "partition_by")
        case ast.AugAssign(target=ast.Subscript(slice=key), op=ast.Add()):
            yield key


def names_agent(key: ast.AST) -> bool:
    return any(
        OF_AN_AGENT.search(part.attr if isinstance(part, ast.Attribute) else part.id)
        for part in ast.walk(key)
        if isinstance(part, ast.Attribute | ast.Name)
    )


@pytest.mark.parametrize(
    "code",
    [
        "Counter(one.agent_id for one in met)",
        "Counter((one.day, one.agent) for one in met)",
        "groupby(rows, key=lambda row: row.agent_id)",
        "select(x).group_by(Message.created_by_agent_id)",
        "func.count().over(partition_by=AuditEvent.agent_id)",
        "found[row.agent_id] += 1",
        "found[day, agent_id] += row.minutes",
    ],
)
def test_a_count_by_agent_is_found_in_code(code: str) -> None:
    assert any(counts_by_agent(node) for node in ast.walk(ast.parse(code)))


@pytest.mark.parametrize("code", ["Counter(one.day for one in agents)", "found[agenda.day] += 1", "seen.add(agent_id)"])
def test_what_counts_otherwise_is_not(code: str) -> None:
    assert not any(counts_by_agent(node) for node in ast.walk(ast.parse(code)))


SOMEBODY = aliased(Agent)
NAMED = AppointmentAgent.agent_id.label("who")
UNDER = select(AppointmentAgent.agent_id.label("who")).subquery()
EACH = select(func.count()).where(AuditEvent.agent_id == Agent.id).correlate(Agent).scalar_subquery()


@pytest.mark.parametrize(
    "query",
    [
        select(AuditEvent.agent_id, func.count()).group_by(AuditEvent.agent_id),
        select(SOMEBODY.last_name, func.count()).join(AuditEvent).group_by(SOMEBODY.last_name),
        select(NAMED, func.count()).group_by("who"),
        select(UNDER.c.who, func.count()).group_by(UNDER.c.who),
        select(Agent.id, EACH),
        select(func.count().over(partition_by=Message.agent_id)),
    ],
)
def test_a_query_that_counts_by_agent_is_refused(database: Database, query: Any) -> None:
    with pytest.raises(CountsByAgent), database.reading() as session:
        session.execute(query)


def test_a_query_that_counts_something_of_one_agents_own_is_not(database: Database) -> None:
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(AuditEvent.agent_id == 1)) == 0


def test_every_exception_is_of_tables_that_exist() -> None:
    known = {name.split(".")[0] for name in by_agent.agent_columns()}
    assert all(tables & known for tables in by_agent.ALLOWED)
