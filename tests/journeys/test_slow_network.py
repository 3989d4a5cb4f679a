"""A big département on a bad network: 400 kbit/s, 400 ms for each answer, a cheap phone, nothing kept from before.

What the network takes is arithmetic: two or three answers one after the other and 8 kB or so are 1.3 s; the limit is 3 s.
The rest of the machine's time is its own affair, and other tests share it: the fastest of eight tries counts, mostly the first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time as wall_time
from datetime import timedelta
from io import BytesIO
from random import Random
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, expect

from app.clock import utc_now
from invitations import department_logo
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Department, DepartmentLogo
from tests.app.town import Town
from tests.browser import FRENCH, PHONE, Installation, shoot
from tests.factories import World

pytestmark = pytest.mark.journey

PLACES, AGENTS = 20, 50
NETWORK = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
USABLE_IN = 3.0  # seconds
TRIES = 8
FIRST_PAGE = 30_000  # bytes on the wire, with style and logo
JOURNEY = 100_000
REQUESTS = 6
VALENCE = "26362"


@dataclass
class Wire:
    """What Chromium itself counts: the bytes that arrived, headers included, and the requests that left the phone."""

    bytes: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)  # Chromium's number of the request, its address
    kept: set[str] = field(default_factory=set)  # the numbers of those that the phone answered itself

    @property
    def addresses(self) -> list[str]:
        return [url for number, url in self.asked if number not in self.kept]

    def listen(self, session: CDPSession) -> None:
        session.on("Network.requestWillBeSent", self.ask)
        session.on("Network.requestServedFromCache", lambda event: self.kept.add(event["requestId"]))
        session.on("Network.responseReceived", self.hear)
        session.on("Network.loadingFinished", lambda event: self.arrive(event["encodedDataLength"]))

    def ask(self, event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:"):
            self.asked.append((event["requestId"], event["request"]["url"]))
            self.arrive(event.get("redirectResponse", {}).get("encodedDataLength", 0))

    def hear(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self.kept.add(event["requestId"])

    def arrive(self, length: float) -> None:
        self.bytes += round(length)


@pytest.fixture
def town(live_server: Installation) -> Iterator[Town]:
    """Twenty places with fifty agents who receive mornings and afternoons, and the heaviest logo that may be."""
    database = Database(live_server.database_url)
    made = Town(database, utc_now(), Codes(live_server.env["SECRET_KEY"]))
    with made.changing() as world:
        world.session.add(world.type)
        world.type.duration = timedelta(minutes=30)
        places = [world.place, *(world.make_place(name=f"Lieu {number}") for number in range(2, PLACES + 1))]
        for number in range(AGENTS):
            receive(world, places[number % PLACES].id)
        show_logo(world)
    yield made
    database.engine.dispose()


def receive(world: World, place_id: int) -> None:
    agent_id, began = world.make_agent().id, world.now.date() - timedelta(days=30)
    for starts, ends in ((wall_time(9), wall_time(12)), (wall_time(14), wall_time(17))):
        world.make_opening(
            agent_id=agent_id, place_id=place_id, starts_on=began, starts_at_time=starts, ends_at_time=ends
        )


def show_logo(world: World) -> None:
    """A photograph: noise that no compression makes small."""
    drawn = BytesIO()
    width, height = department_logo.BOX
    Image.frombytes("L", (width, height), Random(4).randbytes(width * height)).save(drawn, "PNG")
    logo = department_logo.read(drawn.getvalue())
    department = world.session.get_one(Department, world.department.id)
    department.logo_hash, department.logo_width, department.logo_height = logo.hash, logo.width, logo.height
    world.add(DepartmentLogo(department_id=department.id, content=logo.content))


@contextmanager
def slow_phone(browser: Browser) -> Iterator[tuple[Page, Wire]]:
    """A page on a phone that has kept nothing, runs no script, and has the network of a valley."""
    context = browser.new_context(**FRENCH, **PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page, wire = context.new_page(), Wire()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    wire.listen(session)
    yield page, wire
    context.close()


def seconds_until_usable(page: Page, address: str) -> float:
    """From the tap on the link until a time can be seen and tapped, and the page has its looks."""
    began = time.monotonic()
    page.goto(address, wait_until="domcontentloaded")
    page.locator(".day .chip").first.tap(trial=True)
    assert page.locator(".day .chip").first.bounding_box()["height"] >= 44  # type: ignore[index]  # it is visible
    return time.monotonic() - began


def test_the_first_page_can_be_used_within_three_seconds(
    town: Town, live_server: Installation, browser: Browser
) -> None:
    address = live_server.base_url + town.invite(commune_insee=VALENCE)
    tries = []
    for _ in range(TRIES):
        with slow_phone(browser) as (page, wire):
            tries.append(seconds_until_usable(page, address))
            page.wait_for_load_state("networkidle")
            shoot(page, "public-slow-network")
        assert kinds_of(wire) == ["css", "page", "png"], wire.addresses
        assert 6_000 < wire.bytes <= FIRST_PAGE
        if tries[-1] <= USABLE_IN:
            break
    assert min(tries) <= USABLE_IN, tries


def kinds_of(wire: Wire) -> list[str]:
    """What was fetched: the page, its style, its logo, and nothing else."""
    files = [url.split("?")[0].rsplit("/", 1)[-1].partition(".")[2] for url in wire.addresses]
    return sorted(one or "page" for one in files)


def test_the_whole_journey_is_light(town: Town, live_server: Installation, browser: Browser) -> None:
    with slow_phone(browser) as (page, wire):
        page.goto(live_server.base_url + town.invite(commune_insee=VALENCE))
        page.get_by_role("radio").nth(2).tap()
        page.get_by_role("button", name="Continuer").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("Confirmez votre rendez-vous")
        page.get_by_role("button", name="Confirmer ce rendez-vous").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("C’est noté")
        page.wait_for_load_state("networkidle")
    assert wire.bytes <= JOURNEY
    assert len(wire.addresses) <= REQUESTS, wire.addresses
