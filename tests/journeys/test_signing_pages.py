"""Signing in with a passkey of a real browser; each page about access: axe finds nothing, nothing hangs over the edge."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.settings import Settings
from invitations.database import Database
from invitations.models import Agent, Role
from invitations.signing_in import hash_password
from tests import npm
from tests.app.team import Team
from tests.browser import FRENCH, shoot
from tests.conftest import SECRET, Clock
from tests.postgres import free_port
from tests.public_checks.window import AXE, RUN_AXE, TAGS, Quiet

pytestmark = pytest.mark.journey

EMAIL, PASSWORD = "claire@drome.example", "valence et romans"
WIDTHS = (640, 1280)  # 1280 px at 200 % of zoom are 640
KEY: dict[str, Any] = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(database_url: str, port: int) -> Settings:
    """A name, not a number: browsers make no passkeys for 127.0.0.1."""
    return Settings(database_url=database_url, secret_key=SECRET, public_url=f"http://localhost:{port}")


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        world.agent = world.make_agent(
            email=EMAIL, password_hash=hash_password(PASSWORD), role=Role.ADMIN, is_super=True
        )
    return made


@pytest.fixture
def page(browser: Browser, team: Team, flask_app: Flask, port: int) -> Iterator[Page]:
    server = make_server("127.0.0.1", port, flask_app, threaded=True, request_handler=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(
        **FRENCH,  # type: ignore[arg-type]
        base_url=f"http://localhost:{port}",
        viewport={"width": 1280, "height": 900},
    )
    made = context.new_page()
    yield made
    context.close()
    server.shutdown()
    server.server_close()


def sign_in(page: Page) -> None:
    page.goto("/agents/connexion")
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Se connecter", exact=True).click()


def sign_out(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Se déconnecter").click()


def look(page: Page, name: str) -> None:
    page.wait_for_load_state()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, width)
    page.evaluate(npm.file_of(*AXE).read_text())
    assert page.evaluate(RUN_AXE, [TAGS, []]) == [], name
    shoot(page, f"access-{name}")


def test_a_passkey_opens_the_account_without_a_password(page: Page, team: Team) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    authenticator = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    sign_in(page)
    page.goto("/agents/moi/securite/cles")
    look(page, "passkey")
    page.get_by_label("Nom de cette clé").fill("Ordinateur du bureau")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos dix codes de secours")
    look(page, "recovery-codes")
    page.goto("/agents/moi/securite")
    expect(page.get_by_text("Ordinateur du bureau", exact=False).first).to_be_visible()
    look(page, "security")
    sign_out(page)
    look(page, "sign-in")
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    sign_out(page)
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Deuxième étape")
    look(page, "second-step")
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    sign_out(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.get_by_text("La clé d’accès n’a pas répondu.")).to_be_visible()


def test_a_key_that_was_taken_away_opens_nothing(page: Page, team: Team) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    sign_in(page)
    page.goto("/agents/moi/securite/cles")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos dix codes de secours")
    page.goto("/agents/moi/securite")
    page.get_by_role("button", name="Retirer la clé").click()
    expect(page.get_by_text("La clé d’accès est retirée.")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.get_by_text("Cette clé d’accès n’a pas été reconnue.")).to_be_visible()


def test_the_pages_about_access_are_quiet_and_fit(page: Page, team: Team) -> None:
    with team.changing() as world:
        others = [
            world.make_agent(first_name="Alice", last_name="Durand", email="alice.durand@drome.example"),
            world.make_agent(first_name="Mehmet", last_name="Kaya", email="mehmet.kaya@drome.example", role=Role.ADMIN),
        ]
        world.session.get_one(Agent, others[0].id).roles[0].may_export = True
    sign_in(page)
    page.goto("/agents/reglages/collegues")
    look(page, "colleagues")
    page.get_by_label("Adresse électronique professionnelle").fill("lea.martin@drome.example")
    page.get_by_role("button", name="Envoyer l’invitation").click()
    expect(page.get_by_text("L’invitation part à")).to_be_visible()
    look(page, "colleagues-invited")
    page.goto(f"/agents/reglages/collegues/{others[0].id}")
    look(page, "colleague")
    page.goto("/agents/moi/securite")
    page.get_by_role("button", name="Installer les codes du téléphone").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Installer les codes du téléphone")
    look(page, "codes")
    page.goto("/agents/mot-de-passe-oublie")
    look(page, "forgotten")
    page.goto("/agents/mot-de-passe/inconnu")
    look(page, "link-over")
    page.goto("/agents/assistance")
    page.get_by_label("Adresse électronique").fill("alice.durand@drome.example")
    look(page, "support")
    page.get_by_label("Pourquoi").fill("Ne trouve plus ses créneaux")
    page.get_by_role("button", name="Voir comme cette personne").click()
    expect(page.get_by_text("Vous voyez le logiciel comme Alice Durand")).to_be_visible()
    look(page, "support-banner")
    page.get_by_role("button", name="Revenir à mon compte").click()
    expect(page.get_by_text("Vous êtes de retour dans votre compte.")).to_be_visible()
    look(page, "support-after")
