"""What a piece of work costs: clicks and keys counted in a real Chromium, against the table of product.md.

`Effort` counts what the page receives. What a dialogue of the operating system takes is added by hand: choosing a file, one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.clock import utc_now
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Beneficiary, Invitation, Outcome, Participation
from invitations.signing_in import hash_password
from tests.app.team import expect as expect_somebody
from tests.app.town import Town
from tests.browser import Installation
from tests.invitations.lists import csv

pytestmark = pytest.mark.journey

PASSWORD = "une phrase de passe pour l'essai"
# Counted in the page, across its navigations.
COUNTING = """
for (const kind of ["click", "keydown"])
  addEventListener(kind, (event) => {
    if (!event.isTrusted) return;
    sessionStorage.setItem(kind, Number(sessionStorage.getItem(kind) || 0) + 1);
  }, true);
"""


@dataclass
class Effort:
    """The clicks and keys that a page has received since `begin`."""

    page: Page

    def begin(self) -> None:
        self.page.evaluate("sessionStorage.clear()")

    @property
    def clicks(self) -> int:
        return self._counted("click")

    @property
    def keys(self) -> int:
        return self._counted("keydown")

    def _counted(self, kind: str) -> int:
        return int(self.page.evaluate(f"Number(sessionStorage.getItem('{kind}') || 0)"))


@pytest.fixture
def town(live_server: Installation) -> Iterator[Town]:
    """One agent who can sign in, in the installation that answers."""
    database = Database(live_server.database_url)
    made = Town(database, utc_now(), Codes(live_server.env["SECRET_KEY"]))
    with made.changing() as world:
        world.session.merge(world.agent).password_hash = hash_password(PASSWORD)
    yield made
    database.engine.dispose()


@pytest.fixture
def effort(town: Town, live_server: Installation, desk: Page) -> Effort:
    """Signed in, on the first page, nothing counted yet."""
    desk.add_init_script(COUNTING)
    desk.goto(f"{live_server.base_url}/agents/connexion")
    desk.get_by_label("Adresse").fill(town.world.agent.email)
    desk.get_by_label("Mot de passe").fill(PASSWORD)
    desk.get_by_role("button", name="Se connecter").click()
    desk.wait_for_url("**/agents/")
    made = Effort(desk)
    made.begin()
    return made


def test_six_hundred_rows_come_in_with_six_clicks_and_within_thirty_seconds(effort: Effort, town: Town) -> None:
    rows = [f"Nom{n};Ana;{n};06 39 98 {n // 100:02d} {n % 100:02d};p{n}@example.fr" for n in range(1, 601)]
    content = csv("Nom;Prénom;ID IODAS;Tél;Mail", *rows)
    page, began = effort.page, time.monotonic()
    page.get_by_role("link", name="Personnes").click()
    page.get_by_role("link", name="Importer une liste").first.click()
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Fichier").click()
    chooser.value.set_files({"name": "liste.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Voir ce que contient le fichier").click()
    page.get_by_role("button", name="Enregistrer 600 personnes").click()
    expect(page.get_by_text("C’est enregistré")).to_be_visible()
    lasted = time.monotonic() - began
    in_the_dialogue = 1
    assert effort.clicks + in_the_dialogue <= 6
    assert effort.keys == 0
    assert lasted < 30
    with town.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 600


def yesterdays_twelve(effort: Effort, town: Town) -> Page:
    """Twelve people were expected yesterday; the first page tells of it, nothing counted yet."""
    morning = (town.now - timedelta(days=1)).astimezone(town.world.department.zone).replace(hour=8, minute=0, second=0)
    with town.changing() as world:
        for number in range(12):
            expect_somebody(world, morning + timedelta(minutes=45 * number))
    effort.page.reload()
    effort.begin()
    effort.page.get_by_role("link", name="Noter").click()
    return effort.page


def tap(page: Page, place: int, said: str) -> None:
    line = page.locator("tr.day-line").nth(place)
    line.get_by_role("button", name=said).click()
    expect(line.locator('[aria-pressed="true"]')).to_contain_text(said)


def outcomes_of(town: Town) -> Counter[Outcome]:
    with town.database.reading() as session:
        return Counter(session.scalars(select(Participation.outcome)))


def test_twelve_outcomes_one_by_one_take_fourteen_clicks_at_most(effort: Effort, town: Town) -> None:
    page = yesterdays_twelve(effort, town)
    for place in range(12):
        tap(page, place, ("Venu", "Absent", "Excusé")[place % 3])
    assert effort.clicks <= 14
    assert effort.keys == 0
    assert outcomes_of(town) == {Outcome.SEEN: 4, Outcome.NOSHOW: 4, Outcome.EXCUSED: 4}


def test_everybody_came_but_two_takes_four_clicks(effort: Effort, town: Town) -> None:
    page = yesterdays_twelve(effort, town)
    with page.expect_navigation():
        page.get_by_role("button", name="Tout le monde est venu").click()
    tap(page, 3, "Absent")
    tap(page, 7, "Excusé")
    assert (effort.clicks, effort.keys) == (4, 0)
    assert outcomes_of(town) == {Outcome.SEEN: 10, Outcome.NOSHOW: 1, Outcome.EXCUSED: 1}


def test_a_batch_leaves_two_clicks_after_the_first_page_s_offer(effort: Effort, town: Town) -> None:
    """The list opens with the people chosen; one click shows the preview, one sends. It can be taken back for ten minutes."""
    with town.changing() as world:
        for _ in range(8):
            world.make_follow_up(world.make_beneficiary())
    page = effort.page
    page.reload()
    with page.expect_navigation():
        page.get_by_role("link", name="Inviter 8").click()
    effort.begin()
    page.get_by_role("button", name="Préparer les invitations").click()
    page.get_by_role("button", name="Envoyer 8 invitations").click()
    expect(page.get_by_role("button", name="Annuler cet envoi")).to_be_visible()
    assert (effort.clicks, effort.keys) == (2, 0)
    with town.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Invitation)) == 8


def test_a_caller_is_booked_in_five_clicks_from_anywhere(effort: Effort, town: Town) -> None:
    """Searched by number, as it is heard on the telephone, then booked together."""
    with town.changing() as world:
        follow_up = world.make_follow_up(
            world.make_beneficiary(first_name="Inès", last_name="Bernard", search_key="ines bernard 0639980042")
        )
    page, began = effort.page, time.monotonic()
    page.keyboard.press("/")
    page.keyboard.type("06 39 98 00 42")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Réserver avec la personne").click()
    page.locator("label.chip").first.click()
    page.get_by_role("button", name="Réserver ce rendez-vous").click()
    expect(page.get_by_text("Le rendez-vous est réservé")).to_be_visible()
    assert effort.clicks <= 5
    assert time.monotonic() - began < 60
    with town.database.reading() as session:
        assert session.scalar(select(func.count()).where(Participation.follow_up_id == follow_up.id)) == 1
