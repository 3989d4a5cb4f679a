"""Réglages, reprise: two files are handed in, looked at, taken in and taken out by an administrator who may export."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.machine_acts import move_in
from app.moving_house_words import MEETINGS, PEOPLE
from invitations.database import Database
from invitations.models import (
    AgentRole,
    AuditEvent,
    Beneficiary,
    Message,
    MoveIn,
    MoveInPart,
    OrganisationKind,
    Participation,
    Role,
)
from invitations.moving_house.columns import Column
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import Clock
from tests.invitations.test_moving_house import MET, QUIET, field_file

HERE = "/agents/reglages/reprise"
NIR = "190017300100141"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough for pages; what is written is for tests/invitations/test_moving_house_handed.py."""
    return sqlite_url


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
        world.session.get_one(AgentRole, (admin.id, world.organisation.id)).may_export = True
    return team.browser(flask_app, admin)


def hand_in(client: FlaskClient, people: bytes, meetings: bytes | None = None, **typed: Any) -> TestResponse:
    files = {"people": (io.BytesIO(people), "personnes.csv")}
    if meetings is not None:
        files["meetings"] = (io.BytesIO(meetings), "rendez-vous.csv")
    return client.post(HERE, data={**files, **typed}, content_type="multipart/form-data")


def files(tmp_path: Path, team: Team, **met: str) -> tuple[bytes, bytes]:
    """Lina, who came once; a line without a first name; an appointment of a type that is not here."""
    place = {Column.ORGANISATION: team.world.organisation.name, Column.TYPE: team.world.type.name}
    here = {**QUIET, Column.ORGANISATIONS: team.world.organisation.name}
    people = field_file(tmp_path / "p.csv", PEOPLE, here, here | {Column.FIRST_NAME: "", Column.LAST_NAME: "Sans"})
    lines = [here | MET | place, here | MET | place | {Column.TYPE: "Pétanque"}]
    return people.read_bytes(), field_file(tmp_path / "m.csv", MEETINGS, *lines).read_bytes()


