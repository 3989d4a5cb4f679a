"""Read-aloud in a real Chromium. It has no voice here, so the browser is given some: what is tested is our script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.clock import utc_now
from invitations.codes import Codes
from invitations.database import Database
from tests.app.town import Town
from tests.browser import FRENCH, PHONE, Installation, shoot

pytestmark = pytest.mark.journey

# The parts of the Web Speech API that the script uses; `hear` puts voices in, `spoken` is what was said.
VOICES = """
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }
const voices = [], spoken = []
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => voices,
  speak: (one) => spoken.push(one),
  cancel: () => { spoken.length = 0 },
  get pending() { return spoken.some((one) => !one.isOver) },
} })
window.hear = (lang, localService) => { voices.push({ lang, localService }); speechSynthesis.onvoiceschanged() }
window.spoken = spoken
window.finish = () => spoken.forEach((one) => { one.isOver = true; one.onend() })
"""


@pytest.fixture
def path(live_server: Installation) -> Iterator[str]:
    """The page of an invitation, its address whole."""
    database = Database(live_server.database_url)
    town = Town(database, utc_now(), Codes(live_server.env["SECRET_KEY"]))
    yield live_server.base_url + town.invite()
    database.engine.dispose()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(**FRENCH, **PHONE)  # type: ignore[arg-type]
    context.add_init_script(VOICES)
    opened = context.new_page()
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    opened.on("console", lambda message: pytest.fail(message.text))  # the content policy would say so there
    yield opened
    context.close()


def test_the_page_is_read_aloud_and_stops_when_asked(page: Page, path: str) -> None:
    page.goto(path)
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    listen, stop = (page.get_by_role("button", name=words) for words in ("Écouter cette page", "Arrêter la lecture"))
    expect(listen).to_be_hidden()  # no voice at all
    page.evaluate("hear('en-GB', true)")
    expect(listen).to_be_hidden()
    page.evaluate("hear('fr-FR', false)")
    expect(listen).to_be_hidden()  # a voice that sends the words of the page to somebody
    page.evaluate("hear('fr_FR', true)")
    expect(listen).to_be_visible()
    shoot(page, "public-listen")
    listen.tap()
    said = "\n".join(page.evaluate("spoken.map((one) => one.text)"))
    assert "Choisissez votre rendez-vous" in said
    assert "Pour faire le point ensemble sur votre situation." in said
    assert "Valence · Maison des solidarités" in said
    assert {tuple(one) for one in page.evaluate("spoken.map((one) => [one.lang, one.voice.lang])")} == {("fr", "fr_FR")}
    stop.tap()
    assert page.evaluate("spoken.length") == 0
    listen.tap()
    page.evaluate("finish()")
    expect(listen).to_be_visible()
    assert asked_for == []


def test_another_language_wants_a_voice_of_its_own(page: Page, path: str) -> None:
    page.goto(f"{path}?langue=prs")
    button = page.locator("[data-listen]")
    page.evaluate("hear('fr-FR', true)")
    expect(button).to_be_hidden()
    page.evaluate("hear('fa-IR', true)")
    expect(button).to_be_visible()
    button.tap()
    assert set(page.evaluate("spoken.map((one) => one.lang)")) == {"fa-AF"}
