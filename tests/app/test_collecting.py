"""A web process looks seldom for what nobody holds any more, and finds it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from app import collecting


class Person:
    """Holds itself, as sessions and pages do in places: it doesn't go by itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def thresholds() -> Iterator[None]:
    """What is frozen stays so: all tests and modules are, for the tests to come (`conftest`)."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("thresholds")
def test_what_was_loaded_is_left_out_and_what_comes_later_is_still_given_back() -> None:
    frozen, loaded = gc.get_freeze_count(), [[number] for number in range(collecting.YOUNGEST)]
    collecting.collect_seldom()
    assert gc.get_freeze_count() - frozen > len(loaded)
    gone = ref(Person())
    others = [[number] for number in range(2 * collecting.YOUNGEST)]
    assert gone() is None, f"nobody looked while {len(others)} came"
