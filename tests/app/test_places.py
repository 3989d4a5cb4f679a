"""Réglages, lieux: an address, a commune that is the right one, hours; closing says what still happens there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.database import Database
from invitations.models import Agent, AuditEvent, Place, Role
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock

LISTING = "/agents/reglages/lieux"
ADDING = f"{LISTING}/ajouter"
DAYS = [f"hours_{number}" for number in range(7)]


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


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Annexe",
        "address": "1 place de la Gare",
        "postcode": "26100",
        "city": "Romans-sur-Isère",
        "phone": "",
        "coordinates": "",
        "timezone": "",
        **dict.fromkeys(DAYS, ""),
    } | changes


def address(team: Team, doing: str = "") -> str:
    return f"{LISTING}/{team.world.place.id}{doing}"


def kept(team: Team, name: str = "Annexe") -> Place:
    with team.database.reading() as session:
        found = session.scalars(select(Place).where(Place.name == name)).one()
        session.expunge_all()
    return found


def test_a_place_is_added_with_everything_about_it(team: Team, client: FlaskClient) -> None:
    office = dict.fromkeys(DAYS[:5], "9:00-12:00, 14:00-17:00") | {DAYS[5]: "9h-12h30"}
    whole = typed(is_step_free="y", phone="04 75 11 22 33", coordinates="45.0443, 5.0527", **office)
    answer = client.post(ADDING, data=whole)
    assert (answer.status_code, answer.location) == (303, LISTING)
    made = kept(team)
    assert (made.organisation_id, made.commune_insee) == (team.world.organisation.id, "26281")
    assert (made.address, made.postcode, made.city) == ("1 place de la Gare", "26100", "Romans-sur-Isère")
    assert (made.latitude, made.longitude, made.is_step_free, made.phone) == (45.0443, 5.0527, True, "+33475112233")
    assert made.opening_hours == "Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:30"
    assert made.timezone is None
    page = words_of(client.get(LISTING).text)
    assert "lundi–vendredi 9:00-12:00, 14:00-17:00" in page
    assert "samedi 9:00-12:30" in page


def test_a_form_sent_back_untouched_changes_nothing(team: Team, client: FlaskClient) -> None:
    office = dict.fromkeys(DAYS[:2], "9:00-12:00, 14:00-17:00")
    whole = typed(is_step_free="y", phone="04 75 11 22 33", coordinates="45.0443, 5.0527", **office)
    client.post(ADDING, data=whole)
    made = kept(team)
    page = client.get(f"{LISTING}/{made.id}").text
    for value in ("45.0443, 5.0527", "9:00-12:00, 14:00-17:00", "04 75 11 22 33", "26281"):
        assert value in page
    assert client.post(f"{LISTING}/{made.id}", data=whole).status_code == 303
    with team.database.reading() as session:
        assert [event.action for event in session.scalars(select(AuditEvent))] == ["place.added"]


def test_a_place_that_moves_keeps_its_appointments(team: Team, client: FlaskClient, admin: Agent) -> None:
    changes = typed(name="Maison des solidarités", address="3 rue Neuve", postcode="26000", city="Valence")
    assert client.post(address(team), data=changes).status_code == 303
    assert kept(team, "Maison des solidarités").address == "3 rue Neuve"
    with team.database.reading() as session:
        event = session.scalars(select(AuditEvent)).one()
        assert (event.action, event.agent_id) == ("settings.changed", admin.id)
        assert set(event.details["changed"]) == {"address", "is_step_free", "latitude", "longitude"}
        assert "Neuve" not in str(event.details)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "À remplir."),
        ({"address": ""}, "Indiquez la rue et le numéro."),
        ({"postcode": "261"}, "Cinq chiffres."),
        ({"city": ""}, "Indiquez la commune."),
        ({"phone": "12"}, "Ce numéro ne se lit pas."),
        ({"coordinates": "Romans"}, "Deux nombres, latitude puis longitude"),
        ({"coordinates": "145.5, 5.05"}, "Deux nombres, latitude puis longitude"),
        ({"hours_0": "le matin"}, "Écrivez par exemple 9:00-12:00"),
        ({"hours_3": "14:00-17:00, 9:00-12:00"}, "Écrivez par exemple 9:00-12:00"),
        ({"hours_3": "9:00-25:00"}, "Écrivez par exemple 9:00-12:00"),
        ({"timezone": "Mars/Olympus"}, "Choisissez dans la liste."),
        ({"name": "x" * 121}, "120 caractères au plus."),
    ],
)
def test_what_a_place_can_not_be_is_told_beside_its_field(
    team: Team, client: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    answer = client.post(ADDING, data=typed(**changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "1 place de la Gare" in answer.text or "address" in changes
    with team.database.reading() as session:
        assert len(session.scalars(select(Place)).all()) == 1


def test_several_communes_of_one_name_are_offered_and_one_is_chosen(team: Team, client: FlaskClient) -> None:
    asked = typed(postcode="99999", city="Saint-Pierre")
    answer = client.post(ADDING, data=asked)
    assert answer.status_code == 422
    assert "Plusieurs communes s’appellent Saint-Pierre" in answer.text
    assert 'value="97416"' in answer.text
    assert client.post(ADDING, data=asked | {"commune": "97416"}).status_code == 303
    assert kept(team).commune_insee == "97416"


def test_the_postcode_tells_namesakes_apart(team: Team, client: FlaskClient) -> None:
    assert client.post(ADDING, data=typed(postcode="97410", city="St Pierre")).status_code == 303
    assert kept(team).commune_insee == "97416"


def test_a_commune_of_the_departement_needs_no_more_than_its_name(team: Team, client: FlaskClient) -> None:
    """A CEDEX code is in no list; the département's Valence is meant, not the two others."""
    assert client.post(ADDING, data=typed(postcode="26021", city="Valence Cedex 9")).status_code == 303
    assert kept(team).commune_insee == "26362"


