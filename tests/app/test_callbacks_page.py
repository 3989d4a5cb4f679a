"""Rappels: whom to call, the oldest first; called, no answer, and the undo."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations.database import Database
from invitations.models import AuditEvent, CallbackRequest, CallTime, FollowUpStatus
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def ask(team: Team, name: str = "Bernard", hours: int = 3, **changes: object) -> CallbackRequest:
    with team.changing() as world:
        person = world.make_beneficiary(last_name=name)
        follow_up = world.make_follow_up(person, status=FollowUpStatus.INVITATION_PENDING)
        values = {
            "organisation_id": world.organisation.id,
            "beneficiary_id": person.id,
            "follow_up_id": follow_up.id,
            "phone": "+33639980099",
            "created_at": world.now - timedelta(hours=hours),
        }
        return world.add(CallbackRequest(**values | changes))


def test_an_empty_list_teaches_what_it_will_hold(client: FlaskClient) -> None:
    words = words_of(client.get("/agents/rappels").text)
    assert "Personne n’est à rappeler" in words
    assert "Sa demande se lira ici." in words


def test_the_oldest_comes_first_with_number_wishes_and_the_way_to_book(team: Team, client: FlaskClient) -> None:
    asked = ask(team, "Récente", 1, times=[CallTime.MORNING, CallTime.LATE], preferred="jamais le mercredi")
    ask(team, "Ancienne", 50)
    page = client.get("/agents/rappels").text
    words = words_of(page)
    assert f"2{NBSP}personnes à rappeler" in page
    assert words.index("Ancienne") < words.index("Récente")
    assert "le matin, en fin de journée, « jamais le mercredi »" in words
    assert "à tout moment" in words
    assert 'href="tel:+33639980099"' in page
    assert f"/suivis/{asked.follow_up_id}/reserver" in page


def test_called_is_one_tap_and_the_undo_is_one_tap(team: Team, client: FlaskClient) -> None:
    asked = ask(team)
    answer = client.post(f"/agents/rappels/{asked.id}/fait", data={"depuis": "rappels"})
    assert (answer.status_code, answer.location) == (303, "/agents/rappels")
    page = words_of(client.get("/agents/rappels").text)
    assert "Personne n’est à rappeler" in page
    assert "par Mme Roche" in page
    client.post(f"/agents/rappels/{asked.id}/a-refaire", data={"depuis": "rappels"})
    assert f"1{NBSP}personne à rappeler" in client.get("/agents/rappels").text


def test_no_answer_keeps_the_person_with_a_count_and_the_last_try(
    team: Team, client: FlaskClient, clock: Clock
) -> None:
    asked = ask(team)
    client.post(f"/agents/rappels/{asked.id}/sans-reponse", data={"depuis": "rappels"})
    clock.pass_by(timedelta(minutes=65))
    client.post(f"/agents/rappels/{asked.id}/sans-reponse", data={"depuis": "rappels"})
    words = words_of(client.get("/agents/rappels").text)
    assert "2 appels sans réponse, le dernier mardi 24 novembre à 11 h 05" in words
    assert "1 personne à rappeler" in words


def test_a_try_after_somebody_called_counts_no_more(team: Team, client: FlaskClient) -> None:
    asked = ask(team)
    for act in ("fait", "sans-reponse", "fait"):
        client.post(f"/agents/rappels/{asked.id}/{act}")
    with team.database.reading() as session:
        found = session.get_one(CallbackRequest, asked.id)
        assert (found.tries, found.handled_at) == (0, NOW)
        assert session.query(AuditEvent).filter(AuditEvent.action.like("callback.%")).count() == 1


def test_whoever_has_asked_again_since_is_not_listed_twice(team: Team, client: FlaskClient) -> None:
    first = ask(team)
    client.post(f"/agents/rappels/{first.id}/fait")
    with team.changing() as world:
        world.add(
            CallbackRequest(
                organisation_id=world.organisation.id,
                beneficiary_id=first.beneficiary_id,
                follow_up_id=first.follow_up_id,
                phone="+33639980099",
                created_at=world.now,
            )
        )
    client.post(f"/agents/rappels/{first.id}/a-refaire")
    assert f"1{NBSP}personne à rappeler" in client.get("/agents/rappels").text


def test_what_was_done_more_than_a_week_ago_is_not_shown(team: Team, client: FlaskClient, clock: Clock) -> None:
    asked = ask(team)
    client.post(f"/agents/rappels/{asked.id}/fait")
    clock.pass_by(timedelta(days=8))
    assert "Remettre dans la liste" not in client.get("/agents/rappels").text


def test_as_many_questions_for_many_as_for_few(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    ask(team)
    few = queries_of(flask_app, lambda: client.get("/agents/rappels"))
    for _ in range(8):
        ask(team)
    assert queries_of(flask_app, lambda: client.get("/agents/rappels")) == few


def test_an_agent_may_do_without_the_digest(team: Team, client: FlaskClient) -> None:
    assert "checked" in client.get("/agents/moi").text
    assert client.post("/agents/moi", data={}).status_code == 303
    page = client.get("/agents/moi").text
    assert 'value="oui" aria-describedby="resume-aide" checked' not in page
    client.post("/agents/moi", data={"resume": "oui"})
    assert 'value="oui" aria-describedby="resume-aide" checked' in client.get("/agents/moi").text
