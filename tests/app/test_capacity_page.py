"""Capacité and Nouveautés, as an agent reads them."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.agents import news
from invitations.database import Database
from invitations.models import Agent, Message, Opening
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import Clock

PAGE = "/agents/capacite"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def wait(team: Team, count: int) -> None:
    with team.changing() as world:
        for _ in range(count):
            world.make_follow_up()


def close_openings(team: Team) -> None:
    with team.changing() as world:
        opening = world.session.get_one(Opening, world.opening.id)
        opening.rrule = None


def colleague(team: Team) -> Agent:
    with team.changing() as world:
        return world.make_agent(display_name="M. Petit", first_name="Luc")


def test_one_sentence_first_says_whether_there_are_enough(team: Team, client: FlaskClient) -> None:
    wait(team, 2)
    assert "<h1>Assez de créneaux pour les personnes qui attendent</h1>" in client.get(PAGE).text
    close_openings(team)
    words = words_of(client.get(PAGE).text)
    assert "Il manque 2 créneaux d’ici au mardi 5 janvier" in words
    assert "2 personnes à inviter" in words
    assert "Sans date d’ouverture des droits pour 2 personnes" in words


def test_creneaux_leads_there_and_so_does_today_when_slots_are_missing(team: Team, client: FlaskClient) -> None:
    assert f'href="{PAGE}"' in client.get("/agents/creneaux").text
    assert f'href="{PAGE}"' not in client.get("/agents/").text
    wait(team, 1)
    close_openings(team)
    assert f'href="{PAGE}"' in client.get("/agents/").text


def test_asking_writes_to_those_who_are_ticked(team: Team, client: FlaskClient) -> None:
    other = colleague(team)
    assert "M. Petit" in client.get(PAGE).text
    answer = client.post(f"{PAGE}/demander", data={"agent": other.id}, follow_redirects=True)
    assert "1 collègue reçoit un courriel avec le lien vers les créneaux." in words_of(answer.text)
    again = client.post(f"{PAGE}/demander", data={"agent": other.id}, follow_redirects=True)
    assert "Ces collègues ont déjà reçu cette demande aujourd’hui." in words_of(again.text)
    with team.database.reading() as session:
        assert session.scalars(select(Message.agent_id)).all() == [other.id]


@pytest.mark.parametrize("ticked", [[], ["x"], ["9" * 30]])
def test_asking_nobody_says_what_to_do_first(client: FlaskClient, ticked: list[str]) -> None:
    answer = client.post(f"{PAGE}/demander", data={"agent": ticked}, follow_redirects=True)
    assert "Choisissez d’abord à qui écrire, en cochant un nom." in words_of(answer.text)


def test_nobody_of_elsewhere_is_named_or_written_to(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        stranger = world.make_agent(organisation=world.make_organisation(), display_name="Mme Secret")
    assert "Mme Secret" not in client.get(PAGE).text
    client.post(f"{PAGE}/demander", data={"agent": stranger.id})
    with team.database.reading() as session:
        assert session.scalars(select(Message)).all() == []


def test_more_people_cost_no_more_queries(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    wait(team, 1)
    few = queries_of(flask_app, lambda: client.get(PAGE))
    wait(team, 20)
    assert queries_of(flask_app, lambda: client.get(PAGE)) == few


# Nouveautés


def test_the_news_are_the_changelog_that_ships(client: FlaskClient) -> None:
    words = words_of(client.get("/agents/nouveautes").text)
    assert "À paraître" in words
    assert "Trois façons de proposer un rendez-vous : la personne choisit" in words
    assert 'href="/agents/nouveautes"' in client.get("/agents/").text


def test_a_changelog_is_read_by_version_part_and_sentence() -> None:
    text = "# Nouveautés\n\nAvant.\n\n## 2\n\n### Ajouté\n\n- Une `chose`\n  qui va [loin](x.md)\n- Deux\n\n## 1\n### Corrigé\n- Trois\n"
    two, one = news.read(text)
    assert (two.title, two.parts[0].title, two.parts[0].lines) == ("2", "Ajouté", ["Une chose qui va loin", "Deux"])
    assert (one.title, one.parts[0].lines) == ("1", ["Trois"])
