"""The three commonest tasks of an agent by keyboard alone: what comes next is reached with Tab, and seen when it has the focus."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from invitations.database import Database
from invitations.models import Beneficiary, FollowUp, Invitation, Outcome, Participation
from tests.app import team as at_work
from tests.app.team import Team
from tests.browser import DESK, FRENCH
from tests.conftest import NOW, Clock
from tests.public_checks.window import Quiet

pytestmark = pytest.mark.journey

# More presses than any of these pages has stops before what is looked for: whoever needs more is lost.
STOPS = 60
HERE = "document.activeElement"
PATIENCE_MS, LOOK_MS = 30_000, 50
# In the window, and not under the bar that sticks to its bottom.
SEEN = f"""(() => {{
  const box = {HERE}.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {HERE}.matches(":focus-visible") && ({HERE}.contains(top) || {HERE}.closest("label")?.contains(top));
}})()"""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def page(team: Team, flask_app: Flask, browser: Browser) -> Iterator[Page]:
    """An agent's first page, in a browser without a pointer."""
    cookie = team.browser(flask_app).get_cookie("rdv")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, flask_app, threaded=True, request_handler=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}"
    with browser.new_context(**FRENCH, **DESK, base_url=here) as context:  # type: ignore[arg-type]
        context.add_cookies([{"name": "rdv", "value": cookie.value, "url": here}])
        opened = context.new_page()
        opened.goto("/agents/")
        yield opened
    server.shutdown()
    server.server_close()


def to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, and seen; raises TimeoutError when it stays hidden."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if page.evaluate(f"{HERE}.matches({selector!r})"):
            until_seen(page)
            return
    raise AssertionError(f"no way to {selector} with Tab")


def until_seen(page: Page) -> None:
    """It is scrolled to once the page is laid out, a moment after it has the focus. (`wait_for_function` looks a second time
    by `eval`, which our pages forbid.)"""
    for _ in range(PATIENCE_MS // LOOK_MS):
        if page.evaluate(SEEN):
            return
        page.wait_for_timeout(LOOK_MS)
    raise TimeoutError(page.evaluate(f"{HERE}.outerHTML"))


def follow(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, then Enter, and wait for the page it opens."""
    to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_outcomes_are_noted_by_keyboard(team: Team, page: Page) -> None:
    """All came, but one: the button of the one is the next thing after what was said of all."""
    with team.changing() as world:
        met = [at_work.expect(world, NOW - timedelta(hours=hours)) for hours in (2, 1)]
    follow(page, ".menu a[href$='/journee']")
    follow(page, "form[action*='tous-venus'] button")
    expect(page.locator("button[aria-pressed=true]")).to_have_count(2)
    to(page, f"#p{met[1].id} button[value=noshow]")
    page.keyboard.press("Enter")
    expect(page.locator(f"#p{met[1].id} button[value=noshow]")).to_have_attribute("aria-pressed", "true")
    with team.database.reading() as session:
        found = [session.get_one(Participation, one.id).outcome for one in met]
    assert found == [Outcome.SEEN, Outcome.NOSHOW]


def test_a_selection_is_invited_by_keyboard(team: Team, page: Page) -> None:
    """Two of three people, ticked with the space bar; what leaves is shown before it does."""
    with team.changing() as world:
        for name in ("Arnaud", "Benali", "Chevalier"):
            world.make_follow_up(world.make_beneficiary(last_name=name))
    follow(page, ".menu a[href$='/personnes']")
    for _ in range(2):
        to(page, "tbody input[name=personne]")
        page.keyboard.press("Space")
    follow(page, ".bar .button-main")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 invitations prêtes")
    follow(page, "#envoi .button-main")
    with team.database.reading() as session:
        names = session.scalars(
            select(Beneficiary.last_name).join(FollowUp).join(Invitation).order_by(Beneficiary.last_name)
        )
        assert list(names) == ["Arnaud", "Benali"]


def test_a_caller_is_booked_by_keyboard(team: Team, page: Page) -> None:
    """ "/" and a name open the person; the arrows choose among the times."""
    with team.changing() as world:
        world.make_follow_up(world.make_beneficiary(last_name="Zola", search_key="ines zola"))
        world.make_follow_up(world.make_beneficiary(last_name="Arnaud", search_key="ines arnaud"))
    page.keyboard.press("/")
    page.keyboard.type("zola")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Inès Zola")
    follow(page, "a[href$='/reserver']")
    to(page, "[name=creneau]")
    for key in ("Space", "ArrowDown"):
        page.keyboard.press(key)
    follow(page, ".button-main")
    with team.database.reading() as session:
        booked = session.scalars(select(Participation)).one()
        assert booked.beneficiary.last_name == "Zola"
        assert booked.appointment.starts_at > NOW
