"""Réglages, limites d’envoi: what a département sends in a day; who sets it, who reads it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.database import Database
from invitations.models import Agent, AuditEvent, Channel, ChannelCap, ChannelUse, Organisation, OrganisationKind, Role
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import Clock

HERE = "/agents/reglages/envois"


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


def kept(team: Team) -> dict[Channel, int]:
    with team.database.reading() as session:
        return {one.channel: one.per_day for one in session.scalars(select(ChannelCap))}


def noted(team: Team) -> list[object]:
    with team.database.reading() as session:
        return [one.details["caps"] for one in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def make_other_s(team: Team) -> None:
    with team.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).kind = OrganisationKind.SIAE


def test_a_limit_is_set_changed_and_taken_away(team: Team, client: FlaskClient) -> None:
    assert "Sans limite" in words_of(client.get(HERE).text)
    answer = client.post(HERE, data={"sms": "500", "email": ""})
    assert (answer.status_code, answer.location) == (303, HERE)
    assert kept(team) == {Channel.SMS: 500}
    client.post(HERE, data={"sms": "", "email": "1000"})
    assert kept(team) == {Channel.EMAIL: 1000}
    client.post(HERE, data={"sms": "", "email": "1000"})
    assert noted(team) == [{"sms": 500}, {"sms": None, "email": 1000}]


def test_it_says_how_many_left_today_and_when_the_limit_is_reached(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        of = {"department_id": world.department.id, "channel": Channel.SMS}
        world.add(ChannelCap(**of, per_day=1200))
        counted = world.add(ChannelUse(**of, on=team.now.date(), used=1199))
    page = words_of(client.get(HERE).text)
    assert "SMS 1 199 sur 1 200 Courriel Sans limite" in page.replace("\N{NARROW NO-BREAK SPACE}", " ")
    with team.changing() as world:
        world.session.merge(counted).used = 1200
    page = words_of(client.get(HERE).text)
    assert "1 200 sur 1 200. Limite atteinte" in page.replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0", "Un nombre entre 1 et 1 000 000, ou rien."),
        ("-3", "Un nombre entre 1 et 1 000 000, ou rien."),
        ("beaucoup", "Indiquez un nombre entier."),
    ],
)
def test_what_is_no_limit_is_refused_beside_the_field(
    team: Team, client: FlaskClient, typed: str, sentence: str
) -> None:
    answer = client.post(HERE, data={"sms": typed, "email": "20"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed}"' in answer.text
    assert kept(team) == {}


def test_administrators_of_other_organisations_read_it_and_change_nothing(team: Team, client: FlaskClient) -> None:
    make_other_s(team)
    page = client.get(HERE).text
    assert "ce sont ses administrateurs et administratrices qui les changent" in page
    assert 'name="sms"' not in page
    assert client.post(HERE, data={"sms": "5"}).status_code == 403
    assert kept(team) == {}


def test_whoever_does_not_administer_sees_nothing(team: Team, flask_app: Flask) -> None:
    assert team.browser(flask_app).get(HERE).status_code == 403


def test_calls_are_limited_only_where_some_are_made(client: FlaskClient) -> None:
    page = client.get(HERE).text
    assert "Appel automatique" not in page
    assert 'name="voice"' not in page


def test_the_page_costs_the_same_whatever_was_sent(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    client.get(HERE)
    before = queries_of(flask_app, lambda: client.get(HERE))
    with team.changing() as world:
        for channel in (Channel.SMS, Channel.EMAIL):
            of = {"department_id": world.department.id, "channel": channel}
            world.add(ChannelCap(**of, per_day=10))
            world.add(ChannelUse(**of, on=team.now.date(), used=3))
    assert queries_of(flask_app, lambda: client.get(HERE)) == before
