"""The page after a selection is sent, taking it back from there or from Messages, and the waves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.acts import invite_waves
from invitations.database import Database
from invitations.models import Beneficiary, FollowUp, FollowUpStatus, Message, MessageState, Opening, WavePerson
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import Clock
from tests.fakes import RememberingSms

INVITE = "/agents/personnes/inviter"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    """Four slots in all."""
    made = Team(database, clock())
    with made.changing() as world:
        opening = world.session.get_one(Opening, world.opening.id)
        opening.rrule, opening.starts_on = None, (made.now + timedelta(days=2)).date()
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def people(team: Team, count: int) -> list[Beneficiary]:
    with team.changing() as world:
        those = [world.make_beneficiary(last_name=f"Nom{number}") for number in range(count)]
        for one in those:
            world.make_follow_up(one)
    return those


def post(client: FlaskClient, those: list[Beneficiary], path: str = f"{INVITE}/envoyer", **form: Any) -> TestResponse:
    return client.post(path, data={"personne": [one.id for one in those], "canal": ["sms"], **form})


def sent(team: Team, client: FlaskClient, count: int = 2, **form: Any) -> str:
    """The address of the page that follows."""
    return str(post(client, people(team, count), **form).location)


def found(team: Team, column: Any) -> list[Any]:
    with team.database.reading() as session:
        return list(session.scalars(select(column)))


def test_the_page_that_follows_says_when_it_leaves_and_takes_it_back(team: Team, client: FlaskClient) -> None:
    page = sent(team, client)
    words = words_of(client.get(page).text)
    assert "2 invitations partent mardi 24 novembre à 10 h 10" in words
    assert "Annuler cet envoi" in words
    answer = client.post(f"{page}/annuler", follow_redirects=True)
    words = words_of(answer.text)
    assert "Envoi annulé : 2 invitations, rien n’est parti." in words
    assert "2 invitations annulées mardi 24 novembre à 10 h 00 par Mme Roche" in words
    assert "Annuler cet envoi" not in words
    assert set(found(team, Message.state)) == {MessageState.CANCELLED}
    assert set(found(team, FollowUp.status)) == {FollowUpStatus.NOT_INVITED}


def test_messages_offers_it_too_until_it_leaves(team: Team, client: FlaskClient, clock: Clock) -> None:
    page = sent(team, client)
    assert "2 invitations partent mardi 24 novembre à 10 h 10, RSA orientation, par Mme Roche." in words_of(
        client.get("/agents/messages").text
    )
    clock.pass_by(timedelta(minutes=10))
    assert "Annuler cet envoi" not in client.get("/agents/messages").text
    words = words_of(client.get(page).text)
    assert "2 invitations envoyées mardi 24 novembre" in words
    assert "Annuler cet envoi" not in words


def test_too_late_says_so_and_changes_nothing(team: Team, client: FlaskClient, clock: Clock) -> None:
    page = sent(team, client)
    clock.pass_by(timedelta(minutes=10))
    answer = client.post(f"{page}/annuler", follow_redirects=True)
    assert "Trop tard : les premiers messages sont partis, l’envoi ne s’annule plus." in words_of(answer.text)
    assert set(found(team, Message.state)) == {MessageState.PENDING}


def test_looking_at_the_page_takes_nothing_back(team: Team, client: FlaskClient) -> None:
    page = sent(team, client)
    assert client.get(f"{page}/annuler").status_code == 405


def test_the_preview_offers_to_invite_the_rest_as_slots_open(team: Team, client: FlaskClient) -> None:
    words = words_of(post(client, people(team, 6), INVITE).text)
    assert "Envoyer 4 invitations" in words
    assert "Inviter 4 maintenant, les 2 autres dès que des créneaux s’ouvrent" in words
    assert found(team, WavePerson.follow_up_id) == []


def test_without_a_free_slot_everybody_may_wait(team: Team, client: FlaskClient) -> None:
    sent(team, client, 4)
    page = post(client, people(team, 3), INVITE).text
    assert "Inviter ces 3 personnes dès que des créneaux s’ouvrent" in words_of(page)
    page = client.get(sent(team, client, 3, suite="vague")).text
    assert "3 personnes attendent un créneau" in words_of(page)


def test_the_rest_is_invited_as_slots_open_and_the_page_tells(
    team: Team, client: FlaskClient, flask_app: Flask, clock: Clock
) -> None:
    page = words_of(client.get(sent(team, client, 6, suite="vague")).text)
    assert "4 invitations partent" in page
    assert "2 personnes attendent qu’un créneau s’ouvre" in page
    assert "Pas d’invitation" not in page
    clock.pass_by(timedelta(minutes=11))
    with team.changing() as world:
        world.make_opening(rrule=None, starts_on=(team.now + timedelta(days=3)).date())
    assert invite_waves(flask_app.extensions["rdv"]) == 2
    assert invite_waves(flask_app.extensions["rdv"]) == 0
    words = words_of(client.get("/agents/vagues").text)
    assert "Personne n’attend de créneau" in words
    assert "RSA orientation, mardi 24 novembre : 2 personnes invitées." in words


def test_the_waves_name_who_waits_and_stop(team: Team, client: FlaskClient) -> None:
    sent(team, client, 6, suite="vague")
    page = client.get("/agents/vagues").text
    words = words_of(page)
    assert "2 personnes attendent un créneau" in words
    assert "Inès Nom4, Inès Nom5" in words
    assert "2 personnes attendent leur tour, invitation dès qu’un créneau s’ouvre" in words_of(
        client.get("/agents/").text
    )
    (wave_id,) = set(found(team, WavePerson.wave_id))
    answer = client.post(f"/agents/vagues/{wave_id}/arreter", follow_redirects=True)
    assert "Vague arrêtée : 2 personnes n’y attendent plus." in words_of(answer.text)
    assert "Inès Nom4 (vague arrêtée)" in words_of(answer.text)


def test_without_a_wave_the_page_says_what_one_is(team: Team, client: FlaskClient) -> None:
    assert "chaque créneau qui s’ouvre en invite une de plus" in words_of(client.get("/agents/vagues").text)


def test_a_longer_wave_costs_no_more_queries(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    sent(team, client, 5, suite="vague")
    few = queries_of(flask_app, lambda: client.get("/agents/vagues"))
    sent(team, client, 20, suite="vague")
    assert queries_of(flask_app, lambda: client.get("/agents/vagues")) == few


def test_it_leaves_after_ten_minutes_and_not_before(
    team: Team, client: FlaskClient, clock: Clock, deliver: Callable[[], int], sms: RememberingSms
) -> None:
    sent(team, client)
    clock.pass_by(timedelta(minutes=9, seconds=59))
    assert deliver() == 0
    clock.pass_by(timedelta(seconds=1))
    assert deliver() == 2
    assert len(sms.sent) == 2


def test_the_list_finds_nobody_as_invited_by_what_was_taken_back(team: Team, client: FlaskClient) -> None:
    page = sent(team, client)
    assert "Nom0" in client.get("/agents/personnes?mode=invitation").text
    client.post(f"{page}/annuler")
    assert "Nom0" not in client.get("/agents/personnes?mode=invitation").text
    assert "Nom0" in client.get("/agents/personnes?statut=a-inviter").text
