"""Réglages: what an administrator sets, what is refused beside its field, and who may not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.agents import settings_words
from invitations.database import Database
from invitations.models import (
    Agent,
    AppointmentType,
    AuditEvent,
    CategorySettings,
    Organisation,
    Role,
)
from invitations.settings_overview import Overview
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import Clock

CONTACT = {"phone": "04 75 11 22 33", "hours": "le matin", "email": "cms@drome.example", "sms_sender": "DROME"}

NOTHING = Overview(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, has_phone=False)


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


def read(team: Team, row: Any) -> Any:
    with team.database.reading() as session:
        found = session.get_one(type(row), row.id)
        session.expunge_all()
    return found


def category(team: Team, **changes: Any) -> dict[str, Any]:
    return {
        "channels": ["sms"],
        "modes": ["invitation"],
        "validity_days": "15",
        "help_phone": "04 75 44 55 66",
    } | changes


def test_the_page_tells_every_setting_in_words(team: Team, client: FlaskClient) -> None:
    page = client.get("/agents/reglages").text
    for words in (
        "04 75 00 00 00",
        "SMS, Courriel",
        "rappel à 3 et 7\N{NO-BREAK SPACE}jours, appel à 9\N{NO-BREAK SPACE}jours",
        "ne nomment pas les personnes",
    ):
        assert words in page


def test_how_the_organisation_is_reached_is_kept(team: Team, client: FlaskClient) -> None:
    assert 'value="04 75 00 00 00"' in client.get("/agents/reglages/structure").text
    answer = client.post("/agents/reglages/structure", data=CONTACT)
    assert (answer.status_code, answer.location) == (303, "/agents/reglages")
    kept: Organisation = read(team, team.world.organisation)
    assert (kept.phone, kept.hours, kept.email, kept.sms_sender) == (
        "+33475112233",
        "le matin",
        "cms@drome.example",
        "DROME",
    )


def test_calendars_name_people_only_where_the_team_says_so(team: Team, client: FlaskClient) -> None:
    client.post("/agents/reglages/structure", data=CONTACT)
    assert read(team, team.world.organisation).names_in_calendars is False
    client.post("/agents/reglages/structure", data=CONTACT | {"names_in_calendars": "y"})
    assert read(team, team.world.organisation).names_in_calendars is True
    page = client.get("/agents/reglages").text
    assert "nomment les personnes reçues" in page
    assert "ne nomment pas" not in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"phone": "0475"}, "Ce numéro ne se lit pas."),
        ({"phone": ""}, "Sans numéro qui répond, aucune invitation ne part."),
        ({"email": "cms@"}, "Cette adresse n’est pas complète."),
        ({"sms_sender": "Département 26"}, "Onze lettres ou chiffres au plus"),
        ({"sms_sender": "12345678901"}, "Onze lettres ou chiffres au plus"),
        ({"hours": "x" * 121}, "120 caractères au plus."),
    ],
)
def test_what_can_not_be_read_is_told_beside_its_field_and_nothing_is_kept(
    team: Team, client: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    answer = client.post("/agents/reglages/structure", data=CONTACT | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(value in answer.text for value in typed.values())
    assert read(team, team.world.organisation).phone == "+33475000000"


@pytest.mark.parametrize(
    ("typed", "kept"), [("38123", "38123"), ("06 39 98 12 34", "+33639981234"), ("", None), (" CMS 26 ", "CMS 26")]
)
def test_a_sender_is_a_name_a_short_code_or_a_number(
    team: Team, client: FlaskClient, typed: str, kept: str | None
) -> None:
    assert client.post("/agents/reglages/structure", data=CONTACT | {"sms_sender": typed}).status_code == 303
    assert read(team, team.world.organisation).sms_sender == kept


def test_how_a_category_invites_is_kept(team: Team, client: FlaskClient) -> None:
    address = f"/agents/reglages/categories/{team.world.settings.id}"
    assert 'value="10"' in client.get(address).text
    assert client.post(address, data=category(team)).status_code == 303
    kept: CategorySettings = read(team, team.world.settings)
    assert (kept.channels, kept.modes, kept.validity_days, kept.help_phone) == (
        ["sms"],
        ["invitation"],
        15,
        "+33475445566",
    )


def test_who_signs_and_who_answers_is_kept_for_the_organisation_and_for_a_category(
    team: Team, client: FlaskClient
) -> None:
    said = CONTACT | {"phone_owner": " Secrétariat de la MDS ", "signature": "L’équipe  insertion"}
    assert client.post("/agents/reglages/structure", data=said).status_code == 303
    kept: Organisation = read(team, team.world.organisation)
    assert (kept.phone_owner, kept.signature) == ("Secrétariat de la MDS", "L’équipe insertion")
    page = client.get("/agents/reglages").text
    assert "signé «\N{NO-BREAK SPACE}L’équipe insertion\N{NO-BREAK SPACE}»" in page
    address = f"/agents/reglages/categories/{team.world.settings.id}"
    of_category = category(team, help_owner="Mme Roche", help_hours="le soir", referents_only="y")
    assert client.post(address, data=of_category).status_code == 303
    settings: CategorySettings = read(team, team.world.settings)
    assert (settings.help_owner, settings.help_hours, settings.referents_only) == ("Mme Roche", "le soir", True)
    assert "avec une personne référente" in client.get("/agents/reglages").text
    assert client.post(address, data=category(team, help_owner="x" * 81)).status_code == 422
    client.post("/agents/reglages/structure", data=CONTACT)
    assert read(team, team.world.organisation).signature is None


def test_the_home_of_settings_names_every_page_with_what_it_holds(team: Team, client: FlaskClient) -> None:
    page = words_of(client.get("/agents/reglages").text).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "Tout est réglé pour inviter",
        "Collègues 2 personnes",
        "Catégories 1 ouverte ici",
        "Motifs 1 motif Textes les textes d’origine",
        "Lieux 1 lieu ouvert",
        "Secteurs aucun",
        "Conservation messages et personnes, 24 mois",
        "Limites sans limite",
    ):
        assert words in page
    places = re.findall(r'<li><a href="([^"]+)">', client.get("/agents/reglages").text)
    assert len(places) >= len(settings_words.pages(NOTHING, team.world.organisation))
    assert {client.get(one).status_code for one in places} == {200}


def test_it_says_what_is_missing_before_anybody_is_invited(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).phone = None
        world.session.get_one(AppointmentType, world.type.id).closed_at = world.now
    page = client.get("/agents/reglages").text
    assert "il manque 2\N{NO-BREAK SPACE}réglages" in page
    assert '<a href="/agents/reglages/structure">un téléphone qui répond</a>' in page
    assert '<a href="/agents/reglages/motifs">un motif que les personnes invitées peuvent réserver</a>' in page


def test_the_home_of_settings_costs_the_same_whatever_there_is(
    team: Team, flask_app: Flask, client: FlaskClient
) -> None:
    client.get("/agents/reglages")
    before = queries_of(flask_app, lambda: client.get("/agents/reglages"))
    with team.changing() as world:
        for number in range(4):
            made = world.make_category(code=f"c{number}", name=f"Catégorie {number}")
            world.make_settings(category_id=made.id)
            world.make_type(name=f"Motif {number}", category_id=made.id)
            world.make_place(name=f"Lieu {number}")
    assert queries_of(flask_app, lambda: client.get("/agents/reglages")) == before


def test_an_invitation_may_never_expire(team: Team, client: FlaskClient) -> None:
    address = f"/agents/reglages/categories/{team.world.settings.id}"
    empty = category(team, validity_days="", help_phone="")
    assert client.post(address, data=empty).status_code == 303
    kept: CategorySettings = read(team, team.world.settings)
    assert (kept.validity_days, kept.help_phone) == (None, None)
    page = client.get("/agents/reglages").text
    assert "sans limite" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"channels": []}, "Choisissez au moins un moyen."),
        ({"channels": ["pigeon"]}, "Choisissez dans la liste."),
        ({"modes": []}, "Choisissez au moins une façon."),
        ({"validity_days": "0"}, "De 1 à 365 jours, ou rien."),
        ({"validity_days": "dix"}, "Indiquez un nombre entier."),
        ({"validity_days": "8"}, "Au jour 9, l’invitation n’est plus valable"),
        ({"channels": ["letter"]}, "Par quel moyen rappeler au jour 3"),
        ({"help_phone": "12"}, "Ce numéro ne se lit pas."),
    ],
)
def test_what_a_category_can_not_be_is_told(
    team: Team, client: FlaskClient, typed: dict[str, Any], sentence: str
) -> None:
    address = f"/agents/reglages/categories/{team.world.settings.id}"
    answer = client.post(address, data=category(team, **typed))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert read(team, team.world.settings).validity_days == 10


def test_the_journal_keeps_who_changed_what_and_no_value(team: Team, client: FlaskClient, admin: Agent) -> None:
    client.post("/agents/reglages/structure", data=CONTACT)
    client.post("/agents/reglages/structure", data=CONTACT)
    client.post(f"/agents/reglages/categories/{team.world.settings.id}", data=category(team))
    with team.database.reading() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        noted = [(event.action, event.agent_id, event.details["subject"]) for event in events]
        assert noted == [
            ("settings.changed", admin.id, "organisation"),
            ("settings.changed", admin.id, "category"),
        ]
        assert events[0].details["changed"] == ["phone", "hours", "email", "sms_sender"]
        assert "475" not in str([event.details for event in events])


def test_only_an_administrator_opens_the_settings(team: Team, flask_app: Flask) -> None:
    client = team.browser(flask_app)
    world = team.world
    pages = ("", "/structure", f"/categories/{world.settings.id}")
    for page in pages:
        assert client.get(f"/agents/reglages{page}").status_code == 403
    for page in pages[1:]:
        assert client.post(f"/agents/reglages{page}", data=CONTACT).status_code == 403
    assert read(team, world.organisation).phone == "+33475000000"


def test_another_organisations_settings_do_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        theirs = world.make_settings(organisation_id=other.id)
    address = f"/agents/reglages/categories/{theirs.id}"
    assert client.get(address).status_code == 404
    assert client.post(address, data=category(team)).status_code == 404
    assert read(team, theirs).validity_days == 10


def test_a_form_without_its_token_is_refused(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    flask_app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/agents/reglages/structure", data=CONTACT).status_code == 400
    assert read(team, team.world.organisation).phone == "+33475000000"


def test_calls_are_offered_where_a_number_of_ours_may_make_them(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    address = f"/agents/reglages/categories/{team.world.settings.id}"
    page = client.get(address).text
    assert 'value="voice"' not in page
    assert "demandent un numéro d’appel" in page
    assert client.post(address, data=category(team, channels=["sms", "voice"])).status_code == 422
    runtime = flask_app.extensions["rdv"]
    settings = replace(runtime.settings, twilio_voice_from="+33937000000")
    flask_app.extensions["rdv"] = replace(runtime, settings=settings)
    page = client.get(address).text
    assert "Appel automatique, pour qui n’a qu’un téléphone" in page
    assert "demandent un numéro d’appel" not in page
    assert client.post(address, data=category(team, channels=["sms", "voice"])).status_code == 303
    assert read(team, team.world.settings).channels == ["sms", "voice"]
    assert "SMS, Appel automatique" in client.get("/agents/reglages").text


def test_calls_that_were_chosen_can_be_taken_away_once_the_number_is_gone(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.merge(world.settings).channels = ["sms", "voice"]
    address = f"/agents/reglages/categories/{team.world.settings.id}"
    assert 'value="voice"' in client.get(address).text
    assert client.post(address, data=category(team, channels=["sms"])).status_code == 303
    assert 'value="voice"' not in client.get(address).text
