"""The states as a whole: none of the public pages is forgotten, and all of them are correct HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from app.access import ACCESS
from tests.house.test_templates import FOLDER, PAGES
from tests.public_checks import html_checker
from tests.public_checks.conftest import Reached
from tests.public_checks.stage import FRENCH
from tests.public_checks.states import READ, STATES
from tests.public_checks.test_in_a_browser import WRONG

# Open to anyone, and yet no page of a person's; each with its reason. Those by which agents come in are looked at in
# tests/agent_checks.
NO_STATE = {
    ("description.as_json", "GET"): "a file for machines",
    ("description.show", "GET"): "for whoever writes software, not for people: tests/app/api/test_description.py",
    ("appointment.calendar", "GET"): "a file for the calendar",
    ("statistics.as_csv", "GET"): "a file for spreadsheets",
    ("statistics.as_json", "GET"): "a file for machines",
    ("well_known.icon", "GET"): "a picture, which browsers ask for by themselves",
    ("well_known.robots", "GET"): "a file for search engines",
    ("well_known.security", "GET"): "a file for whoever finds a hole",
}
NOT_SHOWN = {
    "errors/agent_link_over.html": "an agent's link: tests/journeys/test_signing_pages.py",
    "errors/not_allowed.html": "only agents are refused a page",
    "errors/not_in_support.html": "only agents are refused a page",
    "errors/seal_lost.html": "agents alone open what is sealed: tests/app/test_changed_key.py",
    "errors/refused.html": "for people every refusal has words of its own, on the page they were on",
    "errors/too_many.html": "for people the page they were on says so, with what to do meanwhile",
    "errors/too_late.html": "for people the appointment itself is shown, as it stands",
}
# What the checker says and we know better; each with its reason.
KNOWN_BETTER: dict[str, str] = {}


@pytest.fixture(scope="module")
def everything(reached: Reached) -> Reached:
    for state in STATES:
        reached.page(state, FRENCH)
    return reached


def test_names_are_told_apart() -> None:
    names = [one.name for one in STATES]
    assert len(names) == len(set(names))


def test_every_public_address_is_visited(everything: Reached) -> None:
    missing = addresses(everything.flask) - everything.visited - set(NO_STATE)
    assert not missing, f"add a line to tests/public_checks/states.py: {sorted(missing)}"
    assert set(NO_STATE) <= addresses(everything.flask) - everything.visited, "an exception that is none any more"


def test_every_page_of_people_is_shown(everything: Reached) -> None:
    """Those in frames of their own; what is included or imported comes with them."""
    pages = {
        name
        for name in PAGES
        if name.startswith(("public/", "errors/")) and "{% extends" in (FOLDER / name).read_text()
    }
    missing = pages - everything.shown - set(NOT_SHOWN)
    assert not missing, f"add a line to tests/public_checks/states.py: {sorted(missing)}"
    assert set(NOT_SHOWN) <= pages - everything.shown, "an exception that is none any more"


def addresses(flask: Flask) -> set[tuple[str, str]]:
    """Endpoint and method of everything that anyone may open, but for the way in of agents."""
    return {
        (rule.endpoint, method)
        for rule in flask.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if getattr(flask.view_functions[rule.endpoint], ACCESS, "") == "public" and not rule.rule.startswith("/agents/")
    }


def test_every_state_is_correct_html(reached: Reached, tmp_path: Path) -> None:
    """No error and no warning; the page that is wrong on purpose is told, so the checker did look."""
    for language in READ:
        for state in STATES:
            (tmp_path / f"{language}-{state.name}.html").write_text(reached.page(state, language).html)
    (tmp_path / WRONG.name).write_text(WRONG.read_text())
    said = html_checker.check(tmp_path)
    of_ours = [one for one in said if not one["url"].endswith(WRONG.name) and one["message"] not in KNOWN_BETTER]
    assert not of_ours, "\n".join(f"{one['url']}: {one['message']} {one.get('extract', '')}" for one in of_ours)
    assert any("alt" in one["message"] for one in said)
