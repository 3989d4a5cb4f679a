"""Every agents' page, of a team at work and of one that begins: axe is silent, it fits, it works by keyboard.

The pages are those of tests/app/walk.txt: a new route without a row there fails, and with one is looked at here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.settings import Settings
from invitations.database import Database
from notifications.senders import Senders
from tests import npm
from tests.agent_checks.office import Office, Page, pages
from tests.app.team import Team
from tests.applications import Applications
from tests.conftest import SECRET as KEY
from tests.conftest import Clock
from tests.fakes import RememberingEmail, RememberingSms
from tests.public_checks.window import AXE, TAGS, Window

pytestmark = pytest.mark.journey

DESK = {"width": 1280, "height": 900}
# What is left of 1280 px when everything is twice as large.
TWICE_AS_LARGE = {"width": 640, "height": 450}
# How far the page can be pushed sideways, and what can't be reached by it: in a table that slides by itself, it can.
BEYOND = """() => {
  const room = document.documentElement.clientWidth;
  const slides = (one) => one && (/auto|scroll/.test(getComputedStyle(one).overflowX) || slides(one.parentElement));
  const isOut = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen, .skip")
    && one.getBoundingClientRect().right > room + 1 && !slides(one.parentElement);
  const pushed = document.documentElement.scrollWidth - room;
  return [...(pushed > 0 ? [`can be pushed ${pushed} px`] : []),
    ...[...document.querySelectorAll("body *")].filter(isOut).map((one) => `hangs over: ${one.outerHTML.slice(0, 90)}`)];
}"""
FROM_THE_TOP = "document.body.tabIndex = -1, document.body.focus(), document.body.removeAttribute('tabindex')"
SKIPS = "document.activeElement.matches('.skip') && document.activeElement.getBoundingClientRect().top >= 0"


@pytest.fixture(scope="module")
def office(
    applications: Applications, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    clock = Clock()
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('office') / 'rdv.db')}"
    senders = Senders(sms=RememberingSms(), email=RememberingEmail())
    with applications.lend(Settings(database_url=url, secret_key=KEY), clock=clock, senders=senders) as flask:
        flask.config["TESTING"] = True
        flask.config["WTF_CSRF_ENABLED"] = False
        team = Team(Database(url), clock())
        yield Office(flask, team)
        team.database.engine.dispose()


@pytest.fixture(scope="module")
def window(browser: Browser, office: Office) -> Iterator[Window]:
    try:
        axe = npm.file_of(*AXE).read_text()
    except npm.NoNpm as why:
        npm.skip_or_fail(why)
        raise
    with Window.on(browser, office.flask, axe) as made:
        yield made


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.name)
def test_everyone_of_the_team_can_use_it(office: Office, window: Window, page: Page) -> None:
    answer = office.answer(page)
    assert "text/html" in answer.headers["Content-Type"]
    window.open(answer, size=DESK)
    window.shoot(f"agents/{page.name}")
    faults = [f"{name}: {found}" for name, look in LOOKS.items() for found in look(window)]
    assert not faults, "\n".join(faults)
    assert not window.refused, f"the browser complains: {window.refused}"


def axe(window: Window) -> list[str]:
    """With everything unfolded: what is hidden is not looked at."""
    window.ask("unfold()")
    return window.axe(tags=TAGS, rules=[])


def twice_as_large(window: Window) -> list[str]:
    window.page.set_viewport_size(TWICE_AS_LARGE)  # type: ignore[arg-type]
    return beyond(window)


def beyond(window: Window) -> list[str]:
    found: list[str] = window.page.evaluate(BEYOND)
    return found


def skip(window: Window) -> list[str]:
    """The first stop leads past the menu, and is seen while it has the focus."""
    window.page.evaluate(FROM_THE_TOP)
    window.page.keyboard.press("Tab")
    return [] if window.page.evaluate(SKIPS) else ["the first stop does not lead to the content"]


# In this order: the page as it opens, then by keyboard, then unfolded, then narrow.
LOOKS = {
    "stands": lambda window: window.ask("stands()"),
    "1280 px": beyond,
    "skip": skip,
    "focus": lambda window: window.ask("focus()"),
    "axe": axe,
    "200 %": twice_as_large,
}
