"""The newcomer's walk of the README, done as written: the demonstration, a phone, the mailbox, an agent's desk.

Keeps a screenshot of each step; RDV_SCREENSHOTS=1 makes those of the README.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import ROOT, shoot
from tests.postgres import free_port

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """`make run`'s own command, in a folder of its own; what a script would read from demo.json."""
    folder = tmp_path_factory.mktemp("demo")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PORT": str(free_port())}
    command = [sys.executable, "-m", "app.commands", "demo", "--folder", str(folder)]
    with (folder / "printed").open("wb") as printed:
        started = subprocess.Popen(command, env=env, cwd=ROOT, stdout=printed, stderr=printed)
    try:
        yield written(folder / "demo.json", started)
    finally:
        started.terminate()
        assert started.wait(60) == 0, "told to stop, it stops, and well"


def written(path: Path, started: subprocess.Popen[bytes]) -> dict[str, str]:
    for _ in range(600):
        if path.exists() and path.read_text().endswith("}\n"):
            return dict(json.loads(path.read_text()))
        if started.poll() is not None:
            break
        time.sleep(0.5)
    pytest.fail((path.parent / "printed").read_text() + "\n" + (path.parent / "rdv.log").read_text())


def test_the_walk_of_the_readme(demo: dict[str, str], phone: Page, desk: Page) -> None:
    hour = book_on_the_phone(demo, phone)
    read_the_confirmation(demo, phone, hour)
    sign_in(demo, desk)
    before = outcomes_missing(demo, desk)
    mark_who_came(demo, desk)
    assert outcomes_missing(demo, desk) == before - 1
    read_the_results(demo, desk)
    look_at_people(demo, desk)


def book_on_the_phone(demo: dict[str, str], phone: Page) -> str:
    phone.goto(demo["invitation_url"])
    expect(phone.get_by_role("heading", level=1)).to_have_text("Choisissez votre rendez-vous")
    shoot(phone, "invitation", whole=False)
    chip = phone.locator("label:has(input[name=creneau])").first
    hour = chip.inner_text().strip()
    chip.tap()
    phone.get_by_role("button", name="Continuer").tap()
    expect(phone.get_by_role("button", name=re.compile("Confirmer"))).to_be_visible()
    expect(phone.locator("main")).to_contain_text(hour)
    shoot(phone, "confirmer")
    phone.get_by_role("button", name=re.compile("Confirmer")).tap()
    expect(phone).to_have_url(re.compile("/r/"))
    expect(phone.get_by_role("heading", level=1)).to_contain_text("C’est noté")
    shoot(phone, "confirmation")
    return hour


def read_the_confirmation(demo: dict[str, str], phone: Page, hour: str) -> None:
    """The scheduler sends what is owed within seconds, whatever the day: it answers someone who has just acted."""
    for _ in range(60):
        phone.goto(demo["mailbox_url"])
        newest = phone.locator("ol.received > li").first.inner_text()
        if without_spaces(hour) in without_spaces(newest):
            break
        time.sleep(0.5)
    assert without_spaces(hour) in without_spaces(newest)
    shoot(phone, "messagerie", whole=False)


def without_spaces(text: str) -> str:
    """As a text message writes it, too: "14 h 00" is "14h" there."""
    return re.sub(r"\s", "", text).replace("h00", "h")


def sign_in(demo: dict[str, str], desk: Page) -> None:
    desk.goto(f"{demo['base_url']}/agents/")
    desk.get_by_label("Adresse").fill(demo["agent_email"])
    desk.get_by_label("Mot de passe").fill(demo["agent_password"])
    desk.get_by_role("button", name="Se connecter").click()
    expect(desk.get_by_role("navigation").first).to_contain_text("Personnes")
    shoot(desk, "aujourdhui")


def outcomes_missing(demo: dict[str, str], desk: Page) -> int:
    """Past appointments that nobody has noted, as the page of the day counts them."""
    desk.goto(f"{demo['base_url']}/agents/")
    heading = desk.get_by_role("heading", name=re.compile("sans issue"))
    return int(heading.inner_text().split()[0]) if heading.count() else 0


def read_the_results(demo: dict[str, str], desk: Page) -> None:
    """In words first; what the file says is what the page says."""
    desk.goto(f"{demo['base_url']}/agents/resultats")
    expect(desk.get_by_role("heading", level=1)).to_have_text(re.compile("sollicitée|trop tôt|Pas de taux"))
    shoot(desk, "results", whole=False)
    answer = desk.request.get(f"{demo['base_url']}/agents/resultats/facons.csv")
    rows = csv.DictReader(io.StringIO(answer.text().lstrip("\N{BYTE ORDER MARK}")), delimiter=";")
    everyone = {row["Mesure"]: row["Nombre"] for row in rows if row["Ligne"] == "Ensemble"}
    expect(desk.locator("tr.total").first).to_contain_text(everyone["Personnes sollicitées"])


def mark_who_came(demo: dict[str, str], desk: Page) -> None:
    """A past appointment that nobody has noted: one tap says that the person came."""
    desk.goto(f"{demo['base_url']}/agents/")
    desk.get_by_role("link", name="Noter", exact=True).first.click()
    expect(desk).to_have_url(re.compile("journee"))
    shoot(desk, "day")
    came = desk.locator("tr:has(button[aria-pressed]):not(:has(button[aria-pressed=true]))").first
    row = came.get_attribute("id")
    came.get_by_role("button", name=re.compile("^Venu")).click()
    expect(desk.locator(f"#{row} button[value=seen]")).to_have_attribute("aria-pressed", "true")
    desk.reload()
    expect(desk.locator(f"#{row} button[value=seen]")).to_have_attribute("aria-pressed", "true")


def look_at_people(demo: dict[str, str], desk: Page) -> None:
    desk.goto(f"{demo['base_url']}/agents/personnes")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("personnes")
    shoot(desk, "people", whole=False)
    desk.locator("tbody th a, tbody td a").first.click()
    expect(desk.get_by_role("heading", name="Joindre")).to_be_visible()
    shoot(desk, "personne")
