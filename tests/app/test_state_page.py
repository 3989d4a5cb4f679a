"""Réglages, état: what works and what does not, in words; for administrators, with nobody's name in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.agents import state_words
from invitations import monitoring
from invitations.database import Database
from invitations.models import (
    Agent,
    Channel,
    ChannelCap,
    ChannelUse,
    InboundText,
    MessageState,
    ProviderState,
    Role,
    Unanswered,
)
from invitations.monitoring import Health, State
from invitations.outbox.providers import Provider
from notifications.senders import Reason
from tests.app.team import Team, owe, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock
from tests.factories import World

HERE = "/agents/etat"
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: what is counted is tested on both (tests/invitations/test_monitoring.py), and the clock of the other
    is not the tests'."""
    return sqlite_url


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        monitoring.beat(world.session, "machine-une:41", now=NOW - timedelta(seconds=20))
    return made


@pytest.fixture
def admin(team: Team) -> Agent:
    with team.changing() as world:
        return world.make_agent(role=Role.ADMIN)


@pytest.fixture
def client(team: Team, flask_app: Flask, admin: Agent) -> FlaskClient:
    return team.browser(flask_app, admin)


def words(client: FlaskClient) -> str:
    answer = client.get(HERE)
    assert answer.status_code == 200
    return words_of(answer.text)


def lose(world: World, count: int, reason: Reason = Reason.WRONG_ADDRESS, **changes: Any) -> None:
    person = world.make_beneficiary()
    lost = {"state": MessageState.FAILED, "settled_at": NOW - timedelta(hours=2), "error_reason": reason}
    for _ in range(count):
        owe(world, beneficiary=person, **lost | changes)


def test_when_all_is_well_it_says_so(client: FlaskClient) -> None:
    said = words(client)
    assert "Tout va bien" in said
    assert "Les services d’envoi répondent, rien n’attend plus longtemps que prévu." in said
    assert "Dans votre structure, aucun échec." in said
    assert "Aucun courrier à imprimer" in said
    assert "machine-une:41 à l’instant" in said


def test_it_is_reached_from_the_settings(client: FlaskClient) -> None:
    assert f'href="{HERE}"' in client.get("/agents/reglages").text


def test_only_an_administrator_opens_it(team: Team, flask_app: Flask) -> None:
    assert team.browser(flask_app).get(HERE).status_code == 403
    assert flask_app.test_client().get(HERE).status_code == 302


def test_each_channel_says_what_waits_and_what_left(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world, due_at=NOW - timedelta(minutes=5))
        owe(world, due_at=NOW - timedelta(minutes=10))
        for _ in range(3):
            owe(world, state=MessageState.DELIVERED, sent_at=NOW, segments=2)
        owe(world, state=MessageState.UNKNOWN, channel=Channel.EMAIL)
        owe(world, channel=Channel.LETTER)
    said = words(client)
    assert "SMS répond 2 depuis 9 h 50 0 0 3 6 segments 0 0 0" in said
    assert "Courriel répond 0 0 1 0 0 0 –" in said
    assert "1 courrier à imprimer" in said
    assert "Appel" not in said, "no calls are made here"


