"""People out as a spreadsheet: what goes out comes back in without a change, and runs as a formula nowhere."""

from __future__ import annotations

import csv as text_files
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.agents import exports_file
from app.demo import people_file
from invitations import exports, uploads
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    AgentRole,
    AuditEvent,
    Beneficiary,
    Invitation,
    Link,
    Mode,
    OrganisationKind,
    Verdict,
)
from invitations.uploads.headers import Field, field_of
from tests.app.team import Team, queries_of
from tests.conftest import Clock
from tests.factories import World
from tests.invitations.lists import bring, csv, everyone, preview, rows_of

URL = "https://rdv.example.fr"
HEADER = "Nom;Prénom;ID IODAS;Tél;Mail;Adresse;Tags"
NASTY = (
    "=Hyperlink(1);Ana;=1+1;0639980001;ana@example.fr;+12 rue du Lac;=Bus",
    "-Roux;@Awa;@13;+44 20 7946 0018;;-1 place;",
    "O'Neil;'Karim;'14;0639980003;;'; +note",
)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        allow(world)
    return made


@pytest.fixture
def browser(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def allow(world: World) -> None:
    world.session.get_one(AgentRole, (world.agent.id, world.organisation.id)).may_export = True


def out(session: Session, world: World) -> list[exports.Exported]:
    ids = [one.id for one in everyone(session)]
    return exports.people(session, [world.organisation.id], ids, codes=Codes("k" * 40), now=world.now)


def lines_of(answer: TestResponse) -> list[dict[str, str]]:
    return list(text_files.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


# The file


def test_every_header_that_goes_out_is_recognised_when_it_comes_in() -> None:
    known = [field_of(header) for header in exports_file.headers()]
    assert known == [*exports.FIELDS, None, None]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_goes_out_comes_back_in_without_a_change(session: Session, world: World, kind: str) -> None:
    bring(session, world, people_file.FILE.read_bytes(), "people.xlsx")
    bring(session, world, csv(HEADER, *NASTY))
    write = exports_file.csv_of if kind == "csv" else exports_file.workbook_of
    batch = preview(session, world, write(out(session, world), URL), f"personnes.{kind}")
    rows = rows_of(session, batch)
    assert len(rows) == len(everyone(session)) == 204
    assert [(row.position, row.verdict, row.changes) for row in rows if row.verdict is not Verdict.UNCHANGED] == []
    saved = uploads.save(session, batch, agent_id=None, now=world.now)
    assert (saved.created, saved.updated) == (0, 0)


def test_no_cell_of_a_text_file_begins_like_a_formula(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, *NASTY))
    text = exports_file.csv_of(out(session, world), URL).decode("utf-8-sig")
    cells = [cell for line in text_files.reader(io.StringIO(text), delimiter=";") for cell in line]
    assert "'=Hyperlink(1)" in cells
    assert not [cell for cell in cells if re.match(r"[=+\-@\t\r]", cell)]


def test_no_cell_of_a_workbook_is_a_formula_or_becomes_one_when_it_is_edited(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, *NASTY))
    sheet = load_workbook(io.BytesIO(exports_file.workbook_of(out(session, world), URL))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells if cell.quotePrefix and str(cell.value).startswith("=")] == [
        "=Hyperlink(1)",
        "=1+1",
        "=Bus",
    ]


# Who and what goes out


def test_an_internal_id_goes_out_to_those_alone_who_may_read_it(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, "Roux;Ana;12;0639980001;;;"))
    assert out(session, world)[0].cells[Field.DEPARTMENT_INTERNAL_ID] == "12"
    world.organisation.kind = OrganisationKind.SIAE
    session.flush()
    assert out(session, world)[0].cells[Field.DEPARTMENT_INTERNAL_ID] == ""


def test_people_of_other_organisations_stay_where_they_are(session: Session, world: World) -> None:
    world.make_beneficiary(organisation=world.make_organisation())
    assert out(session, world) == []


