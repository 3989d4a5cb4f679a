"""Ma sécurité: password, second step, recovery codes, where one is signed in; and the forgotten password."""

from __future__ import annotations

import re
from base64 import b32decode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.settings import Settings, WrongSettings
from invitations import signing_in
from invitations.database import Database
from invitations.models import Agent, AgentSession, AuditEvent, CodeGenerator, RecoveryCode, Role
from invitations.sign_in_tries import HERE, LINKS, SECOND_STEP
from tests.app.team import Team
from tests.app.test_colleagues import path_in
from tests.app.town import words_of
from tests.conftest import SECRET, Clock
from tests.fakes import RememberingEmail

MINE = "/agents/moi/securite"
EMAIL = "claire@drome.example"
PASSWORD = "valence et romans"
OTHER = "montélimar et die"
HASH = signing_in.hash_password(PASSWORD)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        world.agent = world.make_agent(email=EMAIL, password_hash=HASH)
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    made = flask_app.test_client()
    enter(made)
    return made


def enter(client: FlaskClient, password: str = PASSWORD, **more: str) -> TestResponse:
    return client.post(
        "/agents/connexion", data={"email": EMAIL, "password": password}, headers={"User-Agent": FIREFOX}, **more
    )


def code_at(secret: str, clock: Clock) -> str:
    return TOTP(b32decode(secret), 6, SHA1(), 30).generate(int(clock().timestamp())).decode()


def set_up(client: FlaskClient, clock: Clock) -> tuple[str, list[str]]:
    """Install the telephone's codes. Returns the secret and the recovery codes."""
    assert client.post(f"{MINE}/codes").status_code == 303
    secret = re.search(r'access-secret">([A-Z2-7 ]+)<', client.get(f"{MINE}/codes").text)
    assert secret
    key = secret[1].replace(" ", "")
    page = client.post(f"{MINE}/codes/confirmer", data={"code": code_at(key, clock)})
    assert page.status_code == 200
    return key, re.findall(r"<code>([2-9A-Z]{4}-[2-9A-Z]{4})</code>", page.text)


def second_step(client: FlaskClient, code: str) -> int:
    return client.post("/agents/connexion/code", data={"code": code}).status_code


def test_a_new_password_ends_the_other_sessions_and_no_other_opens(client: FlaskClient, flask_app: Flask) -> None:
    elsewhere = flask_app.test_client()
    enter(elsewhere)
    answer = client.post(f"{MINE}/mot-de-passe", data={"present": PASSWORD, "password": OTHER})
    assert answer.status_code == 303
    assert "Vos autres connexions sont fermées." in client.get(MINE).text
    assert elsewhere.get("/agents/").status_code == 302
    assert enter(flask_app.test_client()).status_code == 401
    assert enter(flask_app.test_client(), OTHER).status_code == 303


@pytest.mark.parametrize(
    ("present", "password", "why"),
    [
        ("pas le bon du tout", OTHER, "Ce n’est pas votre mot de passe actuel."),
        (PASSWORD, "court", "trop court"),
        (PASSWORD, EMAIL, "se devine"),
        ("", "", "Indiquez votre mot de passe actuel."),
    ],
)
def test_a_password_is_not_changed_without_the_present_one_or_for_a_weak_one(
    client: FlaskClient, flask_app: Flask, present: str, password: str, why: str
) -> None:
    answer = client.post(f"{MINE}/mot-de-passe", data={"present": present, "password": password})
    assert answer.status_code == 422
    assert why in answer.text
    assert enter(flask_app.test_client()).status_code == 303


def test_the_present_password_is_not_guessed_through_an_open_session(client: FlaskClient) -> None:
    for _ in range(HERE.most):
        client.post(f"{MINE}/mot-de-passe", data={"present": "pas le bon", "password": OTHER})
    answer = client.post(f"{MINE}/mot-de-passe", data={"present": PASSWORD, "password": OTHER})
    assert answer.status_code == 422
    assert "Trop d’essais" in answer.text


