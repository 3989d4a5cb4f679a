"""Assistance: a super-administrator sees the software as a colleague, for an hour, and everything says so."""

from __future__ import annotations

import io
import sys
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import creating_agents
from app.commands import make_parser
from invitations.database import Database
from invitations.models import Agent, AgentSession, AuditEvent, Role, Support
from tests.app.team import Team
from tests.app.town import words_of
from tests.conftest import Clock

HERE = "/agents/assistance"
REASON = "Ne trouve plus ses créneaux"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def helper(team: Team) -> Agent:
    """A super-administrator, of another département."""
    with team.changing() as world:
        department = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        elsewhere = world.make_organisation(department_id=department.id)
        return world.make_agent(
            organisation=elsewhere, is_super=True, first_name="Sam", last_name="Petit", email="sam@isere.example"
        )


@pytest.fixture
def client(team: Team, flask_app: Flask, helper: Agent) -> FlaskClient:
    return team.browser(flask_app, helper)


def begin(client: FlaskClient, team: Team, reason: str = REASON) -> int:
    return client.post(HERE, data={"email": team.world.agent.email.upper(), "reason": reason}).status_code


def noted(team: Team, action: str) -> list[AuditEvent]:
    with team.database.reading() as session:
        found = list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))
        session.expunge_all()
        return found


def test_a_super_administrator_sees_what_the_agent_sees_and_every_page_says_so(team: Team, client: FlaskClient) -> None:
    person = team.person(last_name="Moreau")
    assert client.get(f"/agents/personnes/{person.id}").status_code == 404
    assert begin(client, team) == 303
    page = client.get(f"/agents/personnes/{person.id}")
    assert page.status_code == 200
    said = words_of(page.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "Vous voyez le logiciel comme Claire Roche, jusqu’à 11 h 00." in said
    assert client.post(f"{HERE}/fin").location == HERE
    assert client.get(f"/agents/personnes/{person.id}").status_code == 404
    page = words_of(client.get(HERE).text)
    assert "Vous voyez le logiciel comme" not in page
    assert f"Claire Roche {REASON}" in page


def test_beginning_end_and_every_act_are_noted_with_both_ids(
    team: Team, client: FlaskClient, helper: Agent, flask_app: Flask
) -> None:
    person, agent = team.person(), team.world.agent
    begin(client, team)
    client.post(f"/agents/personnes/{person.id}/suivis", data={"categorie": team.world.category.id})
    client.post("/agents/moi", data={})
    client.post(f"{HERE}/fin")
    team.browser(flask_app).post("/agents/moi", data={"resume": "oui"})
    [began], [ended] = noted(team, "support.began"), noted(team, "support.ended")
    assert (began.agent_id, began.details["colleague_id"]) == (helper.id, agent.id)
    assert (ended.agent_id, ended.organisation_id) == (helper.id, team.world.organisation.id)
    in_place, alone = noted(team, "agent.digest_chosen")
    assert (in_place.agent_id, in_place.details["supporter_id"]) == (agent.id, helper.id)
    assert "supporter_id" not in alone.details
    assert REASON not in str([began.details, ended.details])


def test_after_an_hour_nothing_is_done_any_more_in_the_other_s_place(
    team: Team, client: FlaskClient, clock: Clock
) -> None:
    begin(client, team)
    clock.pass_by(timedelta(hours=1) - timedelta(seconds=1))
    assert client.get("/agents/").status_code == 200
    clock.pass_by(timedelta(seconds=1))
    assert client.get("/agents/").location == HERE
    assert client.post("/agents/moi", data={}).location == HERE
    assert noted(team, "agent.digest_chosen") == []
    assert "L’heure est passée." in client.get(HERE).text
    client.post(f"{HERE}/fin")
    assert client.get("/agents/").status_code == 200
    with team.database.reading() as session:
        support = session.scalars(select(Support)).one()
        assert support.ended_at == support.until


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/agents/moi/securite"),
        ("POST", "/agents/moi/securite/mot-de-passe"),
        ("POST", "/agents/moi/securite/codes"),
        ("POST", "/agents/moi/securite/connexions/fermer"),
        ("GET", "/agents/moi/securite/cles"),
        ("POST", "/agents/reglages/collegues"),
        ("POST", "/agents/personnes/exporter"),
        ("GET", "/agents/mes-calendriers"),
        ("POST", HERE),
    ],
)
def test_what_nobody_does_in_another_s_place_stays_shut(
    team: Team, client: FlaskClient, method: str, path: str
) -> None:
    with team.changing() as world:
        held = world.session.get_one(Agent, world.agent.id).roles[0]
        held.role, held.may_export = Role.ADMIN, True
    begin(client, team)
    assert client.open(path, method=method).status_code == 403


def test_only_super_administrators_and_never_as_one_another(
    team: Team, client: FlaskClient, flask_app: Flask, helper: Agent
) -> None:
    with team.changing() as world:
        other = world.make_agent(is_super=True)
        gone = world.make_agent(closed_at=team.now)
    for email in (other.email, gone.email, "personne@drome.example"):
        answer = client.post(HERE, data={"email": email, "reason": REASON})
        assert answer.status_code == 422
        assert "Aucun compte ouvert n’a cette adresse" in answer.text
        assert REASON in answer.text
    assert begin(client, team, reason="  ") == 422
    ordinary = team.browser(flask_app)
    assert ordinary.get(HERE).status_code == 403
    assert ordinary.post(HERE, data={"email": gone.email, "reason": REASON}).status_code == 403
    assert "Assistance" not in ordinary.get("/agents/moi").text
    assert "/agents/assistance" in client.get("/agents/moi").text


def test_whoever_is_no_super_administrator_any_more_is_back_at_once(
    team: Team, client: FlaskClient, helper: Agent
) -> None:
    begin(client, team)
    with team.changing() as world:
        world.session.get_one(Agent, helper.id).is_super = False
    assert "Vous voyez le logiciel comme" not in client.get("/agents/").text


def test_signing_out_ends_all_of_it(team: Team, client: FlaskClient) -> None:
    begin(client, team)
    client.post("/agents/deconnexion")
    assert client.get("/agents/").status_code == 302
    with team.database.reading() as session:
        assert session.scalars(select(AgentSession.ended_at)).one() is not None


def test_the_operator_says_who(
    team: Team, flask_app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime, agent = flask_app.extensions["rdv"], team.world.agent

    def run(*words: str) -> int:
        arguments = make_parser().parse_args(["agents", "super", *words])
        return creating_agents.run_super(runtime, arguments)

    def is_super(email: str) -> bool:
        with team.database.reading() as session:
            return session.scalars(select(Agent.is_super).where(Agent.email == email)).one()

    assert run(agent.email) == 0
    assert is_super(agent.email)
    assert run(agent.email, "--off") == 0
    assert not is_super(agent.email)
    assert run("personne@drome.example") == 1
    assert "No account has this email." in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO("un mot bien à moi\n"))
    words = ["--email", "sam@drome.example", "--first-name", "Sam", "--last-name", "Petit", "--super"]
    arguments = make_parser().parse_args(["agents", "create", *words, "--organisation", team.world.organisation.name])
    assert creating_agents.run(runtime, arguments) == 0
    assert is_super("sam@drome.example")
