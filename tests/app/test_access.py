"""Who may open a page, and the transaction it runs in, seen through pages made for these tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import create_app
from app.access import Desk, admin_page, agent_page, machine_call, public_page
from app.settings import Settings
from invitations import signing_in
from invitations.database import Database
from invitations.errors import SlotTaken
from invitations.models import Agent, JobRun, Role
from tests.conftest import Clock
from tests.factories import World


def leave_a_trace(session: Session, clock: Clock) -> None:
    session.add(JobRun(job="trace", slot="1", started_at=clock()))
    session.flush()


@pytest.fixture
def client(settings: Settings, clock: Clock) -> Iterator[FlaskClient]:
    """A browser on an application with five pages more."""
    made = create_app(settings, clock=clock)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)

    @public_page
    def trace(session: Session) -> str:
        leave_a_trace(session, clock)
        return "done"

    @public_page
    def refuse(session: Session) -> str:
        leave_a_trace(session, clock)
        raise SlotTaken

    @machine_call
    def call(session: Session) -> str:
        leave_a_trace(session, clock)
        return "done"

    @agent_page
    def desk(session: Session, desk: Desk) -> str:
        return f"{desk.organisation.name}|{desk.agent.email}|{desk.is_admin}"

    @admin_page
    def only_admins(session: Session, desk: Desk) -> str:
        return "settings"

    for name, view in {
        "trace": trace,
        "refuse": refuse,
        "call": call,
        "desk": desk,
        "only-admins": only_admins,
    }.items():
        made.add_url_rule(f"/test/{name}", f"test_{name}", view, methods=["GET", "POST"])
    yield made.test_client()
    made.extensions["rdv"].database.engine.dispose()


@pytest.fixture
def agent(database: Database, clock: Clock) -> Agent:
    """An agent of one organisation, saved."""
    with database.writing() as session:
        world = World(session, clock())
        world.agent.password_hash = signing_in.hash_password("a password of twenty")
        return world.agent


def traces(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(JobRun)) or 0


def sign_in(client: FlaskClient, database: Database, agent: Agent, clock: Clock) -> str:
    with database.writing() as session:
        token = signing_in.open_session(session, agent.id, now=clock())
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return token


@pytest.mark.parametrize("page", ["trace", "call"])
def test_looking_changes_nothing_even_when_the_view_writes(client: FlaskClient, database: Database, page: str) -> None:
    assert client.get(f"/test/{page}").data == b"done"
    assert client.head(f"/test/{page}").status_code == 200
    assert traces(database) == 0


@pytest.mark.parametrize("page", ["trace", "call"])
def test_an_act_that_returns_is_kept(client: FlaskClient, database: Database, page: str) -> None:
    assert client.post(f"/test/{page}").data == b"done"
    assert traces(database) == 1


def test_an_act_that_is_refused_leaves_nothing(client: FlaskClient, database: Database) -> None:
    assert client.post("/test/refuse").status_code == 409
    assert traces(database) == 0


def test_a_stranger_is_sent_to_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/test/desk?jour=2026-12-01")
    assert answer.status_code == 302
    assert answer.location.startswith("/agents/connexion")
    assert "jour" in answer.location


def test_a_stranger_who_posts_is_sent_to_sign_in_without_a_way_back(client: FlaskClient) -> None:
    answer = client.post("/test/desk")
    assert (answer.status_code, answer.location) == (302, "/agents/connexion")


def test_an_agent_works_for_their_organisation(
    client: FlaskClient, database: Database, agent: Agent, clock: Clock
) -> None:
    sign_in(client, database, agent, clock)
    name, email, is_admin = client.get("/test/desk").text.split("|")
    assert (name, email, is_admin) == (agent.roles[0].organisation.name, agent.email, "False")


def test_an_organisation_that_is_not_theirs_is_not_opened(
    client: FlaskClient, database: Database, agent: Agent, clock: Clock
) -> None:
    with database.writing() as session:
        world = World.__new__(World)
        world.session, world.now, world.numbers = session, clock(), iter(range(100, 200))
        world.department = agent.roles[0].organisation.department
        other = world.make_organisation()
    sign_in(client, database, agent, clock)
    with client.session_transaction() as cookie:
        cookie["organisation"] = other.id
    assert client.get("/test/desk").text.split("|")[0] == agent.roles[0].organisation.name


def test_what_is_for_administrators_is_refused_to_others(
    client: FlaskClient, database: Database, agent: Agent, clock: Clock
) -> None:
    sign_in(client, database, agent, clock)
    assert client.get("/test/only-admins").status_code == 403
    with database.writing() as session:
        session.get_one(Agent, agent.id).roles[0].role = Role.ADMIN
    assert client.get("/test/only-admins").text == "settings"


def test_a_session_ends_with_the_day(client: FlaskClient, database: Database, agent: Agent, clock: Clock) -> None:
    sign_in(client, database, agent, clock)
    clock.pass_by(signing_in.SESSION_LENGTH - timedelta(seconds=1))
    assert client.get("/test/desk").status_code == 200
    clock.pass_by(timedelta(seconds=1))
    assert client.get("/test/desk").status_code == 302


def test_signing_out_closes_the_session_for_a_copied_cookie_too(
    client: FlaskClient, database: Database, agent: Agent, clock: Clock
) -> None:
    token = sign_in(client, database, agent, clock)
    with database.writing() as session:
        signing_in.sign_out(session, token, now=clock())
    assert client.get("/test/desk").status_code == 302


def test_a_closed_account_is_out_at_once(client: FlaskClient, database: Database, agent: Agent, clock: Clock) -> None:
    sign_in(client, database, agent, clock)
    with database.writing() as session:
        session.get_one(Agent, agent.id).closed_at = clock()
    assert client.get("/test/desk").status_code == 302
