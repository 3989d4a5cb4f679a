"""The list of messages: what left, what waits, what failed and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.agents.messages import REASONS
from invitations.database import Database
from invitations.models import Channel, MessageKind, MessageState
from invitations.reach import Unreachable
from notifications.senders import Reason
from tests.app.team import Team, owe, queries_of
from tests.conftest import Clock

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def test_each_message_says_when_to_whom_what_how_and_what_became_of_it(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        person = world.make_beneficiary(last_name="Bernard")
        owe(
            world,
            beneficiary=person,
            kind=MessageKind.APPOINTMENT_REMINDER,
            state=MessageState.FAILED,
            sent_at=None,
            settled_at=world.now,
            error_reason=Reason.WRONG_ADDRESS,
            error_code="30005",
        )
    page = client.get("/agents/messages").text
    assert f"24/11/2026 à 10{NBSP}h{NBSP}00" in page
    assert f'<a href="/agents/personnes/{person.id}">Inès Bernard</a>' in page
    assert "Rappel de rendez-vous" in page
    assert "Échec" in page
    assert "Numéro ou adresse qui n’existe pas (30005)" in page
    assert str(person.phone) not in page


def test_the_address_filters_by_state_and_channel(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for name, channel, state in (
            ("Attend", Channel.SMS, MessageState.PENDING),
            ("Parti", Channel.EMAIL, MessageState.SENT),
            ("Arrive", Channel.SMS, MessageState.DELIVERED),
            ("Echoue", Channel.EMAIL, MessageState.UNDELIVERED),
            ("Jete", Channel.SMS, MessageState.CANCELLED),
        ):
            owe(world, beneficiary=world.make_beneficiary(last_name=name), channel=channel, state=state)

    def shown(words: str) -> set[str]:
        page = client.get(f"/agents/messages?{words}").text
        return {name for name in ("Attend", "Parti", "Arrive", "Echoue", "Jete") if f"Inès {name}" in page}

    assert shown("") == {"Attend", "Parti", "Arrive", "Echoue", "Jete"}
    assert shown("etat=en-attente") == {"Attend"}
    assert shown("etat=partis") == {"Parti"}
    assert shown("etat=arrives") == {"Arrive"}
    assert shown("etat=echecs") == {"Echoue"}
    assert shown("etat=non-envoyes") == {"Jete"}
    assert shown("canal=courriel") == {"Parti", "Echoue"}
    assert shown("etat=echecs&canal=sms") == set()
    assert len(shown("etat=nimporte")) == 5


def test_fifty_a_page_and_as_many_queries_however_long_the_list(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    with team.changing() as world:
        owe(world)
    few = queries_of(flask_app, lambda: client.get("/agents/messages"))
    with team.changing() as world:
        for _ in range(60):
            owe(world)
    assert queries_of(flask_app, lambda: client.get("/agents/messages")) == few
    first, second = (client.get(f"/agents/messages?canal=sms&page={number}").text for number in (1, 2))
    assert (first.count('scope="row"'), second.count('scope="row"')) == (50, 11)
    assert "/agents/messages?canal=sms&amp;page=2" in first
    assert client.get("/agents/messages?page=99").text.count('scope="row"') == 11


def test_a_queue_that_nobody_empties_is_told(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world, due_at=world.now - timedelta(minutes=14))
    assert "ne partent plus" not in client.get("/agents/messages").text
    with team.changing() as world:
        owe(world, due_at=world.now - timedelta(hours=2))
    page = client.get("/agents/messages").text
    assert f"Les messages ne partent plus depuis mardi 24 novembre à 8{NBSP}h{NBSP}00" in page


def test_a_refused_account_is_told_with_what_waits(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world, due_at=world.now + timedelta(minutes=5), error_reason=Reason.OUR_ACCOUNT)
        for hours in (-1, -2, 12):
            owe(world, due_at=world.now + timedelta(hours=hours))
    page = client.get("/agents/messages").text
    assert f"3{NBSP}messages attendent" in page
    assert "refuse notre compte" in page


@pytest.mark.parametrize("reason", [*Reason, *Unreachable, "overtaken", "useless", "crash", "given_up"])
def test_every_reason_that_is_kept_has_its_words(reason: str) -> None:
    assert REASONS[reason]


def test_a_message_without_a_receipt_for_three_days_says_so(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world, state=MessageState.SENT, sent_at=world.now - timedelta(hours=71))
    assert "sans accusé" not in client.get("/agents/messages").text
    with team.changing() as world:
        owe(world, state=MessageState.SENT, sent_at=world.now - timedelta(hours=73))
    assert "Parti, sans accusé" in client.get("/agents/messages").text


def test_an_empty_list_says_what_it_will_hold(team: Team, client: FlaskClient) -> None:
    page = client.get("/agents/messages").text
    assert "<h1>Aucun message</h1>" in page
    assert "Le premier partira avec la première invitation" in page


def test_another_organisations_messages_do_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        person = world.make_beneficiary(organisation=other, last_name="Ailleurs")
        owe(world, organisation_id=other.id, beneficiary=person, due_at=world.now - timedelta(hours=2))
    page = client.get("/agents/messages").text
    assert "Ailleurs" not in page
    assert "ne partent plus" not in page