def test_the_devices_are_listed_in_words_and_closed_one_by_one_or_all(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    others = [flask_app.test_client() for _ in range(2)]
    for one in others:
        enter(one)
    page = words_of(client.get(MINE).text).replace("\N{NO-BREAK SPACE}", " ")
    assert "3 appareils connectés" in page
    assert "Firefox sur Windows celui-ci" in page
    with team.database.reading() as session:
        ids = list(session.scalars(select(AgentSession.id).order_by(AgentSession.id)))
    assert client.post(f"{MINE}/connexions/{ids[1]}/fermer").status_code == 303
    assert [one.get("/agents/").status_code for one in others] == [302, 200]
    client.post(f"{MINE}/connexions/fermer")
    assert others[1].get("/agents/").status_code == 302
    assert client.get("/agents/").status_code == 200
    assert client.post(f"{MINE}/connexions/{ids[0]}/fermer").location == "/agents/connexion"
    assert client.get("/agents/").status_code == 302


def test_nobody_closes_somebody_else_s_session(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    with team.changing() as world:
        colleague = world.make_agent()
    theirs = team.browser(flask_app, colleague)
    with team.database.reading() as session:
        found = session.scalars(select(AgentSession.id).where(AgentSession.agent_id == colleague.id)).one()
    assert client.post(f"{MINE}/connexions/{found}/fermer").status_code == 404
    assert theirs.get("/agents/").status_code == 200


def test_with_codes_installed_the_password_alone_opens_nothing(
    client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    elsewhere = flask_app.test_client()
    enter(elsewhere)
    secret, _ = set_up(client, clock)
    assert elsewhere.get("/agents/").status_code == 302
    assert client.get("/agents/").status_code == 200
    visitor = flask_app.test_client()
    assert enter(visitor, query_string={"suite": "/agents/agenda"}).location.startswith("/agents/connexion/code?suite=")
    assert visitor.get("/agents/").status_code == 302
    enter(visitor)
    clock.pass_by(timedelta(seconds=30))
    assert second_step(visitor, "AAAABBBB") == 401
    answer = visitor.post("/agents/connexion/code?suite=/agents/agenda", data={"code": code_at(secret, clock)})
    assert (answer.status_code, answer.location) == (303, "/agents/agenda")
    assert visitor.get("/agents/").status_code == 200


def test_what_opens_the_account_is_changed_by_whoever_signed_in_lately(client: FlaskClient, clock: Clock) -> None:
    secret, _ = set_up(client, clock)
    clock.pass_by(timedelta(minutes=15))
    again = "/agents/connexion?suite=/agents/moi/securite&de_nouveau=oui"
    for act in ("codes/retirer", "codes/secours", "connexions/fermer", "connexions/1/fermer"):
        assert client.post(f"{MINE}/{act}").location == again
    assert "connectez-vous de nouveau" in client.get(again).text
    enter(client, query_string={"suite": MINE})
    assert client.post(f"/agents/connexion/code?suite={MINE}", data={"code": code_at(secret, clock)}).location == MINE
    assert client.post(f"{MINE}/codes/retirer").location == MINE


def test_a_code_is_taken_once(client: FlaskClient, flask_app: Flask, clock: Clock) -> None:
    secret, _ = set_up(client, clock)
    first, second = flask_app.test_client(), flask_app.test_client()
    clock.pass_by(timedelta(seconds=30))
    enter(first), enter(second)
    code = code_at(secret, clock)
    assert second_step(first, f"{code[:3]} {code[3:]}") == 303
    assert second_step(second, code) == 401
    clock.pass_by(timedelta(seconds=90))
    assert second_step(second, code) == 401
    assert second_step(second, code_at(secret, clock)) == 303


def test_a_recovery_code_opens_once_and_new_ones_replace_the_old(
    team: Team, client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    _, codes = set_up(client, clock)
    assert len(set(codes)) == 10
    first, second = flask_app.test_client(), flask_app.test_client()
    enter(first), enter(second)
    assert second_step(first, codes[0].lower()) == 303
    assert second_step(second, codes[0]) == 401
    assert "9 codes de secours vous restent" in words_of(client.get(MINE).text).replace("\N{NO-BREAK SPACE}", " ")
    drawn = client.post(f"{MINE}/codes/secours")
    assert second_step(second, codes[1]) == 401
    assert second_step(second, re.findall(r"<code>([2-9A-Z-]{9})</code>", drawn.text)[0]) == 303
    with team.database.reading() as session:
        kept = "".join(session.scalars(select(RecoveryCode.code_hash)))
        assert codes[1].replace("-", "") not in kept


def test_codes_are_not_guessed(client: FlaskClient, flask_app: Flask, clock: Clock) -> None:
    secret, _ = set_up(client, clock)
    clock.pass_by(timedelta(seconds=30))
    visitor = flask_app.test_client()
    enter(visitor)
    for _ in range(SECOND_STEP.most):
        assert second_step(visitor, "AAAABBBB") == 401
    assert second_step(visitor, code_at(secret, clock)) == 429


def test_the_second_step_needs_the_first_and_waits_ten_minutes(
    client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    _, codes = set_up(client, clock)
    visitor = flask_app.test_client()
    assert visitor.get("/agents/connexion/code").location == "/agents/connexion"
    enter(visitor)
    assert visitor.get("/agents/connexion/code").status_code == 200
    clock.pass_by(timedelta(minutes=10))
    answer = visitor.post("/agents/connexion/code", data={"code": codes[0]})
    assert (answer.status_code, answer.location) == (303, "/agents/connexion")


def test_the_secret_lies_sealed_and_a_wrong_first_code_installs_nothing(
    team: Team, client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    client.post(f"{MINE}/codes")
    answer = client.post(f"{MINE}/codes/confirmer", data={"code": "000000"})
    assert answer.status_code == 422
    assert "Ce code n’est pas le bon." in answer.text
    assert enter(flask_app.test_client()).location == "/agents/"
    secret, _ = set_up(client, clock)
    with team.database.reading() as session:
        assert secret not in session.scalars(select(CodeGenerator.sealed_secret)).one()
    assert client.get(f"{MINE}/codes").location == MINE


def test_codes_taken_away_are_asked_for_no_more(client: FlaskClient, flask_app: Flask, clock: Clock) -> None:
    set_up(client, clock)
    assert client.post(f"{MINE}/codes/retirer").status_code == 303
    assert enter(flask_app.test_client()).location == "/agents/"
    assert "codes de secours" not in words_of(client.get(MINE).text)


def test_an_administrator_takes_the_second_step_of_whoever_lost_everything(
    team: Team, client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    set_up(client, clock)
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    path = f"/agents/reglages/collegues/{team.world.agent.id}"
    browser = team.browser(flask_app, admin)
    assert "Retirer la deuxième étape" in browser.get(path).text
    assert browser.post(f"{path}/deuxieme-etape").status_code == 303
    assert client.get("/agents/").status_code == 302
    assert enter(flask_app.test_client()).location == "/agents/"
    with team.database.reading() as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "colleague.second_factor_removed")).one()


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str) -> Settings:
    """`@pytest.mark.parametrize("settings", ["yes"], indirect=True)`: an installation that asks for a second factor."""
    return Settings(database_url=database_url, secret_key=SECRET, second_factor=getattr(request, "param", ""))


@pytest.mark.parametrize("settings", ["yes"], indirect=True)
@pytest.mark.parametrize("right", ["admin", "export", "neither"])
def test_where_it_is_compulsory_nothing_else_opens_before_it_is_installed(
    team: Team, client: FlaskClient, clock: Clock, right: str
) -> None:
    with team.changing() as world:
        held = world.session.get_one(Agent, world.agent.id).roles[0]
        held.role, held.may_export = Role.ADMIN if right == "admin" else Role.BASIC, right == "export"
    if right == "neither":
        assert client.get("/agents/").status_code == 200
        return
    assert client.get("/agents/").location == MINE
    assert client.post("/agents/personnes/exporter").location == MINE
    assert "une deuxième étape est nécessaire" in client.get(MINE).text
    set_up(client, clock)
    assert client.get("/agents/").status_code == 200


def test_the_second_factor_is_compulsory_but_on_this_machine(settings: Settings) -> None:
    assert not settings.requires_second_factor
    assert replace(settings, public_url="https://rdv.example").requires_second_factor
    assert not replace(settings, public_url="https://rdv.example", second_factor="no").requires_second_factor
    environment = {"DATABASE_URL": "sqlite:///x.db", "SECRET_KEY": SECRET, "REQUIRE_SECOND_FACTOR": "Yes"}
    assert Settings.from_env(environment).requires_second_factor
    with pytest.raises(WrongSettings, match="REQUIRE_SECOND_FACTOR must be yes or no"):
        Settings.from_env(environment | {"REQUIRE_SECOND_FACTOR": "maybe"})


def ask_link(client: FlaskClient, email: str = EMAIL) -> TestResponse:
    return client.post("/agents/mot-de-passe-oublie", data={"email": email})


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(
    team: Team, client: FlaskClient, flask_app: Flask, deliver: Callable[[], int], email: RememberingEmail
) -> None:
    with team.changing() as world:  # it is not the day's digest, which may be unwanted
        world.session.get_one(Agent, world.agent.id).wants_digest = False
    visitor = flask_app.test_client()
    ask_link(visitor, f" {EMAIL.upper()}")
    assert deliver() == 1
    assert email.sent[-1].to == EMAIL
    path = path_in(email)
    assert visitor.post(path, data={"password": "court"}).status_code == 422
    assert client.get("/agents/").status_code == 200
    answer = visitor.post(path, data={"password": OTHER})
    assert (answer.status_code, answer.location) == (303, "/agents/connexion")
    assert client.get("/agents/").status_code == 302
    assert visitor.post(path, data={"password": OTHER}).status_code == 410
    assert enter(flask_app.test_client(), OTHER).status_code == 303


def test_the_answer_is_the_same_whether_the_account_exists(
    team: Team, flask_app: Flask, deliver: Callable[[], int]
) -> None:
    with team.changing() as world:
        world.make_agent(email="ferme@drome.example", closed_at=team.now)
    said = set()
    for one in ("personne@drome.example", "ferme@drome.example", EMAIL):
        visitor = flask_app.test_client()
        answer = ask_link(visitor, one)
        said.add((answer.status_code, answer.location, visitor.get(answer.location).text))
    assert len(said) == 1
    assert deliver() == 1


def test_a_link_lives_one_hour_and_a_newer_one_replaces_it(
    team: Team, flask_app: Flask, clock: Clock, deliver: Callable[[], int], email: RememberingEmail
) -> None:
    visitor = flask_app.test_client()
    ask_link(visitor), deliver()
    first = path_in(email)
    ask_link(visitor), deliver()
    second = path_in(email)
    assert visitor.get(first).status_code == 410
    assert visitor.get(second).status_code == 200
    clock.pass_by(timedelta(hours=1))
    assert visitor.post(second, data={"password": OTHER}).status_code == 410


def test_nobody_is_flooded_with_links(team: Team, flask_app: Flask, deliver: Callable[[], int]) -> None:
    for _ in range(LINKS.most + 2):
        assert ask_link(flask_app.test_client()).status_code == 303
    assert deliver() <= LINKS.most
    with team.database.reading() as session:
        sent = select(AuditEvent).where(AuditEvent.action == "password.link_sent")
        assert len(session.scalars(sent).all()) == LINKS.most


def test_a_new_password_does_not_open_an_account_that_asks_for_more(
    client: FlaskClient, flask_app: Flask, clock: Clock, deliver: Callable[[], int], email: RememberingEmail
) -> None:
    set_up(client, clock)
    visitor = flask_app.test_client()
    ask_link(visitor), deliver()
    visitor.post(path_in(email), data={"password": OTHER})
    assert enter(visitor, OTHER).location == "/agents/connexion/code"
