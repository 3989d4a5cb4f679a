"""Réponses: what people texted and no machine may answer, read and answered by the team."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations import replies
from invitations.database import Database
from invitations.models import AuditEvent, InboundText, Message, MessageKind, Unanswered
from notifications import gsm7
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock

PHONE = "+33639980301"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def text(team: Team, body: str = "Je serai en retard", *, phone: str = PHONE, **changes: object) -> InboundText:
    """A text that waits for the world's own organisation."""
    with team.changing() as world:
        values: dict[str, object] = {
            "sid": f"SM{next(world.numbers)}",
            "sender": phone,
            "number": "+33937000000",
            "body": body,
            "received_at": NOW - timedelta(hours=1),
            "read_at": NOW - timedelta(hours=1),
            "organisation_id": world.organisation.id,
            "waits_for": Unanswered.NOT_UNDERSTOOD,
        }
        return world.add(InboundText(**values | changes))


def read(team: Team, row: InboundText) -> InboundText:
    with team.database.reading() as session:
        found = session.get_one(InboundText, row.id)
        session.expunge_all()
    return found


def answers(team: Team) -> list[Message]:
    with team.database.reading() as session:
        found = list(session.scalars(select(Message).where(Message.kind == MessageKind.REPLY_BY_AGENT)))
        session.expunge_all()
    return found


def test_the_list_says_who_wrote_what_and_why_it_waits(team: Team, client: FlaskClient) -> None:
    team.person(phone=PHONE, first_name="Inès", last_name="Bernard")
    text(team, "Je serai <b>en retard</b>")
    page = client.get("/agents/reponses")
    said = words_of(page.text)
    assert "1 SMS reçu à lire" in said
    for words in ("Inès Bernard", "06 39 98 03 01", "Message à lire", "Répondre par SMS à Inès Bernard"):
        assert words in said
    assert "&lt;b&gt;en retard" in page.text


def test_a_text_of_nobody_known_can_be_dealt_with_and_not_answered(team: Team, client: FlaskClient) -> None:
    one = text(team, waits_for=Unanswered.STRANGER)
    said = words_of(client.get("/agents/reponses").text)
    assert "Personne n’a ce numéro dans votre structure" in said
    assert "Répondre par SMS" not in said
    assert client.post(f"/agents/reponses/{one.id}/repondre", data={"reponse": "Bonjour"}).status_code == 422
    assert client.post(f"/agents/reponses/{one.id}/traite").status_code == 303
    assert read(team, one).handled_at == NOW


def test_an_answer_is_owed_once_leaves_at_once_and_ends_the_line(team: Team, client: FlaskClient) -> None:
    person = team.person(phone=PHONE)
    one = text(team, beneficiary_id=person.id)
    for _ in range(2):
        answer = client.post(f"/agents/reponses/{one.id}/repondre", data={"reponse": " C’est noté, à tout de suite. "})
        assert answer.status_code == 303
    (message,) = answers(team)
    assert message.body.startswith("C'est noté, à tout de suite. Centre médico-social")
    assert (message.address, message.leaves_at_once, message.text_id) == (PHONE, True, one.id)
    assert read(team, one).handled_at == NOW
    with team.database.reading() as session:
        noted = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert noted == ["text.handled", "text.answered"]


def test_an_answer_of_three_texts_is_refused_and_what_was_typed_is_still_there(team: Team, client: FlaskClient) -> None:
    person = team.person(phone=PHONE)
    one = text(team, beneficiary_id=person.id)
    typed = "Un long récit. " * 20
    assert gsm7.segments(gsm7.to_gsm7(typed)) == 2  # the signature makes it three
    answer = client.post(f"/agents/reponses/{one.id}/repondre", data={"reponse": typed})
    assert answer.status_code == 422
    assert "La réponse est trop longue, deux SMS au plus." in words_of(answer.text)
    assert typed.strip() in answer.text
    assert answers(team) == []
    assert read(team, one).handled_at is None


@pytest.mark.parametrize("typed", ["", "   "])
def test_nothing_typed_is_refused(team: Team, client: FlaskClient, typed: str) -> None:
    person = team.person(phone=PHONE)
    one = text(team, beneficiary_id=person.id)
    assert client.post(f"/agents/reponses/{one.id}/repondre", data={"reponse": typed}).status_code == 422
    assert read(team, one).handled_at is None