def test_a_provider_that_is_away_says_why_when_it_is_tried_and_what_to_do(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        away = {"opened_at": NOW - timedelta(minutes=72), "next_try_at": NOW + timedelta(minutes=4), "failures": 9}
        world.add(ProviderState(channel=Channel.SMS, error_reason=Reason.OUR_ACCOUNT, error_code="20003", **away))
        world.add(ProviderState(channel=Channel.EMAIL, error_reason=Reason.WAIT, **away))
    said = words(client)
    assert "2 points à régler" in said
    assert (
        "Les SMS ne partent plus depuis mardi 24 novembre à 8 h 48 : le service d’envoi refuse notre compte (code 20003). "
        "Prochain essai à 10 h 04. Prévenez la personne qui administre l’installation : le compte est à régler" in said
    )
    assert "Les courriels ne partent plus" in said
    assert "le service d’envoi ne prend plus rien." in said
    assert "SMS arrêté" in said


def test_a_scheduler_that_stopped_is_told_with_the_command_that_starts_it(
    team: Team, client: FlaskClient, clock: Clock
) -> None:
    clock.pass_by(timedelta(hours=2))
    said = words(client)
    assert "Un point à régler" in said
    assert "Le programme qui envoie les messages ne donne plus signe de vie depuis 9 h 59." in said
    assert "rdv jobs run" in said
    assert "machine-une:41 il y a 2 heures arrêté" in said
    clock.pass_by(timedelta(days=1))
    assert "depuis mardi 24 novembre à 9 h 59" in words(client)


def test_a_queue_that_stands_still_is_told(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world, due_at=NOW - timedelta(minutes=30))
        owe(world, due_at=NOW - timedelta(minutes=20))
    assert "Les SMS n’avancent plus : 2 SMS attendent, depuis 9 h 30." in words(client)


def test_a_cap_reached_is_told_to_its_departement_alone(team: Team, client: FlaskClient) -> None:
    def reach(world: World, department_id: int, per_day: int) -> None:
        of = {"department_id": department_id, "channel": Channel.SMS}
        world.add(ChannelCap(**of, per_day=per_day))
        world.add(ChannelUse(**of, on=NOW.date(), used=per_day))

    with team.changing() as world:
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        reach(world, isere.id, 77)
    assert "Tout va bien" in words(client)
    with team.changing() as world:
        reach(world, world.department.id, 500)
    said = words(client)
    assert "La limite du jour est atteinte : 500 SMS. Les suivants partiront au prochain jour d’envoi." in said
    assert "77" not in said


def test_many_failures_are_a_point_and_few_are_not(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        lose(world, 9)
    assert "Tout va bien" in words(client)
    with team.changing() as world:
        lose(world, 1, Reason.FILTERED)
    assert "En 24 heures, 10 SMS sur 10 ne sont pas arrivés." in words(client)
    with team.changing() as world:
        for _ in range(100):
            owe(world, state=MessageState.DELIVERED, sent_at=NOW)
    assert "Tout va bien" in words(client), "one in ten is what a list brings with it"


def test_failures_are_counted_by_reason_and_ones_own_lead_to_their_list(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        lose(world, 2)
        lose(world, 1, channel=Channel.EMAIL)
        lose(world, 4, Reason.FILTERED, organisation_id=world.make_organisation().id)
    page = client.get(HERE).text
    said = words_of(page)
    assert "Bloqué par un filtre antispam SMS 4 Numéro ou adresse qui n’existe pas SMS 2" in said
    assert "Adresse électronique qui n’existe pas Courriel 1" in said
    assert "Dans votre structure : 2 SMS, 1 courriel." in said
    assert '"/agents/messages?etat=echecs&amp;canal=sms"' in page
    assert '"/agents/messages?etat=echecs&amp;canal=courriel"' in page


def test_texts_that_wait_for_somebody_are_counted(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for number in (1, 2):
            text = {"sender": "+33639980001", "number": "+33700000000", "body": "secret", "read_at": NOW}
            received = NOW - timedelta(hours=number)
            world.add(InboundText(sid=f"SM{number}", received_at=received, waits_for=Unanswered.NOT_UNDERSTOOD, **text))
    said = words(client)
    assert "2 SMS reçus à lire, le plus ancien depuis 8 h 00." in said
    assert "secret" not in said


def test_nobodys_name_and_no_other_teams_stands_on_it(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation(name="Le relais")
        person = world.make_beneficiary(last_name="Ailleurs", organisation=other)
        owe(world, beneficiary=person, organisation_id=other.id)
        lose(world, 12, organisation_id=other.id)
    page = client.get(HERE).text
    assert not [one for one in ("Ailleurs", "Inès", "Le relais", "+33", "@") if one in page]


def test_as_many_queries_however_many_messages(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    with team.changing() as world:
        owe(world)
        lose(world, 1)
    few = queries_of(flask_app, lambda: client.get(HERE))
    with team.changing() as world:
        lose(world, 30)
        lose(world, 5, Reason.OTHER, channel=Channel.EMAIL)
    assert queries_of(flask_app, lambda: client.get(HERE)) == few


@pytest.mark.parametrize(("seconds", "told"), [(3, False), (-3, False), (90, True), (-90, True)])
def test_two_clocks_that_differ_are_a_point(seconds: int, told: bool) -> None:
    health = Health(NOW, has_database=True, beats=(monitoring.Beating("here:1", NOW),))
    state = State(health, clock_apart=timedelta(seconds=seconds))
    found = state_words.points(state, 1, PARIS)
    assert [one.what for one in found] == (
        ["L’horloge de cette machine et celle de la base de données ont 90\N{NO-BREAK SPACE}secondes d’écart."]
        if told
        else []
    )


@pytest.mark.parametrize("reason", [*Reason, None])
def test_whatever_a_provider_is_away_for_has_its_words(reason: Reason | None) -> None:
    provider = Provider(Channel.VOICE, is_open=True, opened_at=NOW, reason=reason)
    zone = PARIS
    assert "Les appels ne partent plus depuis mardi 24 novembre à" in state_words.stopped(provider, zone)
    assert state_words.stopped_act(provider, NOW, zone)