def test_the_link_of_an_open_invitation_comes_with_each_person(session: Session, world: World) -> None:
    codes = Codes("k" * 40)
    invited, ended, _ = (world.make_beneficiary(last_name=name) for name in ("Un", "Deux", "Trois"))
    for person in (invited, ended):
        one = world.add(
            Invitation(
                uid=f"{person.id}",
                follow_up_id=world.make_follow_up(person).id,
                organisation_id=world.organisation.id,
                mode=Mode.INVITATION,
                created_at=world.now,
                ended_at=world.now if person is ended else None,
            )
        )
        code_hash = codes.kept(codes.derive("invitation", one.id))
        world.add(Link(code_hash=code_hash, invitation_id=one.id, created_at=world.now))
        if person is invited:
            code = codes.derive("invitation", one.id)
    found = {one.cells[Field.LAST_NAME]: one.road.link for one in out(session, world)}
    assert found == {"Un": code, "Deux": "", "Trois": ""}
    later = exports.people(
        session, [world.organisation.id], [invited.id], codes=Codes("new" * 20, ["k" * 40]), now=world.now
    )
    assert later[0].road.link == code  # the one that opens, although the key has changed


# The page


def test_the_list_as_it_is_narrowed_goes_out_and_the_journal_says_so(
    browser: FlaskClient, team: Team, database: Database
) -> None:
    for name in ("Roux", "Diallo"):
        team.person(last_name=name, search_key=name.lower())
    answer = browser.post("/agents/personnes/exporter", data={"format": "csv", "q": "diallo"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=personnes-2026-11-24.csv"
    assert [line["Nom"] for line in lines_of(answer)] == ["Diallo"]
    with database.reading() as session:
        noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "people.exported")).one()
        assert (noted.agent_id, noted.details) == (team.world.agent.id, {"people": 1})


def test_the_file_is_made_before_the_turn_to_write_is_taken(browser: FlaskClient, team: Team, flask_app: Flask) -> None:
    """On SQLite nobody else could book while a list of thousands becomes a spreadsheet."""
    team.person()
    said: list[str] = []
    engine = flask_app.extensions["rdv"].database.engine

    def begin(connection: Connection) -> None:
        said.append(f"BEGIN {connection.get_execution_options().get('sqlite_begin')}")

    def ask(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", ask)
    assert browser.post("/agents/personnes/exporter", data={"format": "csv"}).status_code == 200
    event.remove(engine, "begin", begin)
    event.remove(engine, "before_cursor_execute", ask)
    written = said[said.index("BEGIN IMMEDIATE") :]
    assert any("beneficiaries" in one for one in said)
    assert not any("FROM beneficiaries" in one for one in written)
    assert any("INSERT INTO audit_events" in one for one in written)


def test_those_who_are_ticked_go_out_alone(browser: FlaskClient, team: Team) -> None:
    ticked, _ = team.person(last_name="Roux"), team.person(last_name="Diallo")
    answer = browser.post("/agents/personnes/exporter", data={"format": "csv", "personne": ticked.id})
    assert [line["Nom"] for line in lines_of(answer)] == ["Roux"]
    whole = browser.post("/agents/personnes/exporter", data={"personne": ticked.id, "tout": "oui"})
    sheet = load_workbook(io.BytesIO(whole.data)).active
    assert sheet is not None
    assert sheet.max_row == 3


def test_without_the_right_in_every_organisation_exported_nothing_goes_out(
    browser: FlaskClient, team: Team, flask_app: Flask
) -> None:
    with team.changing() as world:
        world.add(AgentRole(agent_id=world.agent.id, organisation_id=world.make_organisation().id, role="basic"))
        other = world.make_agent()
    assert browser.post("/agents/personnes/exporter").status_code == 200
    assert browser.post("/agents/personnes/exporter", data={"structures": "toutes"}).status_code == 403
    assert team.browser(flask_app, other).post("/agents/personnes/exporter").status_code == 403


def test_a_stranger_who_names_somebody_gets_an_empty_file(browser: FlaskClient, team: Team) -> None:
    with team.changing() as world:
        elsewhere = world.make_beneficiary(organisation=world.make_organisation(), last_name="Secret")
    answer = browser.post("/agents/personnes/exporter", data={"format": "csv", "personne": elsewhere.id})
    assert lines_of(answer) == []


def test_many_people_cost_no_more_queries_than_one(browser: FlaskClient, team: Team, flask_app: Flask) -> None:
    def act() -> TestResponse:
        return browser.post("/agents/personnes/exporter", data={"format": "csv"})

    team.person()
    act()
    few = queries_of(flask_app, act)
    for _ in range(30):
        team.person()
    assert queries_of(flask_app, act) == few
    with team.changing() as world:
        assert len(world.session.scalars(select(Beneficiary)).all()) == 31
