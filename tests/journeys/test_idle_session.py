"""A session that ends while somebody writes, in a real browser: told a minute before, and nothing that was written is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.settings import Settings
from invitations.database import Database
from invitations.models import Beneficiary, Department, Role
from invitations.signing_in import hash_password
from tests import npm
from tests.app.team import Team
from tests.browser import FRENCH, shoot
from tests.conftest import SECRET, Clock
from tests.postgres import free_port
from tests.public_checks.window import AXE, RUN_AXE, TAGS, Quiet

pytestmark = pytest.mark.journey

EMAIL, PASSWORD = "claire@drome.example", "valence et romans"
NEW = "/agents/personnes/nouvelle"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(database_url: str, port: int) -> Settings:
    return Settings(database_url=database_url, secret_key=SECRET, public_url=f"http://127.0.0.1:{port}")


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        world.agent = world.make_agent(email=EMAIL, password_hash=hash_password(PASSWORD), role=Role.ADMIN)
        world.session.get_one(Department, world.department.id).idle_minutes = 15
    return made


@pytest.fixture
def page(browser: Browser, team: Team, flask_app: Flask, port: int) -> Iterator[Page]:
    flask_app.config["WTF_CSRF_ENABLED"] = True
    server = make_server("127.0.0.1", port, flask_app, threaded=True, request_handler=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(
        **FRENCH,  # type: ignore[arg-type]
        base_url=f"http://127.0.0.1:{port}",
        viewport={"width": 1280, "height": 900},
    )
    made = context.new_page()
    made.clock.install()
    yield made
    context.close()
    server.shutdown()
    server.server_close()


def sign_in(page: Page) -> None:
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def look(page: Page, name: str) -> None:
    page.wait_for_load_state()
    page.evaluate(npm.file_of(*AXE).read_text())
    assert page.evaluate(RUN_AXE, [TAGS, []]) == [], name
    shoot(page, f"idle-{name}")


def pass_by(page: Page, clock: Clock, minutes: int) -> None:
    """On both sides: ours, and the browser's own timers, which are set once the page is there."""
    page.wait_for_load_state()
    clock.pass_by(timedelta(minutes=minutes))
    page.clock.fast_forward(minutes * 60_000)


def test_whoever_writes_is_warned_stays_and_loses_nothing(page: Page, team: Team, clock: Clock) -> None:
    page.goto(NEW)
    sign_in(page)
    warning = page.get_by_role("alert").filter(has_text="votre session se ferme")
    page.get_by_label("Nom", exact=True).fill("Bellini")
    expect(warning).to_be_hidden()
    pass_by(page, clock, 15)
    expect(warning).to_be_visible()
    look(page, "warning")
    page.get_by_role("button", name="Rester ici").click()
    expect(warning).to_be_hidden()
    pass_by(page, clock, 20)
    expect(page.get_by_role("alert").filter(has_text="Votre session est fermée")).to_be_visible()
    look(page, "over")
    page.get_by_label("Prénom", exact=True).fill("Inès")
    page.get_by_label("Téléphone", exact=True).fill("06 39 98 00 12")
    page.get_by_role("button", name="Ajouter").click()
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que vous aviez écrit est là")
    look(page, "kept")
    page.get_by_role("button", name="Envoyer maintenant").click()
    expect(page.get_by_text("Inès Bellini est dans la liste.")).to_be_visible()
    with team.database.reading() as session:
        assert session.query(Beneficiary).filter_by(last_name="Bellini").count() == 1


def test_a_page_on_which_nobody_wrote_is_left_when_the_session_is_over(page: Page, clock: Clock) -> None:
    page.goto("/agents/moi")
    sign_in(page)
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    pass_by(page, clock, 20)
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    assert "suite=" in page.url