def test_a_postcode_of_elsewhere_is_asked_about(team: Team, client: FlaskClient) -> None:
    asked = typed(postcode="62100")
    answer = client.post(ADDING, data=asked)
    assert answer.status_code == 422
    assert "Ce n’est pas celui de Romans-sur-Isère." in answer.text
    assert client.post(ADDING, data=asked | {"commune": "26281"}).status_code == 303


def test_a_name_cut_short_offers_what_comes_near(team: Team, client: FlaskClient) -> None:
    answer = client.post(ADDING, data=typed(postcode="26999", city="Bourg-lès"))
    assert answer.status_code == 422
    assert "Aucune commune ne s’appelle Bourg-lès." in answer.text
    assert "Bourg-lès-Valence" in answer.text


def test_a_name_that_nobody_knows_is_told(team: Team, client: FlaskClient) -> None:
    answer = client.post(ADDING, data=typed(city="Trifouillis"))
    assert answer.status_code == 422
    assert "Aucune commune ne s’appelle ainsi." in answer.text


def test_a_commune_that_was_not_offered_is_not_taken(team: Team, client: FlaskClient) -> None:
    assert client.post(ADDING, data=typed(postcode="99999", city="Saint-Pierre", commune="26362")).status_code == 422


def test_hours_richer_than_a_week_stay_until_something_is_typed(team: Team, client: FlaskClient) -> None:
    richer = "Mo-Fr 09:00-12:00; Jul-Aug off"
    with team.changing() as world:
        world.session.get_one(Place, world.place.id).opening_hours = richer
    assert richer in client.get(address(team)).text
    assert richer in client.get(LISTING).text
    here = typed(name="Maison des solidarités", postcode="26000", city="Valence")
    client.post(address(team), data=here)
    assert kept(team, "Maison des solidarités").opening_hours == richer
    client.post(address(team), data=here | {"hours_0": "9-12"})
    assert kept(team, "Maison des solidarités").opening_hours == "Mo 09:00-12:00"