def read(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def count(team: Team, table: Any) -> int:
    with team.database.reading() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_nothing_is_written_before_it_is_confirmed_then_all_of_it_and_no_message(
    client: FlaskClient, team: Team, flask_app: Flask, tmp_path: Path
) -> None:
    address = hand_in(client, *files(tmp_path, team)).location
    assert "Lecture de vos fichiers" in words_of(client.get(address).text)
    assert move_in(flask_app.extensions["rdv"]) == 4
    seen = words_of(client.get(address).text)
    assert "1 personne et 1 rendez-vous à reprendre" in seen
    assert "Laissée de côté : il manque le nom ou le prénom" in seen
    assert "Laissée de côté : la structure n’a pas de motif de ce nom" in seen
    assert "Jamais enregistrées : Date du dernier RDV," in seen
    assert [count(team, one) for one in (Beneficiary, Participation)] == [0, 0]
    client.post(f"{address}/reprendre")
    assert "Reprise de vos données" in words_of(client.get(address).text)
    client.post(f"{address}/effacer")  # not while it goes on
    move_in(flask_app.extensions["rdv"])
    seen = words_of(client.get(address).text)
    assert "1 personne et 1 rendez-vous repris" in seen
    assert "Aucun message n’est parti" in seen
    assert [count(team, one) for one in (Beneficiary, Participation, Message, MoveInPart)] == [1, 1, 0, 0]
    client.post(f"{address}/reprendre")
    assert "déjà lancée" in words_of(client.get(address).text)
    with team.database.reading() as session:
        acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts == ["department.move_handed_in", "department.move_begun", "department.moved_in"]


def test_the_lines_left_out_come_back_corrected(
    client: FlaskClient, team: Team, flask_app: Flask, tmp_path: Path
) -> None:
    address = hand_in(client, *files(tmp_path, team)).location
    move_in(flask_app.extensions["rdv"])
    (line,) = read(client.post(f"{address}/laissees", data={"fichier": "rendez-vous"}))
    assert (line["Nom"], line["Motif du RDV"], line["Ligne"]) == ("Rose", "Pétanque", "3")
    assert line["Pourquoi"] == "Laissée de côté\N{NO-BREAK SPACE}: la structure n’a pas de motif de ce nom"
    (person,) = read(client.post(f"{address}/laissees"))
    assert (person["Nom"], person["Prénom"]) == ("Sans", "")
    corrected = ";".join(person) + "\n" + ";".join({**person, "Prénom": "Léa"}.values())
    again = hand_in(client, corrected.encode()).location
    for _ in range(2):
        move_in(flask_app.extensions["rdv"])
        client.post(f"{again}/reprendre")
    assert count(team, Beneficiary) == 1
    gone = client.post(f"{address}/effacer")
    assert (gone.location, count(team, MoveIn)) == (HERE, 1)
    assert client.get(address).status_code == 404


def test_a_social_security_number_is_written_nowhere(client: FlaskClient, team: Team, flask_app: Flask) -> None:
    content = f"Nom;Prénom;Email;NIR;Numéro d'allocataire;Tags\nRose;Lina;l@exemple.fr;{NIR};{NIR};vu {NIR}\n"
    address = hand_in(client, content.encode()).location
    move_in(flask_app.extensions["rdv"])
    assert "Jamais enregistrées : NIR." in words_of(client.get(address).text)
    client.post(f"{address}/reprendre")
    assert NIR.encode() not in Path(str(team.database.engine.url.database)).read_bytes()
    move_in(flask_app.extensions["rdv"])
    with team.database.reading() as session:
        (one,) = session.scalars(select(Beneficiary)).all()
        assert (one.last_name, one.affiliation_number) == ("Rose", None)
    wal = Path(f"{team.database.engine.url.database}-wal")
    assert NIR.encode() not in (wal.read_bytes() if wal.exists() else b"")


@pytest.mark.parametrize(
    ("people", "meetings", "said"),
    [
        (b"", None, "Choisissez un fichier : celui-ci est vide"),
        (b"Nom;Email\nRose;a@b.fr", None, "Il faut au moins une colonne Nom et une colonne Prénom"),
        ("Nom;Prénom\n".encode(), None, "Ce fichier ne contient aucune personne"),
        ("Nom;Prénom\nRose;Lina".encode(), "Nom;Prénom\nRose;Lina".encode(), "Il manque une colonne"),
        (b"%PDF-1.4 truc", None, "Le contenu de ce fichier n’est pas celui que son nom annonce"),
    ],
)
def test_a_file_that_is_none_is_said_beside_it(
    client: FlaskClient, team: Team, people: bytes, meetings: bytes | None, said: str
) -> None:
    answer = hand_in(client, people, meetings)
    assert (answer.status_code, said in words_of(answer.text)) == (422, True)
    assert count(team, MoveIn) == 0


def test_without_a_file_of_people_nothing_begins(client: FlaskClient) -> None:
    answer = client.post(HERE, data={"with_reminders": "y"})
    assert (answer.status_code, "Choisissez le fichier des personnes" in words_of(answer.text)) == (422, True)


def test_who_may_not_export_is_told_so_and_moves_nothing(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    client = team.browser(flask_app, admin)
    page = client.get(HERE)
    assert "demande le droit d’exporter" in words_of(page.text)
    assert b'<input type="file"' not in page.data
    assert hand_in(client, "Nom;Prénom\nRose;Lina".encode()).status_code == 403
    assert client.post(f"{HERE}/emporter").status_code == 403


@pytest.mark.parametrize(
    ("kind", "shown"), [(OrganisationKind.DEPARTMENT_COUNCIL, "AB12"), (OrganisationKind.SIAE, "")]
)
def test_what_goes_out_is_what_the_organisation_may_read(
    client: FlaskClient, team: Team, kind: OrganisationKind, shown: str
) -> None:
    with team.changing() as world:
        world.session.get_one(type(world.organisation), world.organisation.id).kind = kind
        other = world.make_organisation(name="Ailleurs")
        theirs = world.make_category(code="siae", name="SIAE")
        world.make_settings(organisation_id=other.id, category_id=theirs.id)
        world.make_beneficiary(last_name="Pas-ici", organisation=other)
        # Read again from the columns, this number would lose its capitals: it must not come in by our own column either.
        person = world.make_beneficiary(last_name="Roux", department_internal_id="AB12")
        world.make_follow_up(person, category_id=theirs.id)
        expect(world, world.now, beneficiary=person)
    (line,) = read(client.post(f"{HERE}/emporter"))
    assert (line["Nom"], line["ID interne au département"]) == ("Roux", shown)
    assert ("AB12" in line["RDV au choix"], "siae" in line["RDV au choix"]) == (False, False)
    (met,) = read(client.post(f"{HERE}/emporter", data={"fichier": "rendez-vous"}))
    assert (met["Nom"], met["ID interne au département"]) == ("Roux", shown)
    with team.database.reading() as session:
        acts = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [(one.action, one.details["of_people"]) for one in acts] == [
            ("department.file_taken_out", True),
            ("department.file_taken_out", False),
        ]


def test_the_pages_cost_the_same_however_long_the_files(
    client: FlaskClient, team: Team, flask_app: Flask, tmp_path: Path
) -> None:
    costs = []
    for lines in (1, 30):
        rows = [{**QUIET, Column.FIRST_NAME: "", Column.LAST_NAME: f"Rose{one}"} for one in range(lines)]
        content = field_file(tmp_path / "p.csv", PEOPLE, *rows).read_bytes()
        address = hand_in(client, content).location
        move_in(flask_app.extensions["rdv"])
        costs.append(queries_of(flask_app, lambda at=address: client.get(at)))  # type: ignore[misc]
    assert costs[0] == costs[1]
