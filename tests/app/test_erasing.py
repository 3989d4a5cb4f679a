"""Supprimer cette personne: what goes and what stays is said before, one button does it, and what stands in the way is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from invitations.database import Database
from invitations.models import (
    Agent,
    AuditEvent,
    Beneficiary,
    Membership,
    Message,
    MessageState,
    OrganisationKind,
    Outcome,
    Participation,
    Role,
)
from tests.app.team import Team, expect, owe, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock


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


@pytest.fixture
def met(team: Team) -> Participation:
    """Somebody who came yesterday, and was written to before."""
    with team.changing() as world:
        person = world.make_beneficiary(first_name="Zoé", last_name="Lefèvre")
        owe(world, beneficiary=person, state=MessageState.DELIVERED)
        return expect(world, NOW - timedelta(days=1), beneficiary=person, outcome=Outcome.SEEN)


def path(met: Participation, rest: str = "") -> str:
    return f"/agents/personnes/{met.beneficiary_id}/supprimer{rest}"


def words(client: FlaskClient, address: str) -> str:
    return words_of(client.get(address).text).replace("\N{NO-BREAK SPACE}", " ")


def people(team: Team) -> int:
    with team.database.reading() as session:
        return session.execute(select(func.count()).select_from(Beneficiary)).scalar_one()


def lines(team: Team) -> list[AuditEvent]:
    with team.database.reading() as session:
        found = list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
        session.expunge_all()
        return found


def test_the_page_says_what_goes_and_what_stays(client: FlaskClient, met: Participation) -> None:
    page = words(client, path(met))
    assert "Supprimer Zoé Lefèvre" in page
    assert "Sa fiche, ses étiquettes et la note pratique 1 suivi 1 rendez-vous 1 message envoyé ou à envoyer" in page
    assert "Ce qui reste, sans dire de qui Sa part dans les statistiques : des nombres" in page
    assert client.get(f"/agents/personnes/{met.beneficiary_id}").text.count(path(met)) == 1


def test_one_button_deletes_the_person_and_the_journal_names_nobody(
    team: Team, client: FlaskClient, admin: Agent, met: Participation
) -> None:
    answer = client.post(path(met))
    assert (answer.status_code, answer.location) == (303, "/agents/personnes")
    assert people(team) == 0
    assert client.get(path(met)).status_code == 404
    assert client.post(path(met)).status_code == 404
    last = lines(team)[-1]
    assert (last.action, last.agent_id, last.beneficiary_id) == ("beneficiary.erased", admin.id, None)
    assert set(last.details) == {"rows"}


def test_somebody_who_is_expected_is_not_deleted(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expected = expect(world, NOW + timedelta(days=2))
    answer = client.post(path(expected))
    assert answer.status_code == 409
    page = words_of(answer.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "Un rendez-vous est prévu le jeudi 26 novembre à 10 h 00, l’annuler d’abord." in page
    assert "Supprimer cette personne" not in words(client, path(expected))
    assert people(team) == 1


def test_a_message_that_has_not_left_can_be_held_back_first(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    with team.changing() as world:
        owe(world, beneficiary=world.session.get_one(Beneficiary, met.beneficiary_id))
    answer = client.post(path(met))
    assert answer.status_code == 409
    page = words_of(answer.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "1 message n’est pas encore parti. Vous pouvez attendre, ou renoncer à l’envoi." in page
    assert client.post(path(met, "/messages")).location == path(met)
    with team.database.reading() as session:
        left = session.scalars(select(Message.state).order_by(Message.id))
        assert list(left) == [MessageState.DELIVERED, MessageState.CANCELLED]
    assert (lines(team)[-1].action, lines(team)[-1].details) == ("messages.held_back", {"messages": 1})
    assert client.post(path(met)).status_code == 303


def test_what_is_in_the_providers_hands_is_waited_for(team: Team, client: FlaskClient, met: Participation) -> None:
    with team.changing() as world:
        owe(world, beneficiary=world.session.get_one(Beneficiary, met.beneficiary_id), state=MessageState.SENDING)
    assert client.post(path(met)).status_code == 409
    page = words(client, path(met))
    assert "L’envoi est en cours : la suppression redevient possible dans quelques minutes." in page
    assert "Ne pas envoyer" not in page


def test_a_team_deletes_nobody_whom_another_one_follows_but_the_council_does(
    team: Team, flask_app: Flask, client: FlaskClient, met: Participation
) -> None:
    with team.changing() as world:
        siae = world.make_organisation(name="Aide 26", kind=OrganisationKind.SIAE)
        theirs = world.make_agent(role=Role.ADMIN, organisation=siae)
        world.add(Membership(beneficiary_id=met.beneficiary_id, organisation_id=siae.id, created_at=NOW))
        council = world.organisation.name
    elsewhere = team.browser(flask_app, theirs)
    answer = elsewhere.post(path(met))
    assert answer.status_code == 409
    assert f"La personne est aussi suivie par {council}." in words_of(answer.text).replace("\N{NO-BREAK SPACE}", " ")
    assert people(team) == 1
    assert client.post(path(met)).status_code == 303


def test_agents_who_do_not_administer_see_no_way_to_it(team: Team, flask_app: Flask, met: Participation) -> None:
    client = team.browser(flask_app)
    assert (client.get(path(met)).status_code, client.post(path(met)).status_code) == (403, 403)
    assert path(met) not in client.get(f"/agents/personnes/{met.beneficiary_id}").text
    assert people(team) == 1


def test_the_page_costs_the_same_however_much_there_is(
    team: Team, flask_app: Flask, client: FlaskClient, met: Participation
) -> None:
    client.get(path(met))
    before = queries_of(flask_app, lambda: client.get(path(met)))
    with team.changing() as world:
        for _ in range(5):
            person = world.session.get_one(Beneficiary, met.beneficiary_id)
            owe(world, beneficiary=person, state=MessageState.DELIVERED)
    assert queries_of(flask_app, lambda: client.get(path(met))) == before
