"""The agents' side on narrow screens and wide ones: nothing hangs over the edge, and axe finds nothing to say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from invitations import monitoring
from invitations.database import Database
from invitations.models import AgentRole, Channel, ProviderState, Role
from notifications.senders import Reason
from tests import npm
from tests.app.team import Team, owe
from tests.browser import FRENCH, shoot
from tests.conftest import Clock
from tests.public_checks.window import AXE, RUN_AXE, TAGS, Quiet

pytestmark = pytest.mark.journey

PAGES = ("/agents/", "/agents/etat", "/agents/messages", "/agents/reglages/envois")
# How far the page can be pushed sideways, and what stands beyond the edge in the bar on top.
BEYOND = """() => [document.documentElement.scrollWidth - innerWidth,
  [...document.querySelectorAll(".topbar *")].filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth)
    .map((one) => one.className || one.tagName)]"""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def busy(team: Team, flask_app: Flask) -> Iterator[tuple[str, str]]:
    """The address of a busy installation, and the cookie of an administrator with long names all around."""
    with team.changing() as world:
        monitoring.beat(world.session, "here:1", now=world.now)
        admin = world.make_agent(role=Role.ADMIN, first_name="Marie-Christine", last_name="Delorme-Vandenbroucke")
        other = world.make_organisation(name="Association d’insertion du Tricastin et des Baronnies")
        world.add(AgentRole(agent_id=admin.id, organisation_id=other.id, role=Role.ADMIN))
        world.add(
            ProviderState(
                channel=Channel.SMS,
                failures=9,
                opened_at=world.now - timedelta(hours=2),
                next_try_at=world.now + timedelta(minutes=2),
                error_reason=Reason.OUR_ACCOUNT,
                error_code="20003",
            )
        )
        for organisation in (world.organisation, other):
            owe(world, organisation_id=organisation.id, due_at=world.now - timedelta(hours=1))
    cookie = team.browser(flask_app, admin).get_cookie("rdv")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, flask_app, threaded=True, request_handler=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", cookie.value
    server.shutdown()
    server.server_close()


@contextmanager
def signed_in(browser: Browser, busy: tuple[str, str]) -> Iterator[Page]:
    here, cookie = busy
    context = browser.new_context(**FRENCH, base_url=here)  # type: ignore[arg-type]
    context.add_cookies([{"name": "rdv", "value": cookie, "url": here}])
    yield context.new_page()
    context.close()


def test_nothing_hangs_over_the_edge_and_axe_is_silent(browser: Browser, busy: tuple[str, str]) -> None:
    axe = npm.file_of(*AXE).read_text()
    with signed_in(browser, busy) as page:
        for path in PAGES:
            for width in (320, 360, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(path)
                assert page.evaluate(BEYOND) == [0, []], (path, width)
            page.evaluate(axe)
            assert page.evaluate(RUN_AXE, [TAGS, []]) == [], path
            shoot(page, f"agents-{path.strip('/').replace('/', '-')}")


@pytest.mark.parametrize("width", [320, 360])
def test_the_list_of_organisations_opens_inside_the_screen(browser: Browser, busy: tuple[str, str], width: int) -> None:
    with signed_in(browser, busy) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/agents/etat")
        page.locator(".switch summary").click()
        assert page.evaluate(BEYOND) == [0, []]
        box = page.locator(".switch-list").bounding_box()
        below = page.locator(".switch summary").bounding_box()
        assert box is not None
        assert below is not None
        assert box["x"] >= 0
        assert box["y"] >= below["y"] + below["height"] - 1
        shoot(page, f"agents-organisations-{width}")
