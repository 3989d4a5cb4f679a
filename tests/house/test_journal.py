"""Every act that the code notes in the journal has its words, and every word an act."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from app.agents.journal_acts import ACTS, SUBJECTS
from tests.house.conftest import sources

ACT = re.compile(r"[a-z_{}]+\.[a-z_{}]+")
# Looks like an act, and is a file, a key of a table, what a log line is called, or a purpose of a key.
FILES = (".txt", ".csv", ".json", ".md", ".toml", ".py", ".id", ".log", ".db")
NOT_ACTS = frozenset({"trial.seed"})
# Written by what is not read here: the page of agents that makes it.
OF_PAGES = frozenset({"journal.exported"})


def test_every_act_has_words_and_every_word_an_act() -> None:
    found = set(acts())
    whole = {one for one in found if "{" not in one}
    parts = [re.compile(re.escape(one).replace(r"\{\}", "[a-z_]+")) for one in found - whole]
    silent = sorted(whole - set(ACTS))
    assert not silent, f"no words for these: app/agents/journal_acts.py, under its subject: {silent}"
    unused = {one for one in set(ACTS) - whole - OF_PAGES if not any(part.fullmatch(one) for part in parts)}
    assert not unused, f"nothing notes these any more: {sorted(unused)}"


def test_no_act_stands_under_two_subjects_and_no_subject_is_called_like_an_act() -> None:
    assert len(ACTS) == sum(len(one.acts) for one in SUBJECTS)
    assert not {one.word for one in SUBJECTS} & set(ACTS)
    assert len(set(ACTS.values())) == len(ACTS), "two acts are said alike"


def acts() -> Iterator[str]:
    """What the workflows write that has the form of an act; parts that are filled in stand as {}."""
    for path, tree in sources("invitations"):
        if path.startswith("invitations/models/"):
            continue
        logged = {id(part) for call in ast.walk(tree) if is_log(call) for part in ast.walk(call)}
        for node in ast.walk(tree):
            words = written(node)
            if id(node) not in logged and ACT.fullmatch(words) and not words.endswith(FILES) and words not in NOT_ACTS:
                yield words


def written(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(words)):
            return words
        case ast.JoinedStr(values=parts):
            return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
    return ""


def is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "log"
