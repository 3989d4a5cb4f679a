"""Réglages, secteurs: the département draws them, lists are forgiving, who receives whom follows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.database import Database
from invitations.models import (
    Agent,
    AuditEvent,
    OrganisationKind,
    Role,
    Sector,
    SectorCommune,
    SectorService,
)
from invitations.sectors import serving
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock

LISTING = "/agents/reglages/secteurs"
VALENCE, ROMANS, DIE = "26362", "26281", "26113"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def admin(team: Team) -> Agent:
    with team.changing() as world:
        return world.make_agent(role=Role.ADMIN)


@pytest.fixture
def client(team: Team, flask_app: Flask, admin: Agent) -> FlaskClient:
    return team.browser(flask_app, admin)


@pytest.fixture
def sector(team: Team) -> Sector:
    with team.changing() as world:
        return world.add(Sector(department_id=world.department.id, name="Royans et Vercors", created_at=NOW))


def address(sector: Sector, doing: str = "") -> str:
    return f"{LISTING}/{sector.id}{doing}"


def communes_of(team: Team, sector: Sector) -> set[str]:
    with team.database.reading() as session:
        found = select(SectorCommune.commune_insee).where(SectorCommune.sector_id == sector.id)
        return set(session.scalars(found))


def actions(team: Team) -> list[str]:
    with team.database.reading() as session:
        return [event.action for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def test_a_sector_is_added_renamed_and_deleted(team: Team, client: FlaskClient) -> None:
    answer = client.post(LISTING, data={"name": "Diois"})
    assert answer.status_code == 303
    made = answer.location
    assert "Diois" in client.get(made).text
    assert client.post(f"{made}/nom", data={"name": "Diois et Baronnies"}).status_code == 303
    client.post(f"{made}/communes", data={"lines": "Die"})
    assert "Diois et Baronnies" in client.get(LISTING).text
    assert client.post(f"{made}/supprimer").status_code == 303
    with team.database.reading() as session:
        assert session.scalars(select(Sector)).all() == []
        assert session.scalars(select(SectorCommune)).all() == []
    assert actions(team) == ["sector.added", "sector.changed", "sector.changed", "sector.removed"]


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "Donnez un nom"), ("  ", "À remplir."), ("x" * 81, "80 caractères")]
)
def test_a_sector_has_a_name(client: FlaskClient, sector: Sector, name: str, sentence: str) -> None:
    for path in (LISTING, address(sector, "/nom")):
        answer = client.post(path, data={"name": name})
        assert answer.status_code == 422
        assert sentence in answer.text


def test_two_sectors_have_two_names(client: FlaskClient, team: Team, sector: Sector) -> None:
    answer = client.post(LISTING, data={"name": sector.name})
    assert answer.status_code == 422
    assert "Un autre secteur porte déjà ce nom." in answer.text
    client.post(LISTING, data={"name": "Diois"})
    renamed = client.post(address(sector, "/nom"), data={"name": "Diois"})
    assert renamed.status_code == 422
    assert "Un autre secteur porte déjà ce nom." in renamed.text
    assert actions(team) == ["sector.added"]


def test_communes_are_added_by_name_code_and_postcode(team: Team, client: FlaskClient, sector: Sector) -> None:
    pasted = "26000\n26281\tRomans sur isere\r\n 26150 ;\n\nst paul les romans, Valence"
    answer = client.post(address(sector, "/communes"), data={"lines": pasted}, follow_redirects=True)
    found = communes_of(team, sector)
    assert {VALENCE, ROMANS, DIE, "26323"} <= found
    assert len(found) > 4, "a postcode means all of its communes"
    assert f"{len(found)}\N{NO-BREAK SPACE}communes ajoutées." in answer.text
    again = client.post(address(sector, "/communes"), data={"lines": "Valence"}, follow_redirects=True)
    assert "Ces communes y étaient déjà." in again.text


def test_a_pasted_column_of_codes_is_read_as_codes(team: Team, client: FlaskClient, sector: Sector) -> None:
    """26100 alone is also a postcode; beside 26362, which is none, it is a code."""
    assert client.post(address(sector, "/communes"), data={"lines": "26362\n26100"}).status_code == 303
    assert communes_of(team, sector) == {VALENCE, "26100"}


def test_a_pasted_column_of_postcodes_is_read_as_postcodes(team: Team, client: FlaskClient, sector: Sector) -> None:
    """26100 alone is also Combovin's code; beside 26000, which is nobody's, it is a postcode."""
    assert client.post(address(sector, "/communes"), data={"lines": "26000\n26100"}).status_code == 303
    found = communes_of(team, sector)
    assert {VALENCE, ROMANS} <= found
    assert "26100" not in found


def test_lines_that_are_not_clear_are_told_one_by_one_and_nothing_is_lost(
    team: Team, client: FlaskClient, sector: Sector
) -> None:
    lines = "Valence\nTrifouillis\nBourg-lès\n26100\nGrenoble"
    answer = client.post(address(sector, "/communes"), data={"lines": lines})
    assert answer.status_code == 422
    page = words_of(answer.text)
    assert "4 lignes restent à préciser." in page
    assert "« Trifouillis » : aucune commune du département ne s’appelle ainsi." in page
    assert "« Grenoble » : aucune commune du département ne s’appelle ainsi." in page
    assert "Bourg-lès-Valence" in page
    assert "Combovin" in page
    assert lines.replace("è", "è") in answer.text.replace("\r", "")
    assert communes_of(team, sector) == set()
    assert actions(team) == []


def test_a_candidate_that_is_ticked_settles_its_line(team: Team, client: FlaskClient, sector: Sector) -> None:
    lines = {"lines": "Bourg-lès\n26100\nDie", "commune": ["26058", ROMANS]}
    assert client.post(address(sector, "/communes"), data=lines).status_code == 303
    assert communes_of(team, sector) == {"26058", ROMANS, DIE}


def test_the_rest_may_be_left_knowingly(team: Team, client: FlaskClient, sector: Sector) -> None:
    asked = {"lines": "Valence\nTrifouillis", "anyway": "1"}
    assert client.post(address(sector, "/communes"), data=asked).status_code == 303
    assert communes_of(team, sector) == {VALENCE}


def test_an_empty_list_is_told(client: FlaskClient, sector: Sector) -> None:
    answer = client.post(address(sector, "/communes"), data={"lines": ""})
    assert answer.status_code == 422
    assert "Indiquez au moins une commune." in answer.text


def test_communes_are_taken_out(team: Team, client: FlaskClient, sector: Sector) -> None:
    client.post(address(sector, "/communes"), data={"lines": "Valence\nDie"})
    answer = client.post(address(sector, "/communes/retirer"), data={"commune": [VALENCE]}, follow_redirects=True)
    assert "1\N{NO-BREAK SPACE}commune retirée." in answer.text
    assert communes_of(team, sector) == {DIE}
    nothing = client.post(address(sector, "/communes/retirer"), follow_redirects=True)
    assert "Aucune commune n’était cochée." in nothing.text


def test_a_town_with_districts_brings_them(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        rhone = world.make_department(number="69", name="Rhône", full_name="Métropole de Lyon")
        agent = world.make_agent(organisation=world.make_organisation(department_id=rhone.id), role=Role.ADMIN)
    client = team.browser(flask_app, agent)
    made = client.post(LISTING, data={"name": "Ville"}).location
    client.post(f"{made}/communes", data={"lines": "Lyon"})
    with team.database.reading() as session:
        codes = set(session.scalars(select(SectorCommune.commune_insee)))
    assert codes == {"69123", *(str(code) for code in range(69381, 69390))}
    assert "Lyon 3e Arrondissement" in client.get(made).text


def test_who_receives_a_sectors_people_is_said_by_place(team: Team, client: FlaskClient, sector: Sector) -> None:
    client.post(address(sector, "/communes"), data={"lines": "Valence"})
    with team.changing() as world:
        annexe = world.make_place(name="Annexe")
        other = world.make_organisation(name="Mission locale", kind=OrganisationKind.OTHER)
        theirs = world.make_place(organisation_id=other.id, name="Chez eux")
    here = team.world.organisation.id
    said = {"lieu": [annexe.id], "structure": [other.id]}
    assert client.post(address(sector, "/structures"), data=said).status_code == 303
    with team.database.reading() as session:
        assert serving(session, here, VALENCE) == {annexe.id}
        assert serving(session, other.id, VALENCE) == {theirs.id}
        assert serving(session, here, ROMANS) is None
    page = words_of(client.get(address(sector)).text)
    assert "2 structures y reçoivent" in page
    assert "Mission locale" in client.get(LISTING).text
    client.post(address(sector, "/structures"), data={"structure": [here]})
    with team.database.reading() as session:
        assert serving(session, here, VALENCE) == {team.world.place.id, annexe.id}
        assert len(session.scalars(select(SectorService)).all()) == 1


def test_all_places_ticked_besides_some_means_all(team: Team, client: FlaskClient, sector: Sector) -> None:
    here = team.world.organisation.id
    client.post(address(sector, "/structures"), data={"structure": [here], "lieu": [team.world.place.id]})
    with team.database.reading() as session:
        assert [(one.organisation_id, one.place_id) for one in session.scalars(select(SectorService))] == [(here, None)]


def test_an_organisation_of_another_departement_serves_nothing_here(
    team: Team, client: FlaskClient, sector: Sector
) -> None:
    with team.changing() as world:
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        stranger = world.make_organisation(department_id=isere.id)
        theirs = world.make_place(organisation_id=stranger.id)
    assert client.post(address(sector, "/structures"), data={"structure": [stranger.id]}).status_code == 404
    client.post(address(sector, "/structures"), data={"lieu": [theirs.id]})
    with team.database.reading() as session:
        assert session.scalars(select(SectorService)).all() == []


def test_communes_in_no_sector_are_counted_and_listed(team: Team, client: FlaskClient, sector: Sector) -> None:
    assert "362\N{NO-BREAK SPACE}communes du département dans aucun secteur" in client.get(LISTING).text
    client.post(address(sector, "/communes"), data={"lines": "Valence\nDie"})
    page = client.get(LISTING).text
    assert "360\N{NO-BREAK SPACE}communes du département dans aucun secteur" in page
    assert not re.search(r"<li>Valence ", page)
    assert re.search(r"<li>Romans-sur-Isère ", page)


def test_before_the_first_sector_the_page_says_what_one_is_for(client: FlaskClient) -> None:
    page = client.get(LISTING).text
    assert "Aucun secteur" in page
    assert "dans aucun secteur" not in page


def test_others_read_and_do_not_draw(team: Team, flask_app: Flask, sector: Sector) -> None:
    with team.changing() as world:
        siae = world.make_organisation(name="Chantier", kind=OrganisationKind.SIAE)
        reader = world.make_agent(organisation=siae, role=Role.ADMIN)
    client = team.browser(flask_app, reader)
    assert "ce sont ses administrateurs qui les dessinent" in client.get(LISTING).text
    page = client.get(address(sector)).text
    assert sector.name in page
    assert "Supprimer ce secteur" not in page
    changes: list[tuple[str, dict[str, Any]]] = [
        (LISTING, {"name": "Diois"}),
        (address(sector, "/nom"), {"name": "Diois"}),
        (address(sector, "/communes"), {"lines": "Valence"}),
        (address(sector, "/communes/retirer"), {"commune": [VALENCE]}),
        (address(sector, "/structures"), {"structure": [siae.id]}),
        (address(sector, "/supprimer"), {}),
    ]
    for path, data in changes:
        assert client.post(path, data=data).status_code == 403, path
    assert actions(team) == []


def test_another_departements_sectors_do_not_exist(team: Team, flask_app: Flask, sector: Sector) -> None:
    with team.changing() as world:
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        stranger = world.make_agent(organisation=world.make_organisation(department_id=isere.id), role=Role.ADMIN)
    client = team.browser(flask_app, stranger)
    assert sector.name not in client.get(LISTING).text
    assert client.get(address(sector)).status_code == 404
    for doing in ("/nom", "/communes", "/communes/retirer", "/structures", "/supprimer"):
        assert client.post(address(sector, doing), data={"name": "x", "lines": "Valence"}).status_code == 404


def test_the_pages_cost_the_same_whatever_they_hold(
    team: Team, flask_app: Flask, client: FlaskClient, sector: Sector
) -> None:
    client.post(address(sector, "/communes"), data={"lines": "Valence"})
    client.post(address(sector, "/structures"), data={"structure": [team.world.organisation.id]})
    few = [queries_of(flask_app, lambda path=path: client.get(path)) for path in (LISTING, address(sector))]
    client.post(address(sector, "/communes"), data={"lines": "26150\nRomans-sur-Isère"})
    for number in range(4):
        client.post(LISTING, data={"name": f"Secteur {number}"})
        with team.changing() as world:
            world.make_place(name=f"Lieu {number}", organisation_id=world.make_organisation().id)
    assert [queries_of(flask_app, lambda path=path: client.get(path)) for path in (LISTING, address(sector))] == few


def test_only_an_administrator_opens_sectors(team: Team, flask_app: Flask, sector: Sector) -> None:
    client = team.browser(flask_app)
    assert client.get(LISTING).status_code == 403
    assert client.get(address(sector)).status_code == 403
