"""Réglages, motifs: every setting of a type, kept to the minute; what it can't be, said beside its field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.database import Database
from invitations.models import Agent, AppointmentType, AuditEvent, OpenTo, PlaceType, Role
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock

ADDING = "/agents/reglages/motifs/ajouter"


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
    """The form as a browser sends it: a length is a number and its unit."""
    return {
        "name": "Entretien d’orientation",
        "duration": ["45", "minutes"],
        "place_type": "public_office",
        "is_collective": "0",
        "seats": "",
        "open_to": "invited",
        "instructions_before": "",
        "instructions_after": "",
        "min_delay": ["1", "jours"],
        "max_delay": ["60", "jours"],
        "cancel_limit": ["1", "heures"],
        "move_limit": ["", "heures"],
        "step": ["", "minutes"],
        "pause_after": ["0", "minutes"],
        "max_per_agent_day": "",
    } | changes


EVERYTHING = typed(
    name="Point par téléphone",
    duration=["30", "minutes"],
    place_type="phone",
    open_to="agents",
    referents_only="y",
    instructions_before="Avoir sa pièce d’identité près de soi",
    instructions_after="Renvoyer l’attestation",
    min_delay=["90", "minutes"],
    max_delay=["64810", "minutes"],
    cancel_limit=["100", "minutes"],
    move_limit=["2", "jours"],
    step=["15", "minutes"],
    pause_after=["10", "minutes"],
    max_per_agent_day="4",
)


def address(team: Team, doing: str = "") -> str:
    return f"/agents/reglages/motifs/{team.world.type.id}{doing}"


def kept(team: Team, name: str) -> AppointmentType:
    with team.database.reading() as session:
        found = session.scalars(select(AppointmentType).where(AppointmentType.name == name)).one()
        session.expunge_all()
    return found


def test_a_type_is_added_with_every_setting(team: Team, client: FlaskClient) -> None:
    assert "RSA orientation" in client.get(ADDING).text
    answer = client.post(ADDING, data=EVERYTHING | {"category": team.world.category.id})
    assert (answer.status_code, answer.location) == (303, "/agents/reglages/motifs")
    made = kept(team, "Point par téléphone")
    assert (made.category_id, made.organisation_id) == (team.world.category.id, team.world.organisation.id)
    assert (made.duration, made.step, made.pause_after) == tuple(timedelta(minutes=m) for m in (30, 15, 10))
    assert (made.min_delay, made.max_delay) == (timedelta(minutes=90), timedelta(days=45, minutes=10))
    assert (made.cancel_limit, made.move_limit) == (timedelta(minutes=100), timedelta(days=2))
    assert (made.place_type, made.open_to, made.referents_only) == (PlaceType.PHONE, OpenTo.AGENTS, True)
    assert (made.is_collective, made.seats, made.max_per_agent_day) == (False, 1, 4)
    assert (made.instructions_before, made.instructions_after) == (
        "Avoir sa pièce d’identité près de soi",
        "Renvoyer l’attestation",
    )
    assert "Point par téléphone" in client.get("/agents/reglages/motifs").text


def test_a_form_sent_back_untouched_changes_nothing_to_the_minute(team: Team, client: FlaskClient) -> None:
    client.post(ADDING, data=EVERYTHING | {"category": team.world.category.id})
    made = kept(team, "Point par téléphone")
    page = client.get(f"/agents/reglages/motifs/{made.id}").text
    assert 'value="64810"' in page
    assert client.post(f"/agents/reglages/motifs/{made.id}", data=EVERYTHING).status_code == 303
    with team.database.reading() as session:
        assert [event.action for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))] == ["type.added"]


def test_a_collective_type_says_how_many_a_session_receives(team: Team, client: FlaskClient) -> None:
    collective = typed(name="Atelier CV", is_collective="1", seats="12", category=team.world.category.id)
    assert client.post(ADDING, data=collective).status_code == 303
    made = kept(team, "Atelier CV")
    assert (made.is_collective, made.seats) == (True, 12)
    assert "12 places" in words_of(client.get("/agents/reglages/motifs").text)


def test_an_individual_type_has_one_seat_whatever_was_typed(team: Team, client: FlaskClient) -> None:
    assert client.post(address(team), data=typed(seats="12")).status_code == 303
    assert kept(team, "Entretien d’orientation").seats == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "  "}, "À remplir."),
        ({"name": ""}, "Donnez un nom au motif."),
        ({"duration": ["0", "minutes"]}, "De 5 à 480 minutes."),
        ({"duration": ["9", "heures"]}, "De 5 à 480 minutes."),
        ({"duration": ["", "minutes"]}, "Indiquez la durée."),
        ({"duration": ["1,5", "heures"]}, "Indiquez un nombre entier, puis choisissez l’unité."),
        ({"duration": ["²", "heures"]}, "Indiquez un nombre entier"),
        ({"min_delay": ["31", "jours"]}, "De 0 à 30 jours."),
        ({"min_delay": ["3", "jours"], "max_delay": ["72", "heures"]}, "Plus long que le délai «"),
        ({"max_delay": ["1000", "jours"]}, "365 jours au plus."),
        ({"max_delay": ["99999999999", "jours"]}, "Indiquez un nombre entier"),
        ({"cancel_limit": ["-1", "heures"]}, "Indiquez un nombre entier"),
        ({"step": ["1", "minutes"]}, "De 5 à 480 minutes."),
        ({"pause_after": ["5", "heures"]}, "De 0 à 240 minutes."),
        ({"max_per_agent_day": "0"}, "De 1 à 50, ou rien."),
        ({"is_collective": "1"}, "Indiquez combien de places offre une séance."),
        ({"is_collective": "1", "seats": "1"}, "De 2 à 500 places."),
        ({"place_type": "moon"}, "Choisissez dans la liste."),
        ({"open_to": "all"}, "Choisissez dans la liste."),
        ({"instructions_before": "x" * 401}, "400 caractères au plus."),
    ],
)
def test_what_a_type_can_not_be_is_told_beside_its_field(
    team: Team, client: FlaskClient, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.post(
        address(team), data=typed(name="Autre nom", **changes) if "name" not in changes else typed(**changes)
    )
    assert answer.status_code == 422
    assert sentence in answer.text
    for value in changes.values():
        shown = value[0] if isinstance(value, list) else value
        assert not shown.strip() or shown in answer.text or shown in {"moon", "all"}
    with team.database.reading() as session:
        assert session.get_one(AppointmentType, team.world.type.id).name == "Entretien d'orientation"


def test_a_unit_that_is_none_falls_back_on_the_usual_one(team: Team, client: FlaskClient) -> None:
    assert client.post(address(team), data=typed(duration=["50", "siècles"])).status_code == 303
    assert kept(team, "Entretien d’orientation").duration == timedelta(minutes=50)


def test_two_types_in_use_have_two_names(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.make_type(name="Atelier CV")
    answer = client.post(address(team), data=typed(name="atelier cv"))
    assert answer.status_code == 422
    assert "Un autre motif porte déjà ce nom." in answer.text
    assert client.post(ADDING, data=typed(name="Atelier CV", category=team.world.category.id)).status_code == 422


def test_a_type_belongs_to_one_of_the_organisations_categories(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_category(code="siae", name="SIAE")
    answer = client.post(ADDING, data=typed(name="Ailleurs", category=other.id))
    assert answer.status_code == 422
    assert "Choisissez dans la liste." in answer.text
    client.post(address(team), data=typed(category=other.id))
    assert kept(team, "Entretien d’orientation").category_id == team.world.category.id


def test_a_team_without_a_category_is_told_why_it_has_no_type(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        bare = world.make_agent(organisation=world.make_organisation(), role=Role.ADMIN)
    page = team.browser(flask_app, bare)
    assert "aucune catégorie" in page.get(ADDING).text
    assert "Aucun motif" in page.get("/agents/reglages/motifs").text


def test_what_people_hold_appointments_of_does_not_change_kind(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, NOW + timedelta(days=3))
    by_phone = client.post(address(team), data=typed(place_type="phone"))
    assert by_phone.status_code == 422
    assert "1 rendez-vous est pris sur place." in words_of(by_phone.text)
    together = client.post(address(team), data=typed(is_collective="1", seats="5"))
    assert together.status_code == 422
    assert "Ce motif a déjà servi." in together.text
    with team.database.reading() as session:
        assert session.get_one(AppointmentType, team.world.type.id).place_type is PlaceType.PUBLIC_OFFICE


def test_where_people_are_met_may_change_once_the_appointments_are_over(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, NOW - timedelta(days=3))
    assert client.post(address(team), data=typed(place_type="phone")).status_code == 303
    assert client.post(address(team), data=typed(is_collective="1", seats="5")).status_code == 422


def test_a_closed_type_offers_no_slot_and_can_be_opened_again(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, NOW + timedelta(days=3))
    assert "1 rendez-vous à venir reste" in words_of(client.get(address(team)).text)
    assert client.post(address(team, "/fermer")).status_code == 303
    page = words_of(client.get("/agents/reglages/motifs").text)
    assert "1 rendez-vous à venir reste dans les agendas" in page
    assert "1 motif fermé" in page
    assert "Aucun motif de rendez-vous" in page
    assert client.post(address(team, "/fermer")).status_code == 303
    assert client.post(address(team, "/rouvrir")).status_code == 303
    with team.database.reading() as session:
        assert session.get_one(AppointmentType, team.world.type.id).closed_at is None
        noted = [event.action for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert noted == ["type.closed", "type.reopened"]


def test_a_type_whose_name_was_taken_meanwhile_stays_closed(team: Team, client: FlaskClient) -> None:
    client.post(address(team, "/fermer"))
    with team.changing() as world:
        world.make_type(name=team.world.type.name)
    answer = client.post(address(team, "/rouvrir"), follow_redirects=True)
    assert "Renommez l’un des deux" in answer.text
    with team.database.reading() as session:
        assert session.get_one(AppointmentType, team.world.type.id).closed_at is not None


def test_the_journal_names_what_changed_and_never_the_values(team: Team, client: FlaskClient, admin: Agent) -> None:
    client.post(address(team), data=typed(min_delay=["90", "minutes"], instructions_after="Merci"))
    with team.database.reading() as session:
        event = session.scalars(select(AuditEvent)).one()
        assert (event.action, event.agent_id) == ("settings.changed", admin.id)
        assert set(event.details["changed"]) == {"name", "min_delay", "instructions_after"}
        assert "Merci" not in str(event.details)


def test_the_list_costs_the_same_whatever_its_length(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    few = queries_of(flask_app, lambda: client.get("/agents/reglages/motifs"))
    with team.changing() as world:
        for number in range(6):
            world.make_type(name=f"Motif {number}")
    assert queries_of(flask_app, lambda: client.get("/agents/reglages/motifs")) == few


def test_another_teams_types_do_not_exist(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        theirs = world.make_type(organisation_id=other.id, name="Ailleurs")
    where = f"/agents/reglages/motifs/{theirs.id}"
    assert "Ailleurs" not in client.get("/agents/reglages/motifs").text
    assert client.get(where).status_code == 404
    for doing in ("", "/fermer", "/rouvrir"):
        assert client.post(where + doing, data=typed()).status_code == 404
    with team.database.reading() as session:
        assert session.get_one(AppointmentType, theirs.id).name == "Ailleurs"


def test_only_an_administrator_sets_types(team: Team, flask_app: Flask) -> None:
    client = team.browser(flask_app)
    for path in ("/agents/reglages/motifs", ADDING, address(team)):
        assert client.get(path).status_code == 403
    for path in (ADDING, address(team), address(team, "/fermer"), address(team, "/rouvrir")):
        assert client.post(path, data=typed()).status_code == 403
