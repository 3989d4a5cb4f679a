"""The imports' pages in each of their states: axe finds nothing to say, nothing hangs over the edge at 200 % of zoom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.acts import import_lists
from invitations.database import Database
from tests import npm
from tests.app.team import Team
from tests.browser import FRENCH, shoot
from tests.conftest import Clock
from tests.invitations.lists import csv
from tests.public_checks.window import AXE, RUN_AXE, TAGS, Quiet

pytestmark = pytest.mark.journey

HEADER = "Nom;Prénom;ID IODAS;Tél;Mail;Date de naissance;N° CAF;Rôle;Revenus"
ROWS = (
    "Bernard;Inès;;0639980001;ines@example.fr;02/03/1985;;;1200",
    "Roux;;12;06 39;anaïs@example.fr;31/02/1980;QK4711Z;dem;",
    "Kaya;Mehmet;;;;01/01/1970;;;",
    "Sow;Awa;14;06 39 98 00 04;awa@exemple;1980-04-05;0QK4712;cjt;",
    "Sow;Awa;14;06 39 98 00 09;;1980-04-05;0QK4712;cjt;",
    "Diallo;Fatou;15;06 39 98 00 15;fatou@example.fr;05/06/1990;;;",
)
WIDTHS = (640, 1280)  # 1280 px at 200 % of zoom are 640


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    for day in (2, 3):
        made.person(phone="+33639980001", birth_on=date(1985, 3, day), email=f"ines{day}@example.fr")
    return made


@pytest.fixture
def page(browser: Browser, team: Team, flask_app: Flask) -> Iterator[Page]:
    cookie = team.browser(flask_app).get_cookie("rdv")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, flask_app, threaded=True, request_handler=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(**FRENCH, base_url=here, viewport={"width": 1280, "height": 900})  # type: ignore[arg-type]
    context.add_cookies([{"name": "rdv", "value": cookie.value, "url": here}])
    yield context.new_page()
    context.close()
    server.shutdown()
    server.server_close()


def choose(page: Page, content: bytes, filename: str = "liste.csv") -> None:
    page.goto("/agents/imports")
    page.get_by_label("Fichier").set_input_files({"name": filename, "mimeType": "text/csv", "buffer": content})
    with page.expect_navigation():
        page.get_by_role("button", name="Voir ce que contient le fichier").click()


def look(page: Page, name: str) -> None:
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, width)
    page.evaluate(npm.file_of(*AXE).read_text())
    assert page.evaluate(RUN_AXE, [TAGS, []]) == [], name
    shoot(page, f"imports-{name}")


def test_every_state_of_an_import_is_quiet_and_fits(page: Page, flask_app: Flask) -> None:
    runtime = flask_app.extensions["rdv"]
    page.goto("/agents/imports")
    look(page, "empty")
    choose(page, csv("Patronyme;Petit nom;Tél", "Roux;Ana;0639980001"))
    look(page, "unknown")
    page.get_by_label("Patronyme").select_option(label="nom")
    page.get_by_label("Petit nom").select_option(label="prénom")
    page.get_by_label("Fichier").set_input_files(
        {"name": "liste.csv", "mimeType": "text/csv", "buffer": csv("Patronyme;Petit nom;Tél", "Roux;Ana;0639980001")}
    )
    page.get_by_role("button", name="Voir ce que contient le fichier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 personne à créer")
    choose(page, csv(HEADER, *ROWS))
    look(page, "preview")
    page.get_by_role("button", name="C’est une autre personne (ligne 2)").click()
    expect(page.get_by_text("Décidé : c’est une autre personne.")).to_be_visible()
    look(page, "decided")
    page.get_by_role("button", name="Enregistrer 2 personnes").click()
    expect(page.get_by_text("C’est enregistré")).to_be_visible()
    look(page, "saved")
    page.get_by_role("button", name="Annuler l’import de 6 lignes").click()
    expect(page.get_by_text("L’import est annulé")).to_be_visible()
    look(page, "undone")
    choose(page, csv(HEADER, *(f"Nom{n};Ana;{n};;;;;;" for n in range(1, 1_002))))
    turns = iter([False, False, True])
    import_lists(runtime, lambda: next(turns))
    expect(page.get_by_text("500 sur 1001 lignes")).to_be_visible()  # by itself
    look(page, "progress")
    import_lists(runtime)
    expect(page.get_by_role("button", name="Enregistrer 1001 personnes")).to_be_visible()
    page.goto("/agents/imports")
    look(page, "history")
