"""What a browser keeps of an agent, and what becomes of it when they prove more; what no answer gives away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import BadPayload
from sqlalchemy import select
from werkzeug.http import parse_cookie

from app.settings import Settings
from invitations.database import Database
from invitations.models import AgentSession
from notifications.senders import Senders
from tests.app.team import Team
from tests.app.test_my_security import EMAIL, HASH, MINE, OTHER, PASSWORD, set_up
from tests.applications import Applications
from tests.conftest import SECRET, Clock
from tests.fakes import RememberingEmail, RememberingSms

HERE = "https://rdv.drome.example"


@pytest.fixture
def flask(sqlite_url: str, applications: Applications, clock: Clock) -> Iterator[Flask]:
    """As in service: people open it over HTTPS."""
    senders = Senders(sms=RememberingSms(), email=RememberingEmail())
    settings = replace(Settings(database_url=sqlite_url, secret_key=SECRET, second_factor="no"), public_url=HERE)
    with applications.lend(settings, clock=clock, senders=senders) as lent:
        lent.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PREFERRED_URL_SCHEME="https")
        yield lent


@pytest.fixture
def team(sqlite_url: str, clock: Clock) -> Iterator[Team]:
    made = Team(Database(sqlite_url), clock())
    with made.changing() as world:
        world.agent = world.make_agent(email=EMAIL, password_hash=HASH)
    yield made
    made.database.engine.dispose()


@pytest.fixture
def client(team: Team, flask: Flask) -> FlaskClient:
    return flask.test_client()


def enter(client: FlaskClient, password: str = PASSWORD) -> list[str]:
    """Signs in; the cookies that the answer sets, as they are written."""
    answer = client.post("/agents/connexion", data={"email": EMAIL, "password": password})
    assert answer.status_code == 303
    return answer.headers.getlist("Set-Cookie")


def token(client: FlaskClient) -> str:
    with client.session_transaction() as cookie:
        return str(cookie["token"])


def opens(flask: Flask, kept: str) -> bool:
    """Whether a copy of the cookie, kept elsewhere, still opens the agents' pages."""
    stranger = flask.test_client()
    with stranger.session_transaction() as cookie:
        cookie["token"] = kept
    return stranger.get(MINE).status_code == 200


def test_no_other_host_and_nobody_on_the_line_sets_our_cookies(client: FlaskClient) -> None:
    written = enter(client)
    assert {next(iter(parse_cookie(one))) for one in written} == {"__Host-rdv", "__Host-rdv_appareil"}
    for one in written:
        said = {part.strip().partition("=")[0].lower(): part for part in one.split(";")}
        assert {"secure", "httponly", "samesite"} <= set(said)
        assert said["path"].strip() == "Path=/"
        assert "domain" not in said, "__Host- is refused by browsers with a domain"
    assert client.get(MINE).status_code == 200


def test_signing_in_again_ends_the_session_that_the_browser_had(team: Team, flask: Flask, client: FlaskClient) -> None:
    enter(client)
    before = token(client)
    enter(client)
    assert token(client) != before
    assert not opens(flask, before)
    with team.database.reading() as session:
        ended = session.scalars(select(AgentSession.ended_at).order_by(AgentSession.id)).all()
    assert [at is None for at in ended] == [False, True]


def test_who_proves_more_goes_on_under_another_token(flask: Flask, client: FlaskClient, clock: Clock) -> None:
    enter(client)
    before = token(client)
    client.post(f"{MINE}/mot-de-passe", data={"present": PASSWORD, "password": OTHER})
    after = token(client)
    assert not opens(flask, before)
    assert opens(flask, after)
    set_up(client, clock)
    assert not opens(flask, after)
    assert opens(flask, token(client))


def test_what_a_browser_keeps_is_sealed_and_what_is_not_sealed_opens_nothing(flask: Flask, client: FlaskClient) -> None:
    readable = SecureCookieSessionInterface().get_signing_serializer(flask)  # Flask's own, under the same key
    assert readable is not None
    kept = {name: value for one in enter(client) for name, value in parse_cookie(one).items()}
    with pytest.raises(BadPayload):  # signed by us, and yet no JSON
        readable.loads(kept["__Host-rdv"])
    opened = token(client)
    client.set_cookie("__Host-rdv", readable.dumps({"token": opened}), domain="rdv.drome.example")
    assert client.get(MINE, base_url=HERE).status_code == 302
    assert opens(flask, opened)


def test_a_password_counts_exactly_as_it_was_typed(client: FlaskClient) -> None:
    for altered in (f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.upper(), PASSWORD[:-1]):
        answer = client.post("/agents/connexion", data={"email": EMAIL, "password": altered})
        assert answer.status_code == 401, altered


def test_no_other_site_reads_or_embeds_an_answer(client: FlaskClient) -> None:
    for address in ("/agents/connexion", "/sante", "/static/style.css", "/api/v1/nowhere", "/nowhere"):
        headers = client.get(address, buffered=True, headers={"Origin": "https://evil.example"}).headers
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert not [name for name, _ in headers if name.lower().startswith("access-control-")]
        kind = headers["Content-Type"]
        assert kind.endswith("; charset=utf-8") or kind == "application/json", kind


def test_nothing_echoes_and_nothing_lists_its_folder(client: FlaskClient) -> None:
    for method, address in (("TRACE", "/"), ("TRACE", "/agents/connexion"), ("GET", "/static/")):
        answer = client.open(address, method=method, headers={"X-Mine": "echo-of-mine"})
        assert answer.status_code in {404, 405}, address
        assert "echo-of-mine" not in answer.text
