"""A social security number comes in by every way there is, and then stands nowhere: a number for each way, so that one that leaks
says by which."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import inspect, select, text
from werkzeug.test import TestResponse

from app import jobs, nir_addresses
from app.night_acts import erase_nirs
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import AgentRole, Beneficiary, ImportRow, Role, Verdict
from tests.app.api.conftest import INES, machine_of
from tests.app.test_imports import upload
from tests.app.test_nir import MASKED, SEARCH, SETTING
from tests.app.test_person_editing import NEW, typed
from tests.app.town import Town
from tests.conftest import SECRET, Clock
from tests.fakes import RememberingEmail, RememberingSms
from tests.files.flow import flow, household
from tests.invitations.lists import csv
from tests.invitations.numbers import held_by, keep_numbers, number

WAYS = (
    *(
        "form",
        "other form",
        "wrong form",
        "note",
        "search",
        "address",
        "code",
        "file",
        "refused",
        "ambiguous",
        "waiting",
    ),
    *("stray", "flow", "api", "api correcting", "api many", "api wrong", "api address", "moved", "moved stray"),
)
PLANTED = {way: number(place + 101) for place, way in enumerate(WAYS)}
SHARED = "awa@example.fr"
HEADER = "Nom;Prénom;Téléphone;NIR;Adresse"
# What the scheduler does that touches people, messages and files here.
JOBS = ("invite_handed_in", "move_in", "import_lists", "deliver", "send_webhooks", "count_figures")


def spaced(digits: str) -> str:
    """1 85 99 26 362 107 15"""
    parts = (slice(0, 1), slice(1, 3), slice(3, 5), slice(5, 7), slice(7, 10), slice(10, 13), slice(13, 15))
    return " ".join(digits[one] for one in parts)


def found_in(said: str) -> list[str]:
    """The ways whose number stands there: 13 digits of it, whatever parts them."""
    together = re.sub(r"[\s.\-\u00a0\u202f]", "", said)
    return [way for way, digits in PLANTED.items() if digits[:13] in together]


@dataclass
class Witness:
    """A browser whose every answer is looked at, and every address that it was sent to."""

    browser: FlaskClient
    leaks: list[tuple[str, list[str]]] = field(default_factory=list)

    def get(self, path: str) -> TestResponse:
        return self.saw(f"GET {path.partition('?')[0]}", self.browser.get(path))

    def post(self, path: str, data: Any = None, **more: Any) -> TestResponse:
        return self.saw(f"POST {path}", self.browser.post(path, data=data, **more))

    def saw(self, what: str, answer: TestResponse) -> TestResponse:
        said = answer.data.decode("latin-1") + str(answer.headers)
        if answer.mimetype == "application/pdf":
            said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
        if leaked := found_in(said):
            self.leaks.append((what, leaked))
        return answer


@pytest.fixture
def town(database: Database, clock: Clock) -> Town:
    made = Town(database, clock(), Codes(SECRET))
    with made.changing() as world:
        keep_numbers(world)
        role = world.session.get_one(AgentRole, (world.agent.id, world.organisation.id))
        role.role, role.may_export = Role.ADMIN, True
    return made


def people(at: Witness, town: Town) -> None:
    """Forms, searches, the page of a letter's code."""
    known = town.person(first_name="Inès", last_name="Bernard", phone="+33639980042", email="ines@example.fr")
    here = f"/agents/personnes/{known.id}"
    at.post(f"{here}/modifier", typed(nir=spaced(PLANTED["form"])))
    at.post(f"{here}/modifier", typed(nir=PLANTED["other form"], phone="12"))
    at.post(f"{here}/modifier", typed(nir=f"{PLANTED['wrong form'][:13]}99"))
    at.post(f"{here}/note", {"note": f"NIR {spaced(PLANTED['note'])}"})
    at.post(NEW, {"first_name": "Ana", "last_name": "Roux", "nir": PLANTED["other form"], "category": "x"})
    at.post(SEARCH, {"q": PLANTED["search"]})
    at.get(at.browser.get(f"/agents/personnes?q={PLANTED['address']}").location)
    at.post("/code", {"code": spaced(PLANTED["code"])})
    assert MASKED in at.get(here).text
    for kind in ("json", "pdf"):
        at.post(f"{here}/exporter", {"format": kind})
    for kind in ("csv", "xlsx"):
        at.post("/agents/personnes/exporter", {"tout": "1", "format": kind})
    at.get("/agents/personnes")


