"""What is kept of a page is found by what it shows: no two different things are ever taken for one."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask, g

from app import fragments
from app.fragments import kept
from invitations.memory import Memory
from notifications.languages import LANGUAGES

WORDS = (
    "{% macro words(count, kinds={}, named='') %}{{ count }} {{ kinds }} {{ named }} {{ spoken().code }}{% endmacro %}"
)


@pytest.fixture
def words(flask_app: Flask) -> object:
    """A macro as templates import it."""
    return flask_app.jinja_env.from_string(WORDS).module.words  # type: ignore[attr-defined]  # made by the template


@pytest.fixture
def say(words: object) -> partial[str]:
    return partial(kept, Memory(100), words)  # type: ignore[arg-type]


def test_the_same_arguments_are_rendered_once(flask_app: Flask, say: partial[str]) -> None:
    with flask_app.test_request_context():
        assert say(3, {1: "ici"}) is say(3, {1: "ici"})


def test_other_arguments_say_something_else(flask_app: Flask, say: partial[str]) -> None:
    with flask_app.test_request_context():
        said = [
            *(say(3), say(4), say(3, {1: "ici"}), say(3, {2: "ici"}), say(3, {1: "là"})),
            *(say(3, named="Valence"), say(3, named="Die"), say((3, 4)), say((4, 3))),
        ]
    assert len(set(said)) == len(said)


def test_another_language_says_it_otherwise(flask_app: Flask, say: partial[str]) -> None:
    said = set()
    for _ in range(2):
        for language in LANGUAGES.values():
            with flask_app.test_request_context():
                g.language = language
                said.add(say(3))
    assert len(said) == len(LANGUAGES)


def test_what_may_change_unseen_is_refused(flask_app: Flask, say: partial[str]) -> None:
    with flask_app.test_request_context(), pytest.raises(TypeError, match="unhashable"):
        say({1: ["ici"]})


def test_no_more_is_kept_than_fits(flask_app: Flask) -> None:
    memory = Memory(fragments.SIZE)
    words = flask_app.jinja_env.from_string(WORDS).module.words  # type: ignore[attr-defined]
    with flask_app.test_request_context():
        for count in range(2 * fragments.SIZE):
            kept(memory, words, count)
    assert len(memory) == fragments.SIZE
