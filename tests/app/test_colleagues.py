"""Réglages, collègues: who has access to what, inviting, changing, removing; and joining by the emailed link."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Agent, AgentLink, AgentRole, AgentSession, AuditEvent, Department, Opening, Role
from invitations.signing_in import hash_password
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import Clock
from tests.fakes import RememberingEmail

HERE = "/agents/reglages/collegues"
NEW = "lea.martin@drome.example"
PASSWORD = "un mot bien à moi"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def admin(team: Team) -> Agent:
    with team.changing() as world:
        return world.make_agent(role=Role.ADMIN, first_name="Alice", last_name="Durand", email="alice@drome.example")


@pytest.fixture
def client(team: Team, flask_app: Flask, admin: Agent) -> FlaskClient:
    return team.browser(flask_app, admin)


@pytest.fixture
def link(client: FlaskClient, deliver: Callable[[], int], email: RememberingEmail) -> Callable[[], str]:
    """Invites the new colleague, delivers, and answers the path of the link in the email."""

    def invite() -> str:
        assert client.post(HERE, data={"email": f" {NEW.upper()} ", "role": "basic"}).status_code == 303
        assert deliver() == 1
        return path_in(email)

    return invite


def path_in(email: RememberingEmail) -> str:
    found = re.search(r"https?://[^/\s]+(/agents/\S+)", email.sent[-1].text)
    assert found
    return found[1]


def events(team: Team) -> list[str]:
    with team.database.reading() as session:
        return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def rights_of(team: Team, agent: Agent) -> tuple[Role, bool] | None:
    """Role, and whether they may export; None for whoever is not of the team."""
    with team.database.reading() as session:
        held = session.get(AgentRole, (agent.id, team.world.organisation.id))
        return (held.role, held.may_export) if held else None


def test_the_page_says_who_has_access_to_what(team: Team, client: FlaskClient) -> None:
    page = words_of(client.get(HERE).text)
    assert "2 personnes ont accès" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "Alice Durand alice@drome.example Administration non non 24/11 à 10 h 00 1 Modifier" in page.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert re.search(r"Claire Roche \S+ Agent non non jamais 0", page)


def test_the_page_asks_the_database_as_often_for_many_as_for_few(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    few = queries_of(flask_app, lambda: client.get(HERE))
    with team.changing() as world:
        for _ in range(6):
            world.make_agent()
    for number in range(3):
        client.post(HERE, data={"email": f"invite{number}@drome.example", "role": "basic"})
    assert queries_of(flask_app, lambda: client.get(HERE)) == few


def test_an_invited_colleague_opens_an_account_and_is_signed_in(
    team: Team, flask_app: Flask, link: Callable[[], str], email: RememberingEmail
) -> None:
    path = link()
    assert email.sent[-1].to == NEW
    assert email.sent[-1].subject.startswith("Rejoindre Centre médico-social")
    assert "Alice Durand vous invite" in email.sent[-1].text
    visitor = flask_app.test_client()
    assert NEW in visitor.get(path).text
    said = {"first_name": " Léa ", "last_name": "Martin", "password": PASSWORD}
    answer = visitor.post(path, data=said)
    assert (answer.status_code, answer.location) == (303, "/agents/")
    assert "Léa Martin" in visitor.get("/agents/").text
    again = flask_app.test_client()
    assert again.post("/agents/connexion", data={"email": NEW, "password": PASSWORD}).status_code == 303
    assert events(team) == ["colleague.invited", "colleague.joined", *["session.opened"] * 2]


def test_a_link_works_once_and_for_seven_days(
    team: Team, flask_app: Flask, link: Callable[[], str], clock: Clock, codes: Codes
) -> None:
    path, said = link(), {"first_name": "Léa", "last_name": "Martin", "password": PASSWORD}
    with team.database.reading() as session:
        assert session.scalars(select(AgentLink.code_hash)).one() == codes.kept(path.rsplit("/", 1)[-1])
    clock.pass_by(timedelta(days=7) - timedelta(seconds=1))
    assert flask_app.test_client().get(path).status_code == 200
    clock.pass_by(timedelta(seconds=1))
    late = flask_app.test_client().post(path, data=said)
    assert late.status_code == 410
    assert "Ce lien ne sert plus" in late.text
    clock.now = team.now
    assert flask_app.test_client().post(path, data=said).status_code == 303
    assert flask_app.test_client().post(path, data=said).status_code == 410
    assert flask_app.test_client().get("/agents/invitation/inconnu").status_code == 404


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("trop court", "trop court"),
        (NEW, "se devine"),
        ("Martin-Léa Martin-Léa", "se devine"),
        ("motdepasse1234", "premiers que l’on essaie"),
        ("azertyuiop123", "premiers que l’on essaie"),
        ("123456789012", "premiers que l’on essaie"),
        ("JustinBieber", "premiers que l’on essaie"),
        ("aaaaaaaaaaaaaa", "premiers que l’on essaie"),
        ("x" * 201, "trop long"),
    ],
)
def test_a_password_that_is_guessed_is_refused_with_its_reason(
    flask_app: Flask, link: Callable[[], str], password: str, why: str
) -> None:
    answer = flask_app.test_client().post(
        link(), data={"first_name": "Léa", "last_name": "Martin", "password": password}
    )
    assert answer.status_code == 422
    assert why in answer.text
    assert 'value="Martin"' in answer.text


def test_whoever_has_an_account_joins_without_a_new_password_and_signs_in_as_before(
    team: Team, flask_app: Flask, link: Callable[[], str]
) -> None:
    with team.changing() as world:
        other = world.make_organisation(name="Mission locale")
        known = world.make_agent(email=NEW, organisation=other, password_hash=hash_password(PASSWORD))
    path, visitor = link(), flask_app.test_client()
    assert "existe déjà" in visitor.get(path).text
    answer = visitor.post(path, data={"password": "un autre que le sien"})
    assert (answer.status_code, answer.location) == (303, "/agents/connexion")
    assert visitor.get("/agents/").status_code == 302
    assert rights_of(team, known) is not None
    assert visitor.post("/agents/connexion", data={"email": NEW, "password": PASSWORD}).status_code == 303


def test_whoever_joins_a_departement_where_idle_sessions_end_has_one_that_does(
    team: Team, flask_app: Flask, link: Callable[[], str], clock: Clock
) -> None:
    with team.changing() as world:
        world.session.get_one(Department, world.department.id).idle_minutes = 15
        elsewhere = world.make_organisation(department_id=world.make_department(number="07").id)
        known = world.make_agent(email=NEW, organisation=elsewhere)
    theirs = team.browser(flask_app, known)
    assert theirs.post(link()).status_code == 303
    clock.pass_by(timedelta(minutes=17))
    assert theirs.get("/agents/").status_code == 302


def test_an_invitation_is_sent_again_or_taken_back(
    team: Team, client: FlaskClient, flask_app: Flask, link: Callable[[], str], deliver: Callable[[], int],
    email: RememberingEmail,
) -> None:  # fmt: skip
    first = link()
    with team.database.reading() as session:
        first_id = session.scalars(select(AgentLink.id)).one()
    assert client.post(f"{HERE}/invitations/{first_id}/renvoyer").status_code == 303
    assert deliver() == 1
    second = path_in(email)
    assert flask_app.test_client().get(first).status_code == 410
    assert flask_app.test_client().get(second).status_code == 200
    page = client.get(HERE).text
    assert "1 invitation attend une réponse" in words_of(page)
    client.post(f"{HERE}/invitations/{first_id + 1}/retirer")
    assert flask_app.test_client().get(second).status_code == 410
    assert "attend une réponse" not in client.get(HERE).text
    assert client.post(f"{HERE}/invitations/{first_id + 1}/renvoyer").status_code == 404


def test_a_colleague_of_the_team_is_not_invited_again_and_what_was_typed_stays(team: Team, client: FlaskClient) -> None:
    answer = client.post(HERE, data={"email": team.world.agent.email, "role": "admin", "may_export": "y"})
    assert answer.status_code == 422
    assert "travaille déjà pour la structure" in answer.text
    assert team.world.agent.email in answer.text
    assert re.search(r'<input checked[^>]*value="admin"', answer.text)
    assert "Cette adresse n’est pas complète." in client.post(HERE, data={"email": "lea", "role": "basic"}).text


def test_a_closed_account_is_not_invited(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.make_agent(email=NEW, organisation=world.make_organisation(), closed_at=team.now)
    assert "ce compte a été fermé" in client.post(HERE, data={"email": NEW, "role": "basic"}).text.lower()


def test_what_a_colleague_may_do_is_changed_and_noted(team: Team, client: FlaskClient) -> None:
    agent = team.world.agent
    answer = client.post(f"{HERE}/{agent.id}", data={"role": "admin", "may_export": "y"})
    assert answer.status_code == 303
    assert rights_of(team, agent) == (Role.ADMIN, True)
    client.post(f"{HERE}/{agent.id}", data={"role": "admin", "may_export": "y"})
    assert events(team) == ["colleague.changed"]


def test_the_last_administrator_stays(team: Team, client: FlaskClient, admin: Agent) -> None:
    with team.changing() as world:  # a closed account administers nothing
        world.make_agent(role=Role.ADMIN, closed_at=team.now)
    lowered = client.post(f"{HERE}/{admin.id}", data={"role": "basic"})
    assert lowered.status_code == 409
    assert "n’aurait plus personne pour l’administrer" in lowered.text
    assert client.post(f"{HERE}/{admin.id}/retirer").status_code == 409
    assert rights_of(team, admin) is not None


def test_two_administrators_who_leave_at_once_leave_one_behind(
    team: Team, client: FlaskClient, flask_app: Flask, admin: Agent
) -> None:
    with team.changing() as world:
        other = world.make_agent(role=Role.ADMIN)
    together, answers = Barrier(2), []

    def leave(browser: FlaskClient, agent: Agent) -> None:
        together.wait(30)
        answers.append(browser.post(f"{HERE}/{agent.id}/retirer").status_code)

    both = [Thread(target=leave, args=pair) for pair in ((client, admin), (team.browser(flask_app, other), other))]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert sorted(answers) == [303, 409]


def test_a_removed_colleague_is_out_and_opens_no_slots_any_more(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    agent = team.world.agent
    theirs = team.browser(flask_app, agent)
    assert theirs.get("/agents/").status_code == 200
    with team.changing() as world:
        expect(world, team.now + timedelta(days=2))
    assert "1 rendez-vous à venir reste dans l’agenda" in words_of(client.get(f"{HERE}/{agent.id}").text)
    assert client.post(f"{HERE}/{agent.id}/retirer").status_code == 303
    assert theirs.get("/agents/").status_code == 302
    with team.database.reading() as session:
        opening = session.scalars(select(Opening)).one()
        assert opening.last_on == team.now.date() - timedelta(days=1)
        assert session.scalars(select(AgentSession.ended_at).where(AgentSession.agent_id == agent.id)).one() == team.now
    assert "colleague.removed" in events(team)
    assert client.get(f"{HERE}/{agent.id}").status_code == 404


def test_an_administrator_of_elsewhere_finds_nobody(team: Team, flask_app: Flask, link: Callable[[], str]) -> None:
    link()
    with team.changing() as world:
        stranger = world.make_agent(role=Role.ADMIN, organisation=world.make_organisation())
    browser, agent = team.browser(flask_app, stranger), team.world.agent
    with team.database.reading() as session:
        link_id = session.scalars(select(AgentLink.id)).one()
    assert NEW not in browser.get(HERE).text
    assert browser.get(f"{HERE}/{agent.id}").status_code == 404
    for path in (f"{agent.id}", f"{agent.id}/retirer", f"{agent.id}/deuxieme-etape"):
        assert browser.post(f"{HERE}/{path}", data={"role": "basic"}).status_code == 404
    for path in ("renvoyer", "retirer"):
        assert browser.post(f"{HERE}/invitations/{link_id}/{path}").status_code == 404
    assert rights_of(team, agent) is not None


def test_whoever_does_not_administer_is_refused(team: Team, flask_app: Flask) -> None:
    browser = team.browser(flask_app)
    assert browser.get(HERE).status_code == 403
    assert browser.post(HERE, data={"email": NEW, "role": "admin"}).status_code == 403