def test_whoever_refuses_texts_is_not_answered_by_one(team: Team, client: FlaskClient) -> None:
    person = team.person(phone=PHONE, sms_refused_at=NOW)
    one = text(team, beneficiary_id=person.id)
    assert "appelez-la" in words_of(client.get("/agents/reponses").text)
    assert client.post(f"/agents/reponses/{one.id}/repondre", data={"reponse": "Bonjour"}).status_code == 422
    assert answers(team) == []


def test_what_was_dealt_with_can_be_put_back(team: Team, client: FlaskClient) -> None:
    one = text(team)
    client.post(f"/agents/reponses/{one.id}/traite")
    said = words_of(client.get("/agents/reponses").text)
    assert "Aucun SMS n’est à lire" in said
    assert "Traités depuis une semaine" in said
    client.post(f"/agents/reponses/{one.id}/a-relire")
    assert read(team, one).handled_at is None


@pytest.mark.parametrize("act", ["repondre", "traite", "a-relire"])
def test_another_organisations_text_does_not_exist(team: Team, flask_app: Flask, act: str) -> None:
    person = team.person(phone=PHONE)
    one = text(team, "Secret", beneficiary_id=person.id)
    with team.changing() as world:
        elsewhere = world.make_agent(organisation=world.make_organisation())
    client = team.browser(flask_app, elsewhere)
    assert "Secret" not in client.get("/agents/reponses").text
    assert client.post(f"/agents/reponses/{one.id}/{act}", data={"reponse": "Bonjour"}).status_code == 404
    assert read(team, one).handled_at is None
    assert answers(team) == []


def test_a_text_that_was_answered_by_itself_is_on_no_list(team: Team, client: FlaskClient) -> None:
    one = text(team, waits_for=None)
    assert "Je serai en retard" not in client.get("/agents/reponses").text
    assert client.post(f"/agents/reponses/{one.id}/traite").status_code == 404


def test_today_and_the_story_tell_of_it(team: Team, client: FlaskClient) -> None:
    person = team.person(phone=PHONE)
    with team.changing() as world:
        follow_up = world.make_follow_up(person)
    one = text(team, beneficiary_id=person.id, follow_up_id=follow_up.id)
    assert "1 SMS reçu à lire" in words_of(client.get("/agents/").text)
    client.post(f"/agents/reponses/{one.id}/repondre", data={"reponse": "Prenez votre temps."})
    said = words_of(client.get(f"/agents/personnes/{person.id}").text)
    for words in ("A écrit par SMS", "Je serai en retard", "Prenez votre temps.", "réponse de l’équipe", "Traité le"):
        assert words in said
    assert "SMS reçu" not in words_of(client.get("/agents/").text)


def test_what_was_texted_is_forgotten_with_what_was_said(team: Team, client: FlaskClient) -> None:
    person = team.person(phone=PHONE)
    with team.changing() as world:
        world.make_follow_up(person)
    old = text(team, beneficiary_id=person.id, received_at=NOW - timedelta(days=800), handled_at=NOW)
    recent = text(team, beneficiary_id=person.id, received_at=NOW - timedelta(days=700))
    strange = text(team, organisation_id=None, received_at=NOW - timedelta(days=800))
    with team.changing() as world:
        assert replies.forget(world.session, now=NOW) == 2
        assert replies.forget(world.session, now=NOW) == 0
    assert [(one.body, one.sender) for one in (read(team, old), read(team, strange))] == [("", "")] * 2
    assert read(team, recent).body == "Je serai en retard"
    assert "Le texte n’est plus conservé." in words_of(client.get(f"/agents/personnes/{person.id}").text)


def test_the_list_takes_the_same_number_of_queries_however_long(
    team: Team, flask_app: Flask, client: FlaskClient
) -> None:
    counted = []
    for first in (310, 320):
        for number in range(first, first + 4):
            person = team.person(phone=f"+33639980{number}")
            text(team, phone=person.phone or "", beneficiary_id=person.id)
        counted.append(queries_of(flask_app, lambda: client.get("/agents/reponses")))
    assert counted[0] == counted[1]
