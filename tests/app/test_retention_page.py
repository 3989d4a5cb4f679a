"""Réglages, conservation: how long messages can be read, what another length would forget, and nothing by surprise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations import purging, purging_ahead, retention
from invitations.database import Database
from invitations.models import Agent, AuditEvent, InboundText, Membership, MessageState, Organisation, Role
from tests.app.team import Team, owe, queries_of
from tests.app.town import words_of
from tests.conftest import Clock

HERE = "/agents/reglages/conservation"
A_YEAR_AGO = timedelta(days=400)


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


def kept_for(team: Team) -> int:
    with team.database.reading() as session:
        return session.get_one(Organisation, team.world.organisation.id).retention_months


def said(team: Team, count: int = 1, **changes: object) -> None:
    values = {"state": MessageState.DELIVERED} | changes
    with team.changing() as world:
        for _ in range(count):
            owe(world, **values).created_at = world.now - A_YEAR_AGO


def unheard_of(team: Team, *days: int) -> None:
    """People to whom nothing has happened for so many days."""
    with team.changing() as world:
        for ago in days:
            world.now = team.now - timedelta(days=ago)
            world.make_beneficiary()
        world.now = team.now


def nightly(team: Team) -> None:
    purging_ahead.look(team.database, clock=lambda: team.now)


def told(team: Team) -> None:
    with team.changing() as world:
        world.add(
            InboundText(
                sid="SM1", sender="+33639980077", number="+33937000000", body="Bonjour",
                organisation_id=world.organisation.id, read_at=world.now, received_at=world.now - A_YEAR_AGO,
            )
        )  # fmt: skip


def test_it_says_how_long_and_what_each_length_would_forget_now(team: Team, client: FlaskClient) -> None:
    said(team, 2)
    said(team, state=MessageState.PENDING)
    told(team)
    with team.changing() as world:
        other = world.make_organisation()
    said(team, organisation_id=other.id)
    assert "6 mois pas encore compté pas encore compté 12 mois" in words_of(client.get(HERE).text).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    nightly(team)
    page = words_of(client.get(HERE).text).replace("\N{NO-BREAK SPACE}", " ")
    assert "les autres ont été comptées le mardi 24 novembre 2026" in page
    assert "Durée de conservation : 24 mois" in page
    assert "6 mois 3 aucune 12 mois 3 aucune 24 mois actuelle aucun aucune 36 mois aucun aucune" in page


def test_a_longer_length_is_kept_at_once(team: Team, client: FlaskClient, admin: Agent) -> None:
    assert client.post(HERE, data={"months": "36"}).status_code == 303
    assert client.post(HERE, data={"months": "36"}).status_code == 303
    assert kept_for(team) == 36
    with team.database.reading() as session:
        [event] = session.scalars(select(AuditEvent))
        assert (event.action, event.agent_id) == ("settings.changed", admin.id)
        assert (event.details["before"], event.details["months"]) == (24, 36)


def test_a_shorter_one_says_what_it_forgets_before_it_does(team: Team, client: FlaskClient) -> None:
    said(team, 2)
    answer = client.post(HERE, data={"months": "12"})
    assert answer.status_code == 409
    page = words_of(answer.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "Avec 12 mois, 2 messages encore lisibles s’effaceraient dans l’heure" in page
    assert kept_for(team) == 24
    assert client.post(HERE, data={"months": "6", "anyway": "12"}).status_code == 409
    assert client.post(HERE, data={"months": "12", "anyway": "12"}).status_code == 303
    assert kept_for(team) == 12
    with team.database.reading() as session:
        assert len(retention.due(session, now=team.now)) == 2


def test_it_says_who_goes_the_next_night_and_by_what_year_and_a_shorter_length_asks_first(
    team: Team, client: FlaskClient
) -> None:
    unheard_of(team, 800, 800, 1500, 400)
    nightly(team)
    page = words_of(client.get(HERE).text).replace("\N{NO-BREAK SPACE}", " ")
    assert "3 personnes seront supprimées, selon l’année de la dernière nouvelle : 2022 1 2024 2" in page
    assert "12 mois aucun 4 24 mois actuelle aucun 3 36 mois aucun 1" in page
    answer = client.post(HERE, data={"months": "12"})
    assert answer.status_code == 409
    told = words_of(answer.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "Avec 12 mois, 4 personnes seraient supprimées la nuit prochaine" in told
    assert kept_for(team) == 24


def test_after_a_night_it_says_how_many_of_the_team_went(team: Team, client: FlaskClient, clock: Clock) -> None:
    unheard_of(team, 800)
    purging.purge(team.database, clock=clock)
    page = words_of(client.get(HERE).text).replace("\N{NO-BREAK SPACE}", " ")
    assert "Aucune suppression de personne. Dernier passage le mardi 24 novembre 2026 : 1 personne supprimée." in page


def test_a_shorter_one_that_forgets_nothing_asks_nothing(team: Team, client: FlaskClient) -> None:
    assert client.post(HERE, data={"months": "12"}).status_code == 303
    assert kept_for(team) == 12


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0", "De 1 à 36\N{NO-BREAK SPACE}mois."),
        ("37", "De 1 à 36\N{NO-BREAK SPACE}mois."),
        ("deux", "Indiquez un nombre entier."),
        ("", "Indiquez un nombre de mois."),
    ],
)
def test_what_is_no_length_is_refused_beside_the_field(
    team: Team, client: FlaskClient, typed: str, sentence: str
) -> None:
    answer = client.post(HERE, data={"months": typed, "anyway": typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert kept_for(team) == 24


def test_only_an_administrator_opens_it(team: Team, flask_app: Flask) -> None:
    client = team.browser(flask_app)
    assert (client.get(HERE).status_code, client.post(HERE, data={"months": "6"}).status_code) == (403, 403)
    assert kept_for(team) == 24


def test_the_night_counts_what_a_shorter_length_asks_about(team: Team, client: FlaskClient) -> None:
    """Somebody whom another organisation keeps longer stays; counting again replaces what was noted."""
    unheard_of(team, 800, 400)
    with team.changing() as world:
        world.now = team.now - timedelta(days=400)
        longer = world.make_organisation(retention_months=36)
        shared = world.make_beneficiary()
        world.add(Membership(beneficiary_id=shared.id, organisation_id=longer.id, created_at=world.now))
        world.now = team.now
    for _ in range(2):
        nightly(team)
    with team.database.reading() as session:
        organisation = session.get_one(Organisation, team.world.organisation.id)
        noted = purging_ahead.of(session, organisation)
        assert noted is not None
        assert noted.people == {"6": 2, "12": 2, "24": 1, "36": 0}
        for months in purging_ahead.COMPARED:
            assert retention.leaving(session, organisation, months, now=team.now) == noted.people[str(months)]


def test_it_costs_the_same_whatever_was_sent(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    client.get(HERE)
    before = queries_of(flask_app, lambda: client.get(HERE))
    said(team, 5)
    assert queries_of(flask_app, lambda: client.get(HERE)) == before
