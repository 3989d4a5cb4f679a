"""The day on paper: sheets by agent and place, a spreadsheet to fill, and the outcomes that it brings back."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from invitations.database import Database
from invitations.models import AgentRole, AuditEvent, Outcome, Participation
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import Clock

TODAY = datetime(2026, 11, 24, tzinfo=UTC)
EARLIER = TODAY.replace(hour=8)  # 9:00 in Paris; it is 10:00
LATER = TODAY.replace(hour=13)
DAY = "/agents/journee"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    """Whose agent may export."""
    made = Team(database, clock())
    with made.changing() as world:
        world.session.scalars(select(AgentRole)).one().may_export = True
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def met(team: Team, *, minutes: int = 0, **changes: object) -> Participation:
    """Somebody who was expected at nine, or some minutes later, by an agent of their own."""
    with team.changing() as world:
        starts_at = EARLIER + timedelta(minutes=minutes)
        return expect(world, starts_at, agent=world.make_agent(), **changes)  # type: ignore[arg-type]


def outcome_of(team: Team, participation: Participation) -> Outcome:
    with team.database.reading() as session:
        return session.get_one(Participation, participation.id).outcome


def sheet(*rows: str, header: str = "Numéro;Jour;Heure;Personne;Venu;Absent;Excusé") -> bytes:
    return "\r\n".join([header, *rows]).encode("utf-8-sig")


def bring(client: FlaskClient, content: bytes, name: str = "journee.csv") -> str:
    return client.post(f"{DAY}/issues", data={"file": (io.BytesIO(content), name)}).text


def said_on(page: str) -> list[str]:
    """What the preview would save."""
    return [part.split('"')[0] for part in page.split('name="issue" value="')[1:]]


def save(client: FlaskClient, page: str) -> str:
    answer = client.post(f"{DAY}/issues/enregistrer", data={"issue": said_on(page)}, follow_redirects=True)
    return words_of(answer.text)


# On paper


def test_today_and_the_next_day_have_a_sheet_for_each_agent_and_place(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        romans = world.make_place(city="Romans-sur-Isère", name="Espace Jean-Moulin")
        other = world.make_agent(display_name="M. Petit")
        expect(world, LATER)
        expect(world, LATER + timedelta(hours=1), place_id=romans.id)
        expect(world, LATER, agent=other)
        expect(world, LATER + timedelta(days=1))
        expect(world, LATER + timedelta(days=2))
    words = words_of(client.get(f"{DAY}/feuilles").text)
    assert "4 feuilles à imprimer" in words
    for heading in (
        "Mardi 24 novembre, M. Petit Valence, Maison des solidarités",
        "Mardi 24 novembre, Mme Roche Romans-sur-Isère, Espace Jean-Moulin",
        "Mardi 24 novembre, Mme Roche Valence, Maison des solidarités",
        "Mercredi 25 novembre, Mme Roche Valence, Maison des solidarités",
    ):
        assert heading in words, heading


def test_whoever_excused_themselves_is_on_no_sheet(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, LATER, beneficiary=world.make_beneficiary(last_name="Attendue"))
        expect(
            world,
            LATER,
            beneficiary=world.make_beneficiary(last_name="Partie"),
            agent=world.make_agent(),
            outcome=Outcome.EXCUSED,
        )
    words = words_of(client.get(f"{DAY}/feuilles").text)
    assert "Attendue" in words
    assert "Partie" not in words


def test_a_day_without_anybody_says_so(client: FlaskClient) -> None:
    assert "Personne n’est attendu mardi 24 novembre ni le jour d’accueil suivant" in words_of(
        client.get(f"{DAY}/feuilles").text
    )


def test_longer_sheets_cost_no_more_queries(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    met(team)
    few = queries_of(flask_app, lambda: client.get(f"{DAY}/feuilles"))
    for number in range(5):
        met(team, minutes=number)
    assert queries_of(flask_app, lambda: client.get(f"{DAY}/feuilles")) == few


# In a spreadsheet


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_filled_sheet_comes_back_in(team: Team, client: FlaskClient, kind: str) -> None:
    came, missed, said_no, blank = (met(team, minutes=number) for number in range(4))
    answer = client.post(f"{DAY}/feuille", data={"format": kind})
    assert answer.headers["Content-Disposition"] == f"attachment; filename=journee-2026-11-24.{kind}"
    filled = fill(answer.data, kind, {came.id: "Venu", missed.id: "Absent", said_no.id: "Excusé"})
    page = bring(client, filled, f"journee.{kind}")
    words = words_of(page)
    assert "3 issues à noter" in words
    assert "1 ligne sans issue." in words
    assert outcome_of(team, came) is Outcome.UNKNOWN
    assert "3 issues notées depuis la feuille." in save(client, page)
    found = [outcome_of(team, one) for one in (came, missed, said_no, blank)]
    assert found == [Outcome.SEEN, Outcome.NOSHOW, Outcome.EXCUSED, Outcome.UNKNOWN]
    assert "Rien de nouveau dans cette feuille" in words_of(bring(client, filled, f"journee.{kind}"))


def fill(content: bytes, kind: str, marks: dict[int, str]) -> bytes:
    """The same file with an x in a column of some rows."""
    if kind == "csv":
        rows = [line.split(";") for line in content.decode("utf-8-sig").strip().split("\r\n")]
        for row in rows[1:]:
            if int(row[0]) in marks:
                row[rows[0].index(marks[int(row[0])])] = "x"
        return "\r\n".join(";".join(row) for row in rows).encode("utf-8-sig")
    workbook = load_workbook(io.BytesIO(content))
    filled = workbook.active
    assert filled is not None
    header = [cell.value for cell in filled[1]]
    for number in range(2, filled.max_row + 1):
        mark = marks.get(int(str(filled.cell(number, 1).value)))
        if mark:
            filled.cell(number, header.index(mark) + 1).value = "x"
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def test_a_workbook_with_real_days_and_hours_is_read_too(team: Team, client: FlaskClient) -> None:
    somebody = met(team)
    workbook = Workbook()
    filled = workbook.active
    assert filled is not None
    filled.append(["Numéro", "Jour", "Heure", "Issue"])
    filled.append([somebody.id, date(2026, 11, 24), time(9), "Venue"])
    written = io.BytesIO()
    workbook.save(written)
    assert said_on(bring(client, written.getvalue(), "x.xlsx")) == [f"{somebody.id}:unknown:seen"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("{id};24/11/2026;09:00;;x;x;", "plusieurs issues sont cochées"),
        (";24/11/2026;09:00;;x;;", "pas de numéro de rendez-vous dans la première colonne"),
        ("999999;24/11/2026;09:00;;x;;", "ce numéro n’est pas celui d’un rendez-vous de la structure"),
        ("{id};24/11/2026;11:00;;x;;", "le rendez-vous a été déplacé depuis que la feuille a été faite"),
        ("{id};23/11/2026;09:00;;x;;", "le rendez-vous a été déplacé depuis que la feuille a été faite"),
    ],
)
def test_a_doubtful_row_is_left_aside_with_its_reason(team: Team, client: FlaskClient, row: str, why: str) -> None:
    page = bring(client, sheet(row.format(id=met(team).id)))
    assert f"Ligne 2 : {why}." in words_of(page)
    assert said_on(page) == []


def test_nobody_has_come_to_what_is_to_come(team: Team, client: FlaskClient) -> None:
    page = bring(client, sheet(f"{met(team, minutes=300).id};;;;x;;"))
    assert "le rendez-vous n’a pas encore commencé" in words_of(page)


def test_a_word_that_is_no_outcome_is_not_guessed(team: Team, client: FlaskClient) -> None:
    page = bring(client, sheet(f"{met(team).id};peut-être", header="Numéro;Issue"))
    assert "l’issue ne se lit pas, écrire venu, absent ou excusé" in words_of(page)


def test_a_correction_shows_what_was_noted_before(team: Team, client: FlaskClient) -> None:
    somebody = met(team, outcome=Outcome.NOSHOW)
    page = bring(client, sheet(f"{somebody.id};;;;x;;"))
    assert "au lieu de" in words_of(page)
    save(client, page)
    assert outcome_of(team, somebody) is Outcome.SEEN


def test_what_a_colleague_noted_meanwhile_is_left(team: Team, client: FlaskClient) -> None:
    somebody = met(team)
    page = bring(client, sheet(f"{somebody.id};;;;x;;"))
    client.post(f"{DAY}/{somebody.id}", data={"outcome": "noshow"})
    assert "1 issue laissée comme un collègue vient de la noter." in save(client, page)
    assert outcome_of(team, somebody) is Outcome.NOSHOW


@pytest.mark.parametrize("content", [b"", b"Nom;Age\r\nx;3", b"%PDF-1.4"])
def test_a_file_that_is_no_sheet_is_refused_beside_its_field(client: FlaskClient, content: bytes) -> None:
    answer = client.post(f"{DAY}/issues", data={"file": (io.BytesIO(content), "x.csv")})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_without_the_right_to_export_there_is_no_file(team: Team, client: FlaskClient) -> None:
    met(team)
    with team.changing() as world:
        for role in world.session.scalars(select(AgentRole)):
            role.may_export = False
    assert client.post(f"{DAY}/feuille").status_code == 403
    assert "Feuille à remplir" not in client.get(DAY).text


def test_taking_a_sheet_out_is_noted_and_so_is_bringing_it_back(team: Team, client: FlaskClient) -> None:
    somebody = met(team)
    client.post(f"{DAY}/feuille")
    save(client, bring(client, sheet(f"{somebody.id};;;;x;;")))
    with team.database.reading() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["people.exported", "outcome.recorded", "day_sheet.saved"]


def test_a_sheet_says_nothing_about_people_of_elsewhere(team: Team, flask_app: Flask) -> None:
    somebody = met(team)
    with team.changing() as world:
        stranger = world.make_agent(organisation=world.make_organisation())
    theirs = team.browser(flask_app, stranger)
    page = bring(theirs, sheet(f"{somebody.id};;;;x;;"))
    assert "ce numéro n’est pas celui d’un rendez-vous de la structure" in words_of(page)
    theirs.post(f"{DAY}/issues/enregistrer", data={"issue": [f"{somebody.id}:unknown:seen", "x:y", "1:a:b"]})
    assert outcome_of(team, somebody) is Outcome.UNKNOWN


def test_a_formula_typed_as_a_name_is_text(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, EARLIER, beneficiary=world.make_beneficiary(first_name="=1+1", last_name=""))
    assert "'=1+1" in client.post(f"{DAY}/feuille", data={"format": "csv"}).data.decode("utf-8-sig")
