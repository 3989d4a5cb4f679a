"""Every state of every public page, in French and in Arabic: readable, reachable, hit, seen, by everyone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from notifications.languages import LANGUAGES
from tests.public_checks.conftest import Reached
from tests.public_checks.stage import FRENCH, Answer
from tests.public_checks.states import READ, STATES, State
from tests.public_checks.window import ENHANCED, NARROW, TAGS, Window

pytestmark = pytest.mark.journey
WRONG = Path(__file__).parent / "wrong.html"


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
@pytest.mark.parametrize("language", READ)
def test_everyone_can_use_it(reached: Reached, window: Window, state: State, language: str) -> None:
    answer = reached.page(state, language)
    assert answer.status == state.status, answer.path
    window.open(answer, is_themed=state.is_themed)
    window.shoot(f"states/{language}/{state.name}")
    looks = LOOKS if language == FRENCH else {name: look for name, look in LOOKS.items() if name != "dark"}
    faults = [f"{name}: {found}" for name, look in looks.items() for found in look(window)]
    assert not faults, "\n".join(faults)
    assert window.page.evaluate("look.spoken()") == spoken(language)
    assert not window.refused, f"the browser complains: {window.refused}"


def spoken(language: str) -> str:
    one = LANGUAGES[language]
    return f"{one.html} {one.direction}"


def axe(window: Window) -> list[str]:
    """With everything unfolded: what is hidden is not looked at."""
    window.ask("unfold()")
    return window.axe(tags=TAGS, rules=window.contrasts)


def dark(window: Window) -> list[str]:
    """Colours know no language: in French only."""
    window.page.emulate_media(color_scheme="dark")
    found = window.axe(tags=[], rules=["color-contrast", *window.contrasts])
    window.page.emulate_media(color_scheme="light")
    return found


def narrow(window: Window) -> list[str]:
    window.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    return window.ask("fits()")


def focus(window: Window) -> list[str]:
    window.page.keyboard.press("Tab")
    return window.ask("focus()")


# In this order: the page as it opens, then unfolded, then narrow.
LOOKS: dict[str, Callable[[Window], list[str]]] = {
    "stands": lambda window: window.ask("stands()"),
    "axe": axe,
    "dark": dark,
    "targets": lambda window: window.ask("targets()"),
    "narrow": narrow,
    "twice as large": lambda window: window.ask("zoom('200%')"),
    "spaced": lambda window: window.ask("space()"),
    "order": lambda window: window.ask("order()"),
    "focus": focus,
}


def test_what_is_wrong_is_found(window: Window) -> None:
    """A page with every fault: each look finds its own, else it would prove nothing."""
    window.open(Answer("/wrong", 200, WRONG.read_text(), {"Content-Type": "text/html; charset=utf-8"}))
    found = {name: look(window) for name, look in LOOKS.items()}
    assert {name for name, faults in found.items() if not faults} == set()
    for rule in ("html-has-lang", "image-alt", "label", "link-name", "color-contrast:", ENHANCED):
        assert any(one.startswith(rule) for one in found["axe"]), rule
    assert any("no title" in one for one in found["stands"])
    assert any("2 headings" in one for one in found["stands"])
    assert any("should have the focus" in one for one in found["stands"])
    assert window.refused, "the address of another machine, which the policy of our pages refuses"
