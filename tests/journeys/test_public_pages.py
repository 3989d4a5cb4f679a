"""The person's pages in a real Chromium, phone-sized, without JavaScript: taps, bytes, keyboard.

What each state of each page must be is in tests/public_checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from app.clock import utc_now
from invitations.codes import Codes
from invitations.database import Database
from notifications.languages import LANGUAGES
from tests.app.town import Town
from tests.browser import FRENCH, PHONE, Installation, shoot

pytestmark = pytest.mark.journey

FIRST_PAGE = 30_000  # bytes on the wire, with the style
JOURNEY = 100_000
REQUESTS = 6


@dataclass
class Wire:
    """What went over the network for a page, headers included; what the browser had kept does not count."""

    page: Page
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("response", lambda response: self.responses.append(response))

    @property
    def seen(self) -> list[tuple[str, int]]:
        """Address and bytes of each; asked for late, when what is still on its way has arrived."""
        sizes = [(one.url, one.request.sizes()) for one in self.responses if not one.url.startswith("data:")]
        return [
            (url, size["responseBodySize"] + size["responseHeadersSize"])
            for url, size in sizes
            if size["responseBodySize"] >= 0
        ]

    @property
    def bytes(self) -> int:
        return sum(length for _, length in self.seen)


@pytest.fixture
def town(live_server: Installation) -> Iterator[Town]:
    """Three places, the nearest with morning and afternoon times, in the installation that answers."""
    database = Database(live_server.database_url)
    made = Town(database, utc_now(), Codes(live_server.env["SECRET_KEY"]))
    with made.changing() as world:
        began = utc_now().date() - timedelta(days=30)
        world.session.merge(world.opening).starts_on = began
        romans = world.make_place(
            name="Centre social", city="Romans-sur-Isère", commune_insee="26281", latitude=45.0456, longitude=5.0525
        )
        other = world.make_agent(display_name="M. Faure").id
        world.make_opening(starts_on=began, starts_at_time=time(14), ends_at_time=time(17))
        world.make_opening(starts_on=began, agent_id=other, place_id=romans.id)
    yield made
    database.engine.dispose()


def test_from_the_link_to_a_booked_appointment(town: Town, live_server: Installation, phone: Page) -> None:
    """Three taps and the link itself; 30 kB first, 100 kB and six requests in all; nothing from elsewhere."""
    wire = Wire(phone)
    phone.goto(live_server.base_url + town.invite(commune_insee="26362"))
    first_page = wire.bytes
    shoot(phone, "public-choose")
    phone.get_by_role("radio").nth(2).tap()
    phone.get_by_role("button", name="Continuer").tap()
    reads(phone, "Confirmez votre rendez-vous")
    shoot(phone, "public-confirm")
    phone.get_by_role("button", name="Confirmer ce rendez-vous").tap()
    reads(phone, "C’est noté")
    shoot(phone, "public-noted")
    assert 2_000 < first_page <= FIRST_PAGE
    assert wire.bytes <= JOURNEY
    assert len(wire.seen) <= REQUESTS
    assert {urlsplit(url).netloc for url, _ in wire.seen} == {urlsplit(live_server.base_url).netloc}
    assert phone.context.cookies() == []


def test_an_appointment_is_moved_then_cancelled_in_three_taps_each(
    town: Town, live_server: Installation, phone: Page
) -> None:
    book(phone, live_server.base_url + town.invite())
    before = phone.locator(".when").inner_text()
    phone.get_by_role("link", name="Changer").tap()
    reads(phone, "Changer de rendez-vous")
    shoot(phone, "public-change")
    phone.get_by_role("radio").nth(4).tap()
    phone.get_by_role("button", name="Prendre cet horaire").tap()
    expect(phone.locator(".when")).not_to_have_text(before)
    phone.get_by_role("link", name="Annuler").tap()
    reads(phone, "Annuler ce rendez-vous ?")
    shoot(phone, "public-cancel")
    phone.get_by_role("button", name="Annuler ce rendez-vous").tap()
    reads(phone, "Votre rendez-vous est annulé")
    shoot(phone, "public-cancelled")
    phone.get_by_role("button", name="Continuer").tap()  # the nearest free time is ready to be chosen
    reads(phone, "Confirmez votre rendez-vous")


def test_two_people_on_one_slot_and_the_back_button(town: Town, live_server: Installation, browser: Browser) -> None:
    first, second = (browser.new_context(**FRENCH, **PHONE, java_script_enabled=False).new_page() for _ in range(2))  # type: ignore[arg-type]
    for page in (first, second):
        page.goto(live_server.base_url + town.invite())
        page.get_by_role("radio").nth(2).tap()
        page.get_by_role("button", name="Continuer").tap()
    first.get_by_role("button", name="Confirmer ce rendez-vous").tap()
    reads(first, "C’est noté")
    second.get_by_role("button", name="Confirmer ce rendez-vous").tap()
    reads(second, "Quelqu’un vient de choisir ce créneau")
    shoot(second, "public-slot-taken")
    second.get_by_role("button", name="Continuer").first.tap()  # the nearest is ready to be taken
    second.get_by_role("button", name="Confirmer ce rendez-vous").tap()
    reads(second, "C’est noté")
    noted = first.url
    first.go_back()
    assert first.url == noted, "going back to the confirmation leads to the appointment that exists"
    assert len(town.appointments()) == 2
    for page in (first, second):
        page.context.close()


def test_calling_back_is_two_taps(town: Town, live_server: Installation, phone: Page) -> None:
    phone.goto(live_server.base_url + town.invite())
    phone.get_by_text("Aucun horaire ne me convient").tap()
    expect(phone.get_by_role("button", name="Demander un appel")).to_be_visible()
    shoot(phone, "public-call-me")
    phone.get_by_role("button", name="Demander un appel").tap()
    reads(phone, "C’est noté, nous vous appelons")


def test_the_keyboard_alone_is_enough(town: Town, live_server: Installation, browser: Browser) -> None:
    page = browser.new_context(**FRENCH, viewport={"width": 1280, "height": 800}).new_page()
    page.goto(live_server.base_url + town.invite(commune_insee="26362"))
    passed = []
    for _ in range(8 + len(LANGUAGES)):
        page.keyboard.press("Tab")
        passed.append(page.evaluate("document.activeElement.innerText || document.activeElement.name"))
    assert passed[0] == "Aller au contenu"
    assert passed[1 : 1 + len(LANGUAGES)] == [one.name for one in LANGUAGES.values()]
    places = passed[1 + len(LANGUAGES) : -3]
    assert [words.split("\n")[0] for words in places] == [
        "Valence · Maison des solidarités",
        "Plan",
        "Romans-sur-Isère · Centre social",
        "Plan",
    ]
    assert passed[-3:] == ["creneau", "Voir d’autres jours", "Continuer"]
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus is visible"
    for _ in range(2):
        page.keyboard.press("Shift+Tab")
    for key in ("Space", "ArrowRight"):  # one group of radio buttons across the days
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirmer?creneau=*")
    page.get_by_role("button", name="Confirmer ce rendez-vous").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/r/*")
    page.context.close()


def reads(page: Page, heading: str) -> None:
    """Wait until this is the page's heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def book(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("radio").nth(1).tap()
    page.get_by_role("button", name="Continuer").tap()
    page.get_by_role("button", name="Confirmer ce rendez-vous").tap()
    reads(page, "C’est noté")
