"""A session in which nothing happens: when it ends, what counts as use, and what becomes of a form that comes too late."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from invitations import kept_forms, second_factor, signing_in
from invitations.database import Database
from invitations.models import Agent, AgentRole, AgentSession, Department, KeptForm, Role
from invitations.sealing import Seals
from tests.app.team import Team, queries_of
from tests.app.test_my_security import MINE, code_at
from tests.app.town import words_of
from tests.conftest import SECRET, Clock

IDLE = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
PERSON = {"first_name": "Éva", "last_name": "Bellini", "phone": "0639980012", "category": "1"}
NEW = "/agents/personnes/nouvelle"
OF_A_SCRIPT = {"Sec-Fetch-Dest": "empty"}


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        world.session.get_one(Department, world.department.id).idle_minutes = 30
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    made = flask_app.test_client()
    sign_in(team, made)
    return made


def sign_in(team: Team, client: FlaskClient, clock: Clock | None = None, agent: Agent | None = None) -> None:
    now = clock() if clock else team.now
    with team.database.writing() as session:
        token = signing_in.open_session(session, (agent or team.world.agent).id, now=now, proved_at=now)
    with client.session_transaction() as cookie:
        cookie["token"] = token


def is_in(client: FlaskClient) -> bool:
    return client.get("/agents/presence", headers=OF_A_SCRIPT).status_code == 200


def kept(team: Team) -> int:
    with team.database.reading() as session:
        return session.scalar(select(func.count()).select_from(KeptForm)) or 0


def send_too_late(client: FlaskClient, clock: Clock) -> str:
    """A person is typed, and sent when the session is over, as the page has heard already. Returns where the agent finds it
    after signing in."""
    clock.pass_by(timedelta(hours=2))
    assert not is_in(client)
    answer = client.post(NEW, data=PERSON)
    found = re.fullmatch(r"/agents/connexion\?suite=(/agents/ecrit/\d+)", answer.location)
    assert answer.status_code == 302
    assert found
    assert "Ce que vous avez écrit est gardé" in client.get(answer.location).text
    return found[1]


def test_it_ends_after_the_time_of_the_departement_and_never_sooner(client: FlaskClient, clock: Clock) -> None:
    clock.pass_by(IDLE)
    assert is_in(client)
    clock.pass_by(MINUTE)
    assert not is_in(client)


def test_whoever_works_stays_in_until_the_end_of_the_day(client: FlaskClient, clock: Clock) -> None:
    answered = []
    for _ in range(24):
        clock.pass_by(timedelta(minutes=30))
        answered.append(client.get("/agents/moi").status_code)
    assert answered == [200] * 23 + [302]


def test_what_a_page_asks_by_itself_is_no_use_and_a_gesture_is(client: FlaskClient, clock: Clock) -> None:
    clock.pass_by(timedelta(minutes=20))
    assert client.get("/agents/presence", headers=OF_A_SCRIPT).json == {"left": 11 * 60}
    assert client.get("/agents/moi", headers=OF_A_SCRIPT).status_code == 200
    assert client.get("/agents/presence", headers=OF_A_SCRIPT).json == {"left": 11 * 60}
    assert client.post("/agents/presence", headers=OF_A_SCRIPT).json == {"left": 31 * 60}
    clock.pass_by(timedelta(minutes=25))
    assert is_in(client)


def test_using_it_is_written_once_a_minute_and_never_where_it_lasts_the_day(
    team: Team, client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    less = queries_of(flask_app, lambda: client.get("/agents/moi"))

    def writes() -> int:
        return queries_of(flask_app, lambda: client.get("/agents/moi")) - less

    clock.pass_by(timedelta(seconds=59))
    assert writes() == 0
    clock.pass_by(timedelta(seconds=1))
    assert (writes(), writes()) == (1, 0)
    with team.changing() as world:
        world.session.get_one(Department, world.department.id).idle_minutes = None
    assert (writes(), writes()) == (1, 0)
    clock.pass_by(timedelta(hours=6))
    assert writes() == 0


def test_the_page_warns_only_where_a_session_ends(team: Team, client: FlaskClient) -> None:
    assert 'data-left="1860"' in client.get("/agents/moi").text
    with team.changing() as world:
        world.session.get_one(Department, world.department.id).idle_minutes = None
    page = client.get("/agents/moi").text
    assert "data-left" not in page
    assert "presence.js" not in page


def test_of_two_departements_the_shorter_time_counts(team: Team, flask_app: Flask, clock: Clock) -> None:
    with team.changing() as world:
        other = world.make_organisation(department_id=world.make_department(number="07", idle_minutes=15).id)
        world.add(AgentRole(agent_id=world.agent.id, organisation_id=other.id, role=Role.BASIC))
    client = flask_app.test_client()
    sign_in(team, client)
    clock.pass_by(timedelta(minutes=16))
    assert not is_in(client)


def test_a_form_that_comes_too_late_is_there_after_signing_in_and_is_sent_once(
    team: Team, client: FlaskClient, clock: Clock
) -> None:
    page = send_too_late(client, clock)
    sign_in(team, client, clock)
    shown = client.get(page)
    assert "rien n’en est encore enregistré" in words_of(shown.text)
    assert "Éva Bellini 0639980012 Envoyer" in words_of(shown.text)
    assert f'href="{NEW}"' in shown.text
    answer = client.post(page, data=PERSON)
    assert (answer.status_code, answer.location) == (307, NEW)
    assert client.post(page, data=PERSON).status_code == 404
    empty = dict.fromkeys(("title", "email", "birth_on", "affiliation_number", "role"), "")
    sent = client.post(answer.location, data=PERSON | empty | {"category": str(team.world.category.id)})
    assert sent.status_code == 303
    assert kept(team) == 0


def test_nothing_is_done_of_it_unasked_and_it_can_be_dropped(team: Team, client: FlaskClient, clock: Clock) -> None:
    page = send_too_late(client, clock)
    sign_in(team, client, clock)
    assert client.post(f"{page}/oublier").status_code == 303
    assert (client.get(page).status_code, kept(team)) == (404, 0)


def test_it_waits_behind_a_second_step_that_has_to_be_installed_first(
    team: Team, client: FlaskClient, clock: Clock
) -> None:
    page = send_too_late(client, clock)
    with team.changing() as world:
        world.session.get_one(Department, world.department.id).second_factor_since = clock()
    sign_in(team, client, clock)
    assert client.get(page).location == MINE
    client.post(f"{MINE}/codes")
    with team.database.reading() as session:
        secret = second_factor.begun(session, team.world.agent.id, seals=Seals(SECRET))
        of_another_desk = kept_forms.newest(session, team.world.agent.id, desks=[0], seals=Seals(SECRET), now=clock())
    assert secret
    assert of_another_desk is None
    done = client.post(f"{MINE}/codes/confirmer", data={"code": code_at(secret, clock)})
    assert f'href="{page}"' in done.text
    assert client.get(page).status_code == 200


def test_it_is_theirs_alone_sealed_and_gone_after_a_day(
    team: Team, client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    page = send_too_late(client, clock)
    with team.changing() as world:
        colleague = world.make_agent()
        assert "Bellini" not in world.session.scalars(select(KeptForm.sealed)).one()
    theirs = flask_app.test_client()
    sign_in(team, theirs, clock, colleague)
    assert [theirs.get(page).status_code, theirs.post(page).status_code] == [404, 404]
    clock.pass_by(kept_forms.KEPT + MINUTE)
    sign_in(team, client, clock)
    assert client.get(page).status_code == 404
    with team.database.writing() as session:
        assert kept_forms.forget(session, now=clock()) == 1


@pytest.mark.parametrize(
    ("path", "sent", "headers"),
    [
        ("/agents/moi/securite/mot-de-passe", {"present": "un mot de passe", "password": "un autre"}, {}),
        ("/agents/absences/nouvelle", {"tout": "y", "agent": "1234567"}, {}),
        ("/agents/jour", {"outcome": "seen"}, OF_A_SCRIPT),
    ],
    ids=["a password", "ticks", "what a script sends"],
)
def test_passwords_and_what_nobody_typed_are_not_kept(
    team: Team, client: FlaskClient, clock: Clock, path: str, sent: dict[str, str], headers: dict[str, str]
) -> None:
    clock.pass_by(timedelta(hours=2))
    answer = client.post(path, data=sent, headers=headers)
    assert answer.location in {"/agents/connexion", None}
    assert kept(team) == 0


def test_what_comes_after_somebody_ended_the_session_is_nobodys(team: Team, client: FlaskClient, clock: Clock) -> None:
    with team.changing() as world:
        world.session.execute(update(AgentSession).values(ended_at=clock()))
    assert client.post(NEW, data=PERSON).location == "/agents/connexion"
    assert kept(team) == 0


def test_a_social_security_number_is_not_kept(team: Team, client: FlaskClient, clock: Clock) -> None:
    clock.pass_by(timedelta(hours=2))
    words = {"nir": "1850526058123", "nir_note": "1.sealed", "email": "n° 1 85 05 26 058 123 30"}
    answer = client.post(f"{NEW}?q=Bellini", data=PERSON | words)
    with team.database.reading() as session:
        path, sealed = session.execute(select(KeptForm.path, KeptForm.sealed)).one()
    said = Seals(SECRET).open(sealed, purpose=kept_forms.PURPOSE)
    assert not [what for what in ("1850526058123", "1.sealed", "058 123") if what in said]
    assert path == NEW  # what was searched for lies sealed with the rest
    sign_in(team, client, clock)
    page = words_of(client.get(answer.location.partition("=")[2]).text)
    assert "Le numéro de sécurité sociale n’a pas été gardé" in page.replace("\xa0", " ")


def test_a_form_opened_before_signing_in_again_elsewhere_is_kept_when_it_is_ours_alone(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    """Two tabs: the second still has the token of the former session."""
    flask_app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(NEW, data=PERSON | {"csrf_token": "of before"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, kept(team)) == (400, 0)
    answer = client.post(NEW, data=PERSON | {"csrf_token": "of before"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert "Bellini" in words_of(client.get(answer.location).text)


def test_nobody_fills_the_table(team: Team, clock: Clock) -> None:
    def sent(words: str) -> kept_forms.Sent:
        return kept_forms.Sent(NEW, [("a", words)], team.world.organisation.id)

    with team.database.writing() as session:
        for _ in range(kept_forms.MOST + 3):
            kept_forms.keep(session, team.world.agent.id, sent("b"), seals=Seals(SECRET), now=clock())
        long = sent("x" * kept_forms.LONGEST)
        assert kept_forms.keep(session, team.world.agent.id, long, seals=Seals(SECRET), now=clock()) is None
    assert kept(team) == kept_forms.MOST


def test_it_is_sent_at_the_desk_where_it_was_written_or_nowhere(team: Team, client: FlaskClient, clock: Clock) -> None:
    with team.changing() as world:
        second = world.make_organisation(name="Une seconde équipe")
        world.add(AgentRole(agent_id=world.agent.id, organisation_id=second.id, role=Role.BASIC))
        world.session.get_one(Agent, world.agent.id).password_hash = signing_in.hash_password("valence et romans")
        said = {"email": world.agent.email, "password": "valence et romans"}

    def desk() -> int | None:
        with client.session_transaction() as cookie:
            return cookie.get("organisation")

    client.post("/agents/structure", data={"organisation": second.id})
    pages = [send_too_late(client, clock), client.post(NEW, data=PERSON).location.partition("=")[2]]
    assert client.post(f"/agents/connexion?suite={pages[0]}", data=said).location == pages[0]
    assert desk() == second.id
    client.post("/agents/structure", data={"organisation": team.world.organisation.id})
    assert "Structure : Une seconde équipe" in words_of(client.get(pages[0]).text).replace("\xa0", " ")
    assert (client.post(pages[0]).status_code, desk()) == (307, second.id)
    with team.changing() as world:
        world.session.execute(delete(AgentRole).where(AgentRole.organisation_id == second.id))
    assert client.post(pages[1]).status_code == 404


def test_what_was_written_in_another_s_place_or_long_ago_is_nobodys(
    team: Team, client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    with team.changing() as world:
        elsewhere = world.make_organisation(department_id=world.make_department(number="38", idle_minutes=30).id)
        helper = world.make_agent(organisation=elsewhere, is_super=True)
    theirs = flask_app.test_client()
    sign_in(team, theirs, clock, helper)
    theirs.post("/agents/assistance", data={"email": team.world.agent.email, "reason": "aide"})
    clock.pass_by(timedelta(hours=1))
    assert theirs.post(NEW, data=PERSON).location == "/agents/connexion"
    clock.pass_by(kept_forms.LATE)
    assert client.post(NEW, data=PERSON).location == "/agents/connexion"
    assert kept(team) == 0


def test_the_page_s_own_question_is_no_use_even_of_an_old_browser(client: FlaskClient, clock: Clock) -> None:
    clock.pass_by(timedelta(minutes=20))
    assert [client.get("/agents/presence").json, client.get("/agents/presence").json] == [{"left": 11 * 60}] * 2
    clock.pass_by(MINUTE)
    assert client.get("/agents/presence").json == {"left": 10 * 60}


def test_a_stale_form_signs_nobody_out(client: FlaskClient, flask_app: Flask) -> None:
    flask_app.config["WTF_CSRF_ENABLED"] = True
    stranger = flask_app.test_client()
    with stranger.session_transaction() as cookie:
        cookie["half"] = {"agent": 1}
    answer = stranger.post("/agents/connexion/code", data={"code": "1"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    with stranger.session_transaction() as cookie:
        assert cookie["half"] == {"agent": 1}
