"""What import-linter can't say: one name of SQLAlchemy in `app`, one reader of the clock, and no bare print."""

from __future__ import annotations

import ast

import pytest

from tests.house.conftest import ROOT, imports, sources

APP = [(path, tree) for path, tree in sources("app") if not path.startswith("app/migrations/")]
EVERY = [*APP, *sources("invitations", "notifications")]


def test_app_borrows_nothing_from_sqlalchemy_but_the_name_of_a_session() -> None:
    borrowed = {
        (path, module, name)
        for path, tree in APP
        for module, name in imports(tree)
        if module.split(".")[0] == "sqlalchemy" and (module, name) != ("sqlalchemy.orm", "Session")
    }
    assert not borrowed, "queries live in invitations; a page calls a function there"


CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
KNOWN = {"datetime", "date", "time"}


def test_only_the_clock_reads_the_time() -> None:
    readers = {
        f"{path}:{node.lineno}"
        for path, tree in EVERY
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in KNOWN
        and not (node.func.value.id in {"datetime", "date"} and node.func.attr == "time")
        and path != "app/clock.py"
    }
    assert not readers, "time is handed in: workflows take *, now"


def test_no_workflow_commits() -> None:
    """The edge owns the transaction; delivery and the database's own module are edges."""
    edges = ("invitations/database.py", "invitations/outbox")
    commits = {
        f"{path}:{node.lineno}"
        for path, tree in sources("invitations")
        if not path.startswith(edges)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert not commits


# The files that may grow beyond what one sitting reads, each with its reason.
LONG = {
    "invitations/errors.py": "a list of names",
    "app/demo/people_file.py": "lists of first names, streets and communes",
}


@pytest.mark.parametrize("path", [path for path, _ in EVERY if path not in LONG and "/versions/" not in path])
def test_a_file_is_read_in_one_sitting(path: str) -> None:
    lines = len((ROOT / path).read_text().splitlines())
    assert lines <= 300, f"{path} has {lines} lines: split it by subject"


def test_nothing_is_named_for_being_useful() -> None:
    vague = {"utils", "helpers", "common", "misc", "manager", "service", "services"}
    assert not {path for path, _ in EVERY if path.rsplit("/", 1)[-1].removesuffix(".py") in vague}
