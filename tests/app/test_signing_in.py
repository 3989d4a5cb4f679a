"""Signing in, out, and changing organisation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations import sign_in_tries, signing_in
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import AgentRole, AuditEvent, Role
from invitations.sign_in_tries import EVERYWHERE, HERE, Origin
from invitations.signing_in import hash_password
from tests.app.team import Team
from tests.conftest import SECRET, Clock

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
    client: FlaskClient,
    *,
    email: str = "claire@drome.example",
    password: str = PASSWORD,
    suite: str = "",
    address: str = "127.0.0.1",
) -> int:
    answer = client.post(
        "/agents/connexion",
        query_string={"suite": suite},
        data={"email": email, "password": password},
        environ_overrides={"REMOTE_ADDR": address},
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


def test_after_ten_wrong_passwords_the_right_one_waits_a_quarter_of_an_hour(client: FlaskClient, clock: Clock) -> None:
    for _ in range(HERE.most):
        assert enter(client, password="rien de tel") == 401
    assert enter(client) == 429
    assert enter(client, email="CLAIRE@drome.example") == 429
    assert enter(client, email="autre@drome.example") == 401
    clock.pass_by(timedelta(minutes=30))
    assert enter(client) == 303


def test_whoever_tries_from_elsewhere_shuts_nobody_out(client: FlaskClient, flask_app: Flask) -> None:
    stranger = flask_app.test_client()
    for _ in range(HERE.most):
        assert enter(stranger, password="rien de tel", address="203.0.113.9") == 401
    assert enter(stranger, address="203.0.113.9") == 429
    assert enter(client, address="192.0.2.1") == 303


def test_a_device_that_signed_in_before_is_not_shut_out_by_many_addresses(
    team: Team, client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    assert enter(client) == 303
    client.post("/agents/deconnexion")
    with team.changing() as world:
        for number in range(EVERYWHERE.most):
            origin = Origin(f"203.0.113.{number}")
            said = {"email": "claire@drome.example", "origin": origin, "codes": Codes(SECRET), "now": clock()}
            signing_in.note_failure(world.session, **said)
    assert enter(flask_app.test_client(), address="198.51.100.1") == 429
    assert enter(client, address="198.51.100.1") == 303
    client.post("/agents/deconnexion")
    for _ in range(HERE.most):
        assert enter(client, password="rien de tel") == 401
    assert enter(client) == 429


def test_the_mark_of_a_device_is_of_one_account_alone(client: FlaskClient, clock: Clock) -> None:
    assert enter(client) == 303
    mark = client.get_cookie("rdv_appareil")
    assert mark is not None
    assert sign_in_tries.knows(mark.value, "Claire@drome.example ", Codes(SECRET))
    assert not sign_in_tries.knows(mark.value, "autre@drome.example", Codes(SECRET))
    assert not sign_in_tries.knows("", "claire@drome.example", Codes(SECRET))
    assert "claire" not in mark.value


def test_a_failed_attempt_is_kept_without_the_address(team: Team, client: FlaskClient) -> None:
    enter(client, password="rien de tel")
    enter(client, email="personne@drome.example", password="rien de tel")
    with team.database.reading() as session:
        noted = session.scalars(select(AuditEvent.details).filter_by(action="sign_in.failed").order_by(AuditEvent.id))
        assert noted.all() == [{"account_id": team.world.agent.id}, {}]


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