def test_hours_that_are_emptied_are_unknown_again(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.get_one(Place, world.place.id).opening_hours = "Mo 09:00-12:00"
    client.post(address(team), data=typed(name="Maison des solidarités", postcode="26000", city="Valence"))
    assert kept(team, "Maison des solidarités").opening_hours == ""


def test_a_place_may_live_at_another_hour(team: Team, client: FlaskClient) -> None:
    reunion = typed(postcode="97400", city="Saint-Denis", timezone="Indian/Reunion")
    assert client.post(ADDING, data=reunion).status_code == 303
    made = kept(team)
    assert (made.commune_insee, made.timezone) == ("97411", "Indian/Reunion")
    assert 'selected value="Indian/Reunion"' in client.get(f"{LISTING}/{made.id}").text


def test_two_places_of_a_commune_have_two_names(team: Team, client: FlaskClient) -> None:
    here = typed(name="maison des Solidarités", postcode="26000", city="Valence")
    answer = client.post(ADDING, data=here)
    assert answer.status_code == 422
    assert "Un autre lieu de cette commune porte déjà ce nom." in answer.text
    assert client.post(ADDING, data=typed(name="maison des Solidarités")).status_code == 303


def test_closing_says_first_what_still_happens_there(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, NOW + timedelta(days=2))
        expect(world, NOW + timedelta(days=3), cancelled_at=NOW)
        expect(world, NOW - timedelta(days=3))
    asking = words_of(client.get(address(team, "/fermer")).text)
    assert "1 rendez-vous à venir y reste" in asking
    assert "1 plage y est ouverte" in asking
    assert kept(team, "Maison des solidarités").closed_at is None
    assert client.post(address(team, "/fermer")).status_code == 303
    assert client.post(address(team, "/fermer")).status_code == 303
    assert kept(team, "Maison des solidarités").closed_at == NOW
    listed = words_of(client.get(LISTING).text)
    assert "1 lieu fermé" in listed
    assert "Aucun lieu de rendez-vous" in listed
    assert client.post(address(team, "/rouvrir")).status_code == 303
    assert kept(team, "Maison des solidarités").closed_at is None
    with team.database.reading() as session:
        noted = [event.action for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert noted == ["place.closed", "place.reopened"]


def test_a_place_where_nothing_happens_says_so(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        quiet = world.make_place(name="Permanence")
    assert "Aucune plage et aucun rendez-vous" in client.get(f"{LISTING}/{quiet.id}/fermer").text


def test_the_list_costs_the_same_whatever_its_length(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    few = queries_of(flask_app, lambda: client.get(LISTING))
    with team.changing() as world:
        for number in range(6):
            world.make_place(name=f"Lieu {number}")
    assert queries_of(flask_app, lambda: client.get(LISTING)) == few


def test_another_teams_places_do_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        theirs = world.make_place(organisation_id=world.make_organisation().id, name="Ailleurs")
    assert "Ailleurs" not in client.get(LISTING).text
    for doing in ("", "/fermer"):
        assert client.get(f"{LISTING}/{theirs.id}{doing}").status_code == 404
    for doing in ("", "/fermer", "/rouvrir"):
        assert client.post(f"{LISTING}/{theirs.id}{doing}", data=typed()).status_code == 404
    assert kept(team, "Ailleurs").closed_at is None


def test_only_an_administrator_sets_places(team: Team, flask_app: Flask) -> None:
    client = team.browser(flask_app)
    for path in (LISTING, ADDING, address(team), address(team, "/fermer")):
        assert client.get(path).status_code == 403
    for path in (ADDING, address(team), address(team, "/fermer"), address(team, "/rouvrir")):
        assert client.post(path, data=typed()).status_code == 403
