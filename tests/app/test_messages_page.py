"""The list of messages: what left, what waits, what failed and why."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.agents.messages import REASONS
from invitations.database import Database
from invitations.models import Channel, ChannelCap, ChannelUse, MessageKind, MessageState, ProviderState, Role
from invitations.reach import Unreachable
from notifications.senders import Reason
from tests.app.team import Team, owe, queries_of
from tests.app.town import words_of
from tests.conftest import Clock
from tests.factories import World

NBSP = "\N{NO-BREAK SPACE}"
HERE = "/agents/messages"


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


def test_what_agents_and_other_teams_are_sent_is_not_counted(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world)
        owe(world, organisation_id=world.make_organisation().id)
        for agent in (world.agent, world.make_agent()):
            to_agent = {"beneficiary_id": None, "agent_id": agent.id, "address": agent.email}
            owe(world, kind=MessageKind.DIGEST, channel=Channel.EMAIL, **to_agent)
    assert "1 message" in words_of(client.get(HERE).text).replace(NBSP, " ")
    assert "Aucun message" in words_of(client.get(f"{HERE}?canal=courriel").text)


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


def stop(world: World, **changes: Any) -> None:
    values = {"failures": 8, "opened_at": world.now - timedelta(minutes=72), "next_try_at": world.now}
    world.add(ProviderState(**{"channel": Channel.SMS} | values | changes))


def note(client: FlaskClient) -> str:
    """What the page says of the trouble, empty when it says nothing."""
    found = re.search(r'<div class="note note-stop messages-trouble">(.*?)</div>', client.get(HERE).text, re.DOTALL)
    return words_of(found[1]) if found else ""


def test_a_refused_account_is_told_with_what_waits(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        stop(world, error_reason=Reason.OUR_ACCOUNT, error_code="20003", next_try_at=world.now + timedelta(minutes=4))
        owe(world, due_at=world.now + timedelta(minutes=5), error_reason=Reason.OUR_ACCOUNT)
        for hours in (-1, -2, 12):
            owe(world, due_at=world.now + timedelta(hours=hours))
        owe(world, channel=Channel.EMAIL)
    assert note(client) == (
        "Les SMS ne partent plus depuis mardi 24 novembre à 8 h 48 : le service d’envoi refuse notre compte "
        "(code 20003). 3 SMS de votre structure attendent et partiront d’eux-mêmes : rien n’est perdu. "
        "Prochain essai à 10 h 04. Prévenez la personne qui administre l’installation : le compte est à régler auprès "
        "de ce service."
    )


def test_a_service_that_is_silent_is_told_with_what_happens_by_itself(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        stop(world, channel=Channel.EMAIL, error_reason=Reason.UNCERTAIN)
    said = note(client)
    assert "Les courriels ne partent plus" in said
    assert "le service d’envoi ne répond plus. Rien n’attend encore dans votre structure." in said
    assert "Un essai se fait en ce moment. Si cela dure plus d’une heure, prévenez" in said
    assert "()" not in said


def test_a_stopped_service_is_not_also_told_as_a_queue_that_nobody_empties(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        stop(world, error_reason=Reason.WAIT)
        owe(world, due_at=world.now - timedelta(hours=2))
    assert note(client).count("ne partent plus") == 1
    assert "1 SMS de votre structure attend et partira de lui-même" in note(client)


def test_a_long_queue_that_moves_is_no_trouble(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world, due_at=world.now - timedelta(hours=2))
        owe(world, state=MessageState.SENT, sent_at=world.now - timedelta(minutes=1))
    assert note(client) == ""


def test_a_cap_that_is_reached_is_told_to_the_teams_of_its_departement(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        reach(world, isere.id, 20)
    assert note(client) == ""
    with team.changing() as world:
        reach(world, world.department.id, 500)
    assert note(client) == (
        "La limite du jour est atteinte : 500 SMS. Les suivants partiront au prochain jour d’envoi."
    )


def reach(world: World, department_id: int, per_day: int) -> None:
    of = {"department_id": department_id, "channel": Channel.SMS}
    world.add(ChannelCap(**of, per_day=per_day))
    world.add(ChannelUse(**of, on=world.now.date(), used=per_day))


def test_yesterdays_cap_holds_nothing_back_today(team: Team, client: FlaskClient, clock: Clock) -> None:
    with team.changing() as world:
        reach(world, world.department.id, 500)
    clock.pass_by(timedelta(days=1))
    assert note(client) == ""


def test_administrators_are_led_to_the_state_of_everything(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        stop(world)
        admin = world.make_agent(role=Role.ADMIN)
    assert "/agents/etat" in team.browser(flask_app, admin).get(HERE).text
    assert "/agents/etat" not in team.browser(flask_app).get(HERE).text


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
