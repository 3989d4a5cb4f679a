"""Réglages, connexions: a second factor for everybody and the end of idle sessions; who chooses, who reads, what follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations import signing_in
from invitations.database import Database
from invitations.models import Agent, AgentSession, AuditEvent, Department, Organisation, OrganisationKind, Role
from tests.app.team import Team
from tests.app.town import words_of
from tests.conftest import Clock

HERE = "/agents/reglages/connexions"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    return team.browser(flask_app, admin)


@pytest.fixture
def colleague(team: Team, flask_app: Flask) -> FlaskClient:
    """Somebody who administers nothing and exports nothing."""
    return team.browser(flask_app)


def kept(team: Team) -> tuple[bool, int | None]:
    with team.database.reading() as session:
        found = session.scalars(select(Department)).one()
        return found.second_factor_since is not None, found.idle_minutes


def test_nothing_is_asked_of_everybody_until_the_departement_says_so(
    client: FlaskClient, colleague: FlaskClient
) -> None:
    page = words_of(client.get(HERE).text)
    assert "ouverte toute la journée, douze heures au plus" in page
    assert colleague.get("/agents/").status_code == 200


def test_where_it_is_asked_of_everybody_nothing_else_opens_before_it_is_installed(
    team: Team, client: FlaskClient, colleague: FlaskClient
) -> None:
    answer = client.post(HERE, data={"second_factor": "y", "idle": ""})
    assert (answer.status_code, answer.location, kept(team)) == (303, HERE, (True, None))
    assert colleague.get("/agents/").location == "/agents/moi/securite"
    assert "demande une deuxième étape à toutes et tous" in words_of(colleague.get("/agents/moi/securite").text)
    with team.changing() as world:
        for one in world.session.scalars(select(AgentSession).order_by(AgentSession.id)):
            one.second_factor_at = team.now
    assert colleague.get("/agents/").status_code == 200
    client.post(HERE, data={"idle": ""})
    assert kept(team) == (False, None)


def test_a_program_with_a_password_alone_is_told_to_take_a_key(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    said = {"email": "marie@drome.example", "password": "valence et romans"}
    with team.changing() as world:
        world.make_agent(email=said["email"], password_hash=signing_in.hash_password(said["password"]))
    program = flask_app.test_client()
    opened = program.post("/api/v1/auth/sign_in", json=said)
    mine = {name: opened.headers[name] for name in ("access-token", "client", "uid")}
    assert program.get("/api/v1/departments/26", headers=mine).status_code == 200
    client.post(HERE, data={"second_factor": "y", "idle": ""})
    assert program.get("/api/v1/departments/26", headers=mine).status_code == 401
    assert program.post("/api/v1/auth/sign_in", json=said).status_code == 403


def test_open_sessions_lie_idle_from_the_moment_it_is_chosen(
    team: Team, client: FlaskClient, colleague: FlaskClient, clock: Clock
) -> None:
    clock.pass_by(timedelta(hours=3))
    client.post(HERE, data={"idle": "15"})
    assert kept(team) == (False, 15)
    clock.pass_by(timedelta(minutes=15))
    assert colleague.get("/agents/").status_code == 200
    clock.pass_by(timedelta(minutes=16))
    assert colleague.get("/agents/").status_code == 302


def test_what_is_chosen_is_noted_once(team: Team, client: FlaskClient) -> None:
    for _ in range(2):
        client.post(HERE, data={"second_factor": "y", "idle": "60"})
    with team.database.reading() as session:
        noted = [one.details for one in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert noted == [{"department_id": team.world.department.id, "second_factor": True, "idle_minutes": 60}]


@pytest.mark.parametrize("idle", ["7", "900", "toujours"])
def test_another_length_is_refused_beside_its_field(team: Team, client: FlaskClient, idle: str) -> None:
    answer = client.post(HERE, data={"idle": idle})
    assert answer.status_code == 422
    assert kept(team) == (False, None)


def test_other_organisations_read_what_the_departement_chose(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).kind = OrganisationKind.SIAE
    page = client.get(HERE)
    assert page.status_code == 200
    assert "Enregistrer" not in page.text
    assert client.post(HERE, data={"second_factor": "y", "idle": "15"}).status_code == 403
    assert kept(team) == (False, None)


def test_another_departement_is_asked_nothing(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    with team.changing() as world:
        away = world.make_organisation(department_id=world.make_department(number="07").id)
        neighbour = world.make_agent(organisation=away)
    theirs = team.browser(flask_app, neighbour)
    client.post(HERE, data={"second_factor": "y", "idle": "15"})
    assert theirs.get("/agents/").status_code == 200


def test_an_administrator_ends_all_sessions_of_a_colleague(
    team: Team, client: FlaskClient, colleague: FlaskClient
) -> None:
    whom: Agent = team.world.agent
    assert "Fermer toutes ses connexions" in words_of(client.get(f"/agents/reglages/collegues/{whom.id}").text)
    answer = client.post(f"/agents/reglages/collegues/{whom.id}/connexions/fermer")
    assert answer.status_code == 303
    assert "1 connexion fermée pour Claire Roche." in words_of(client.get(answer.location).text).replace("\xa0", " ")
    assert colleague.get("/agents/").status_code == 302
    assert client.get("/agents/").status_code == 200
    with team.database.reading() as session:
        said = select(AuditEvent.details).where(AuditEvent.action == "colleague.sessions_ended")
        assert session.scalars(said).one() == {"colleague_id": whom.id, "sessions_ended": 1}


def test_whoever_helps_in_another_s_place_is_asked_what_that_place_asks(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        away = world.make_organisation(department_id=world.make_department(number="07").id)
        helper = world.make_agent(organisation=away, is_super=True)
        world.session.get_one(Department, world.department.id).second_factor_since = team.now
    theirs = team.browser(flask_app, helper)
    theirs.post("/agents/assistance", data={"email": team.world.agent.email, "reason": "aide"})
    assert theirs.get("/agents/").location == "/agents/assistance"
    assert theirs.post("/agents/assistance/fin").status_code == 303
    assert theirs.get("/agents/").status_code == 200
