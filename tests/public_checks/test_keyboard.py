"""From the link to a booked appointment with the keyboard alone, on a real installation, in French and in Arabic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from app.clock import utc_now
from invitations.codes import Codes
from invitations.database import Database
from notifications.languages import LANGUAGES
from tests.app.town import Town
from tests.browser import FRENCH, Installation
from tests.public_checks.states import READ

pytestmark = pytest.mark.journey

# More presses than any of these pages has stops: whoever needs more is lost.
STOPS = 40
HERE = "document.activeElement"


@pytest.fixture
def town(live_server: Installation) -> Iterator[Town]:
    database = Database(live_server.database_url)
    made = Town(database, utc_now(), Codes(live_server.env["SECRET_KEY"]))
    with made.changing() as world:
        world.session.merge(world.opening).starts_on = utc_now().date() - timedelta(days=30)
    yield made
    database.engine.dispose()


def test_no_pointer_is_needed_from_the_link_to_the_appointment(
    town: Town, live_server: Installation, browser: Browser
) -> None:
    """The page is chosen by Tab, arrows, Space and Enter, and the language of the link stays to the end."""
    for language in READ:
        with browser.new_context(**FRENCH, viewport={"width": 1280, "height": 800}) as context:  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(f"{live_server.base_url}{town.invite()}?langue={language}")
            skip_what_is_above(page)
            choose_the_third_time(page)
            to(page, "main form[method=post] button")
            page.keyboard.press("Enter")
            page.wait_for_url("**/r/*")
            assert page.evaluate("document.documentElement.lang") == LANGUAGES[language].html
    assert len(town.appointments()) == len(READ)


def skip_what_is_above(page: Page) -> None:
    """The first stop leads past the languages, and is seen while it has the focus."""
    page.keyboard.press("Tab")
    assert page.evaluate(f"{HERE}.matches('.skip') && {HERE}.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{HERE}.closest('main') !== null")


def choose_the_third_time(page: Page) -> None:
    """Times of every day are one group: one stop, arrows within. Enter goes on, as the button does."""
    to(page, "[name=creneau]")
    for key in ("Space", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    chosen = "[...document.querySelectorAll('[name=creneau]')].findIndex((one) => one.checked)"
    assert page.evaluate(chosen) == 2
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirmer?*")


def to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, and see that it shows."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if page.evaluate(f"{HERE}.matches({selector!r})"):
            assert page.evaluate(f"{HERE}.matches(':focus-visible')")
            return
    raise AssertionError(f"no way to {selector} with Tab")