def lists(at: Witness, town: Town, flask_app: Flask) -> None:
    """Accepted, refused, a question, waiting for ever; a flow; and everything undone."""
    with town.changing() as world:
        for phone in ("+33639980051", "+33639980052"):
            world.make_beneficiary(first_name="Awa", last_name="Diallo", email=SHARED, email_key=SHARED, phone=phone)
    rows = [
        f"Petit;Lou;0639980061;{PLANTED['file']};chez {PLANTED['stray']}",
        f"Petit;;;{PLANTED['refused']};",
        f"Diallo;Awa;;{PLANTED['ambiguous']};",
    ]
    mail = (SHARED if "Awa" in row else "" for row in rows)
    content = csv(f"{HEADER};Mail", *(f"{row};{said}" for row, said in zip(rows, mail, strict=True)))
    for filename, body in {"liste.csv": content, "flux.xml": with_number(flow(household(7)))}.items():
        batch = at.saw("upload", upload(at.browser, town, body, filename)).location
        at.get(batch)
        at.post(f"{batch}/enregistrer")
        at.get(batch)
    waiting = csv(HEADER, f"Petit;Zoé;0639980069;{PLANTED['waiting']};")
    at.get(at.saw("upload", upload(at.browser, town, waiting)).location)
    with town.database.reading() as session:
        verdicts = list(session.scalars(select(ImportRow.verdict).order_by(ImportRow.id)))
    assert verdicts == [Verdict.CREATE, Verdict.REFUSED, Verdict.AMBIGUOUS, Verdict.CREATE, Verdict.CREATE]


def with_number(content: bytes) -> bytes:
    return re.sub(rb"<NIR>\d+</NIR>", f"<NIR>{PLANTED['flow']}</NIR>".encode(), content)


def machines(at: Witness, town: Town, flask_app: Flask) -> None:
    machine = machine_of(flask_app, town)
    made = machine.post(machine.users, {"user": INES | {"nir": PLANTED["api"]}}, Idempotency_Key="a")
    answers = [
        made,
        machine.call("PATCH", f"{machine.users}/{made.get_json()['user']['id']}", {"user": {"nir": PLANTED["api correcting"]}}),
        machine.post(f"{machine.users}/create_and_invite_many", {"users": [INES | {"last_name": "B", "email": "b@b.fr", "phone_number": "0639980077", "nir": PLANTED["api many"]}]}),
        machine.post(machine.users, {"user": INES | {"nir": f"{PLANTED['api wrong'][:13]}99"}}),
        machine.get(f"{machine.users}?search_query={PLANTED['api address']}"),
        machine.get(machine.users),
    ]  # fmt: skip
    assert [one.status_code for one in answers] == [200, 200, 200, 422, 422, 200]
    assert nir_addresses.TO_MACHINES in answers[4].get_json()["errors"][0]["error_details"]
    for one in answers:
        at.saw("api", one)


def moves(at: Witness) -> None:
    people = f"Nom;Prénom;Email;NIR;Adresse\nRose;Lina;lina@example.fr;{PLANTED['moved']};chez {PLANTED['moved stray']}"
    files = {"people": (io.BytesIO(people.encode()), "personnes.csv"), "with_reminders": "y"}
    page = at.post("/agents/reglages/reprise", files, content_type="multipart/form-data")
    assert page.status_code == 303
    run_jobs(at.browser.application, "move_in")
    at.post(f"{page.location}/reprendre")
    run_jobs(at.browser.application, "move_in")
    at.get(page.location)
    for of in ("personnes", "rendez-vous"):
        at.post("/agents/reglages/reprise/emporter", {"fichier": of})


def run_jobs(flask_app: Flask, *names: str) -> None:
    for one in (one for one in jobs.TIMETABLE if one.name in (names or JOBS)):
        jobs.run_job(flask_app.extensions["rdv"], one)


def in_tables(database: Database) -> Iterator[tuple[str, list[str]]]:
    with database.reading() as session:
        for table in inspect(session.connection()).get_table_names():
            for row in session.execute(text(f"SELECT * FROM {table}")):
                yield table, found_in(str(row))


def test_planted_by_every_way_it_stands_in_no_table_file_page_address_message_or_log(
    database: Database,
    town: Town,
    flask_app: Flask,
    sms: RememberingSms,
    email: RememberingEmail,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = Witness(town.browser(flask_app))
    people(at, town)
    lists(at, town, flask_app)
    machines(at, town, flask_app)
    moves(at)
    run_jobs(flask_app)
    at.get("/agents/personnes")
    assert at.leaks == []
    assert [(table, ways) for table, ways in in_tables(database) if ways] == []
    for path in (one for one in tmp_path.rglob("*") if one.is_file()):
        assert not found_in(path.read_bytes().decode("latin-1")), path
    assert found_in(str((sms.sent, email.sent)) + caplog.text + "".join(capsys.readouterr())) == []
    kept = {"form", "file", "flow", "api correcting", "api many"}
    with database.reading() as session:
        held = {held_by(one) for one in session.scalars(select(Beneficiary).order_by(Beneficiary.id))} - {""}
    assert held == {PLANTED[way] for way in kept}  # it is there all the same, for who has the key
    at.post(f"{SETTING}/effacer")
    erase_nirs(flask_app.extensions["rdv"])
    with database.reading() as session:
        assert not session.scalars(select(Beneficiary).where(Beneficiary.nir_sealed.is_not(None))).all()
