"""Aujourd'hui: what can be done now, a sentence each with its action."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations.database import Database
from invitations.models import CallbackRequest, FollowUpStatus, Opening, Waiting
from tests.app.team import Team, expect, queries_of
from tests.conftest import NOW, Clock

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def ask_to_be_called(team: Team, **changes: object) -> CallbackRequest:
    with team.changing() as world:
        follow_up = world.make_follow_up(status=FollowUpStatus.INVITATION_PENDING)
        values = {
            "organisation_id": world.organisation.id,
            "beneficiary_id": follow_up.beneficiary_id,
            "follow_up_id": follow_up.id,
            "phone": "+33639980099",
            "preferred": "après 17 h",
            "created_at": world.now - timedelta(hours=3),
        }
        return world.add(CallbackRequest(**values | changes))


def test_the_first_day_says_what_will_be_here_and_what_to_do_first(client: FlaskClient) -> None:
    page = client.get("/agents/").text
    assert "Pour commencer, apportez une liste de personnes." in page
    assert 'href="/agents/imports"' in page


def test_nothing_to_do_says_so(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.make_follow_up(status=FollowUpStatus.SEEN)
    assert "Rien n’attend." in client.get("/agents/").text


def test_people_who_ask_to_be_called_are_listed_until_somebody_did(team: Team, client: FlaskClient) -> None:
    asked = ask_to_be_called(team)
    page = client.get("/agents/").text
    assert f"1{NBSP}personne demande à être rappelée" in page
    assert "06 39 98 00 99" in page
    assert "après 17 h" in page
    answer = client.post(f"/agents/rappels/{asked.id}/fait")
    assert (answer.status_code, answer.location) == (303, "/agents/")
    assert "06 39 98 00 99" not in client.get("/agents/").text


def test_appointments_nobody_spoke_of_lead_to_their_day(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, NOW - timedelta(days=1))
        expect(world, NOW - timedelta(days=1, hours=1))
    page = client.get("/agents/").text
    assert f"2{NBSP}rendez-vous passés sans issue" in page
    assert 'href="/agents/journee?date=2026-11-23"' in page


def test_people_to_invite_are_counted_with_the_slots_that_are_left(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for _ in range(3):
            world.make_follow_up()
    page = client.get("/agents/").text
    assert f"<strong>3{NBSP}personnes à inviter</strong>" in page
    assert "avant le samedi 5 décembre" in page
    assert "categorie=rsa-orientation&amp;statut=a-inviter&amp;tri=anciens&amp;choisir=3" in page
    assert "Inviter 3" in page


def test_without_a_free_slot_nobody_is_told_to_invite(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.make_follow_up()
        world.session.delete(world.session.get_one(Opening, world.opening.id))
    page = client.get("/agents/").text
    assert "aucun créneau libre" in page
    assert "Inviter 1" not in page
    assert "Ouvrir des créneaux" in page


def test_expired_invitations_and_missed_appointments_are_told(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.make_follow_up(status=FollowUpStatus.INVITATION_EXPIRED)
        world.make_follow_up(status=FollowUpStatus.NOSHOW)
        world.make_follow_up(status=FollowUpStatus.EXCUSED)
    page = client.get("/agents/").text
    assert f"<strong>1{NBSP}invitation expirée</strong>" in page
    assert f"<strong>2{NBSP}rendez-vous n’ont pas eu lieu</strong>" in page


def test_what_another_organisation_has_to_do_is_not_here(team: Team, flask_app: Flask) -> None:
    ask_to_be_called(team)
    with team.changing() as world:
        world.make_follow_up()
        expect(world, NOW - timedelta(days=1))
        other = world.make_organisation()
        world.make_settings(organisation_id=other.id)
        stranger = world.make_agent(organisation=other)
    page = team.browser(flask_app, stranger).get("/agents/").text
    assert "rappelée" not in page
    assert "sans issue" not in page
    assert "personne à inviter" not in page


def test_as_many_questions_to_the_database_for_many_as_for_few(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    with team.changing() as world:
        world.make_follow_up()
    few = queries_of(flask_app, lambda: client.get("/agents/"))
    for _ in range(8):
        ask_to_be_called(team)
    with team.changing() as world:
        for _ in range(8):
            world.make_follow_up()
    assert queries_of(flask_app, lambda: client.get("/agents/")) == few


def test_people_who_wait_for_a_place_are_counted(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for _ in range(2):
            follow_up = world.make_follow_up(status=FollowUpStatus.INVITATION_PENDING)
            world.add(Waiting(organisation_id=world.organisation.id, follow_up_id=follow_up.id, asked_at=NOW))
        over = world.make_follow_up(status=FollowUpStatus.SEEN)
        world.add(Waiting(organisation_id=world.organisation.id, follow_up_id=over.id, asked_at=NOW, ended_at=NOW))
    page = client.get("/agents/").text
    assert f"<strong>2{NBSP}personnes attendent</strong> qu’une place se libère" in page
