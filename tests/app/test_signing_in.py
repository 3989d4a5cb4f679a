"""Signing in, out, and changing organisation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations.database import Database
from invitations.models import AgentRole, AuditEvent, Role
from invitations.signing_in import ATTEMPTS, hash_password
from tests.app.team import Team
from tests.conftest import Clock

PASSWORD = "valence et romans"
# One hash for all these tests: argon2id is slow on purpose.
HASH = hash_password(PASSWORD)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        world.agent = world.make_agent(email="claire@drome.example", password_hash=HASH)
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return flask_app.test_client()


def enter(
    client: FlaskClient, *, email: str = "claire@drome.example", password: str = PASSWORD, suite: str = ""
) -> int:
    answer = client.post(
        "/agents/connexion", query_string={"suite": suite}, data={"email": email, "password": password}
    )
    return answer.status_code


def test_a_right_password_opens_the_day_and_a_page_that_was_asked_for(client: FlaskClient) -> None:
    answer = client.post("/agents/connexion", data={"email": " Claire@drome.example ", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/agents/")
    assert client.get("/agents/").status_code == 200
    client.post("/agents/deconnexion")
    sent_away = client.get("/agents/personnes?statut=a-inviter")
    assert sent_away.location == "/agents/connexion?suite=/agents/personnes?statut%3Da-inviter"
    answer = client.post(sent_away.location, data={"email": "claire@drome.example", "password": PASSWORD})
    assert answer.location == "/agents/personnes?statut=a-inviter"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org/agents/", "//example.org", "/agents\\@example.org", "/agentsx", "/agents/\r\nX: y"],
)
def test_a_link_can_not_lead_out_after_signing_in(client: FlaskClient, elsewhere: str) -> None:
    answer = client.post(
        "/agents/connexion",
        query_string={"suite": elsewhere},
        data={"email": "claire@drome.example", "password": PASSWORD},
    )
    assert answer.location == "/agents/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence_and_keep_what_was_typed(
    client: FlaskClient,
) -> None:
    wrong = client.post("/agents/connexion", data={"email": "claire@drome.example", "password": "rien de tel"})
    unknown = client.post("/agents/connexion", data={"email": "personne@drome.example", "password": "rien de tel"})
    assert wrong.status_code == unknown.status_code == 401
    assert "Cette adresse et ce mot de passe ne vont pas ensemble." in wrong.text
    assert "Cette adresse et ce mot de passe ne vont pas ensemble." in unknown.text
    assert 'value="claire@drome.example"' in wrong.text
    assert "rien de tel" not in wrong.text


def test_an_empty_form_says_what_to_fill_in(client: FlaskClient) -> None:
    answer = client.post("/agents/connexion", data={})
    assert answer.status_code == 422
    assert "Indiquez votre adresse électronique." in answer.text


def test_after_ten_wrong_passwords_the_right_one_waits_ten_minutes(client: FlaskClient, clock: Clock) -> None:
    for _ in range(ATTEMPTS):
        assert enter(client, password="rien de tel") == 401
    assert enter(client) == 429
    assert enter(client, email="CLAIRE@drome.example") == 429
    assert enter(client, email="autre@drome.example") == 401
    clock.pass_by(timedelta(minutes=10))
    assert enter(client) == 303


def test_a_failed_attempt_is_kept_without_the_address(team: Team, client: FlaskClient) -> None:
    enter(client, password="rien de tel")
    with team.database.reading() as session:
        details = session.query(AuditEvent).filter_by(action="sign_in.failed").one().details
    assert details["email"]
    assert "claire" not in str(details)


def test_signing_out_ends_the_session_even_for_a_copied_cookie(client: FlaskClient, flask_app: Flask) -> None:
    enter(client)
    with client.session_transaction() as cookie:
        token = cookie["token"]
    assert client.post("/agents/deconnexion").location == "/agents/connexion"
    thief = flask_app.test_client()
    with thief.session_transaction() as cookie:
        cookie["token"] = token
    assert thief.get("/agents/").status_code == 302


def test_an_agent_of_two_organisations_changes_from_one_to_the_other(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation(name="Mission locale")
        world.add(AgentRole(agent_id=world.agent.id, organisation_id=other.id, role=Role.ADMIN))
    enter(client)
    answer = client.post("/agents/structure", data={"organisation": other.id})
    assert (answer.status_code, answer.location) == (303, "/agents/")
    assert "<summary>Mission locale</summary>" in client.get("/agents/").text
    assert ">Réglages</a>" in client.get("/agents/").text


def test_nobody_changes_to_an_organisation_they_do_not_belong_to(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        stranger = world.make_organisation(name="Ailleurs")
    enter(client)
    assert client.post("/agents/structure", data={"organisation": stranger.id}).status_code == 404


def test_a_sign_in_without_the_form_token_is_refused(team: Team, flask_app: Flask) -> None:
    flask_app.config["WTF_CSRF_ENABLED"] = True
    assert enter(flask_app.test_client()) == 400
