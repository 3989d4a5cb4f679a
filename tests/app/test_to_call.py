"""À appeler: who did not answer to the end, whom nothing reaches; what is noted, and each person left in peace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.agents.to_call import why_not_arrived
from invitations.database import Database
from invitations.escalation_calls import Written
from invitations.models import (
    AuditEvent,
    CallbackRequest,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Membership,
    MessageKind,
    MessageState,
    Mode,
    Waiting,
)
from notifications.senders import Reason
from tests.app.team import Team, expect, owe, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock

NBSP = "\N{NO-BREAK SPACE}"
LIST = "/agents/a-appeler"
DAY = timedelta(days=1)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def addressed(
    team: Team,
    name: str = "Silence",
    *,
    days: int = 9,
    states: tuple[MessageState, ...] = (MessageState.DELIVERED,),
    status: FollowUpStatus = FollowUpStatus.INVITATION_PENDING,
    mode: Mode = Mode.INVITATION,
    person: dict[str, Any] | None = None,
    **changes: Any,
) -> FollowUp:
    """Somebody invited so many days ago, with a message in each of these states."""
    at = NOW - days * DAY
    with team.changing() as world:
        beneficiary = world.make_beneficiary(last_name=name, **person or {})
        follow_up = world.make_follow_up(beneficiary, status=status)
        values = {
            "uid": f"i{follow_up.id}",
            "follow_up_id": follow_up.id,
            "organisation_id": world.organisation.id,
            "mode": mode,
            "expires_at": NOW + DAY,
            "created_at": at,
        }
        invitation = world.add(Invitation(**values | changes))
        for channel, state in zip((Channel.SMS, Channel.EMAIL, Channel.LETTER), states, strict=False):
            left = state in {MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED}
            owe(
                world, beneficiary=beneficiary, invitation_id=invitation.id, channel=channel, state=state, due_at=at,
                kind=MessageKind.CONVOCATION if mode is Mode.CONVOCATION else MessageKind.INVITATION,
                sent_at=at if left else None, address="", error_reason=None if left else "wrong_address",
            )  # fmt: skip
        return follow_up


def listed(client: FlaskClient) -> str:
    return words_of(client.get(LIST).text)


def post(client: FlaskClient, follow_up: FollowUp, act: str, **said: str) -> str:
    answer = client.post(f"{LIST}/{follow_up.id}/{act}", data=said)
    assert answer.status_code == 303
    return answer.location


def read(team: Team, follow_up: FollowUp) -> FollowUp:
    with team.database.reading() as session:
        found = session.get_one(FollowUp, follow_up.id)
        session.expunge_all()
    return found


FAILED = (MessageState.FAILED, MessageState.UNDELIVERED)


def test_an_empty_list_teaches_what_it_will_hold(client: FlaskClient) -> None:
    words = listed(client)
    assert "Personne n’est à appeler" in words
    assert "Ici viennent les personnes qui n’ont répondu à aucune étape" in words


def test_whoever_is_silent_to_the_last_step_is_listed_from_its_day_with_what_was_sent(
    team: Team, client: FlaskClient
) -> None:
    early = addressed(team, "Tôt", days=8)
    late = addressed(team, "Tard", person={"language": "ar", "needs": ["step_free"], "phone": "+33475110022"})
    page = client.get(LIST).text
    words = words_of(page)
    assert f"1{NBSP}personne à appeler" in page
    assert "Tôt" not in words
    assert "Tard" in words
    assert "SMS 15/11, arrivé" in words
    assert "Parle arabe" in words
    assert "Parle français" not in words
    assert "plain-pied" in words
    assert f"à répondre avant le{NBSP}25/11" in client.get(LIST).text.replace("&nbsp;", NBSP)
    assert 'href="tel:+33475110022"' in page
    assert f"/agents/personnes/{late.beneficiary_id}/suivis/{late.id}/reserver" in page
    assert f"/suivis/{early.id}/reserver" not in page


@pytest.mark.parametrize(
    "changes",
    [
        {"answered_at": NOW},
        {"ended_at": NOW},
        {"expires_at": NOW - 31 * DAY},
        {"mode": Mode.CONVOCATION},
        {"status": FollowUpStatus.SEEN},
        {"states": (MessageState.PENDING,)},
    ],
    ids=["answered", "ended", "long expired", "convocation", "seen since", "nothing left yet"],
)
def test_whoever_is_not_silent_is_not_listed(team: Team, client: FlaskClient, changes: dict[str, Any]) -> None:
    addressed(team, **changes)
    assert "Silence" not in listed(client)


def test_an_expired_invitation_is_called_for_a_month(team: Team, client: FlaskClient) -> None:
    addressed(team, days=20, expires_at=NOW - 5 * DAY, status=FollowUpStatus.INVITATION_EXPIRED)
    assert f"expirée depuis le{NBSP}19/11" in client.get(LIST).text.replace("&nbsp;", NBSP)


def test_a_later_invitation_an_appointment_a_wait_or_a_callback_takes_them_off(team: Team, client: FlaskClient) -> None:
    again, booked, waiting, asked, closed, archived = (addressed(team, f"Silence{number}") for number in range(6))
    with team.changing() as world:
        world.add(
            Invitation(
                uid="again", follow_up_id=again.id, organisation_id=world.organisation.id, mode=Mode.INVITATION,
                created_at=NOW,
            )
        )  # fmt: skip
        coming = expect(world, NOW + DAY)
        coming.follow_up_id = booked.id
        world.add(Waiting(organisation_id=world.organisation.id, follow_up_id=waiting.id, asked_at=NOW))
        world.add(
            CallbackRequest(
                organisation_id=world.organisation.id, beneficiary_id=asked.beneficiary_id, follow_up_id=asked.id,
                phone="+33475110022", created_at=NOW,
            )
        )  # fmt: skip
        world.session.get_one(FollowUp, closed.id).closed_at = NOW
        membership = world.session.scalars(
            select(Membership).where(Membership.beneficiary_id == archived.beneficiary_id)
        ).one()
        membership.archived_at = NOW
    assert "Silence" not in listed(client)


def test_whom_nothing_reached_comes_first_at_once_and_says_why(team: Team, client: FlaskClient) -> None:
    addressed(team, "Muette")
    addressed(team, "Perdue", days=1, states=FAILED)
    addressed(team, "Atteinte", days=1, states=(MessageState.FAILED, MessageState.DELIVERED))
    addressed(team, "Encore", days=1, states=(MessageState.FAILED, MessageState.PENDING))
    words = listed(client)
    assert words.index("Perdue") < words.index("Muette")
    assert "rien ne lui est arrivé" in words
    assert "SMS 23/11, échec : numéro ou adresse qui n’existe pas" in words
    assert "Atteinte" not in words
    assert "Encore" not in words


def test_a_convocation_that_did_not_arrive_is_called_although_the_date_is_set(team: Team, client: FlaskClient) -> None:
    addressed(
        team, days=1, states=FAILED, mode=Mode.CONVOCATION, ended_at=NOW, status=FollowUpStatus.APPOINTMENT_PENDING
    )
    assert "Silence" in listed(client)


def test_whoever_has_neither_mobile_nor_address_is_called_before_any_invitation(
    team: Team, client: FlaskClient
) -> None:
    with team.changing() as world:
        nowhere = {"phone": "+33475110022", "email": None}
        for name, changes in (("Fixe", nowhere), ("Sans", {"phone": None, "email": None}), ("Joignable", {})):
            world.make_follow_up(world.make_beneficiary(last_name=name, **changes))
        refused = {"sms_refused_at": NOW, "email_dead_at": NOW}
        world.make_follow_up(world.make_beneficiary(last_name="Refus", **refused))
        world.make_follow_up(world.make_beneficiary(last_name="Mel", **nowhere | {"email": "mel@example.fr"}))
    words = listed(client)
    assert "aucun moyen de lui écrire" in words
    for name, is_listed in (("Fixe", True), ("Sans", True), ("Refus", True), ("Joignable", False), ("Mel", False)):
        assert (name in words) is is_listed, name
    assert "Aucun numéro" in words


def test_nobody_answered_means_again_another_day(team: Team, client: FlaskClient, clock: Clock) -> None:
    follow_up = addressed(team)
    assert post(client, follow_up, "sans-reponse") == LIST
    words = listed(client)
    assert "Personne n’est à appeler" in words
    assert "Appelées aujourd’hui sans réponse" in words
    clock.pass_by(DAY)
    words = listed(client)
    assert f"1{NBSP}personne à appeler" in client.get(LIST).text
    assert f"1{NBSP}appel sans réponse, le dernier mardi 24 novembre" in client.get(LIST).text
    assert "Appelées aujourd’hui" not in words


@pytest.mark.parametrize(
    ("act", "undo", "said"),
    [
        ("ne-plus-appeler", "de-nouveau", "à ne plus appeler depuis le 24/11"),
        ("suspendre", "reprendre", "relances suspendues depuis le 24/11"),
    ],
)
def test_a_person_is_put_aside_in_one_click_and_back_in_another(
    team: Team, client: FlaskClient, act: str, undo: str, said: str
) -> None:
    follow_up = addressed(team)
    for _ in range(2):
        post(client, follow_up, act)
    words = listed(client)
    assert "Personne n’est à appeler" in words
    assert said in words
    for _ in range(2):
        post(client, follow_up, undo)
    assert f"1{NBSP}personne à appeler" in client.get(LIST).text
    with team.database.reading() as session:
        assert len(session.scalars(select(AuditEvent)).all()) == 2


def test_today_says_how_many_in_one_sentence(team: Team, client: FlaskClient) -> None:
    addressed(team, "Un")
    tried = addressed(team, "Deux", days=1, states=FAILED)
    assert f"2{NBSP}personnes à appeler" in client.get("/agents/").text
    post(client, tried, "sans-reponse")
    page = client.get("/agents/").text
    assert f"1{NBSP}personne à appeler" in page
    assert f'href="{LIST}"' in page


def test_reminders_are_suspended_from_the_persons_page_and_from_the_list_of_people(
    team: Team, client: FlaskClient
) -> None:
    follow_up = addressed(team, days=1)
    person = f"/agents/personnes/{follow_up.beneficiary_id}"
    assert "Suspendre les relances" in client.get(person).text
    assert post(client, follow_up, "suspendre", depuis="personne") == person
    assert read(team, follow_up).reminders_suspended_at == NOW
    assert "Relances suspendues depuis le 24/11" in client.get(person).text
    assert "Relances suspendues" in client.get("/agents/personnes?statut=attend-une-reponse").text
    back = post(client, follow_up, "reprendre", depuis="personnes", statut="attend-une-reponse", page="1")
    assert back == "/agents/personnes?statut=attend-une-reponse"
    assert read(team, follow_up).reminders_suspended_at is None
    assert "Relances suspendues" not in words_of(client.get("/agents/personnes").text)


def test_the_list_of_people_says_whom_nothing_reached_and_why(team: Team, client: FlaskClient) -> None:
    addressed(team, "Perdue", days=1, states=FAILED)
    addressed(team, "Atteinte", days=1)
    words = words_of(client.get("/agents/personnes").text)
    assert words.count("Rien n’est arrivé") == 1
    assert "SMS : numéro ou adresse qui n’existe pas" in words


def test_as_many_questions_for_many_as_for_few(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    pages = (LIST, "/agents/", "/agents/personnes")
    addressed(team)
    addressed(team, days=1, states=FAILED)
    few = [queries_of(flask_app, lambda page=page: client.get(page)) for page in pages]
    for _ in range(6):
        addressed(team)
        addressed(team, days=1, states=FAILED)
    assert [queries_of(flask_app, lambda page=page: client.get(page)) for page in pages] == few


def test_another_organisation_calls_its_own_people(team: Team, flask_app: Flask) -> None:
    addressed(team)
    addressed(team, states=FAILED)
    with team.changing() as world:
        other = world.make_organisation()
        world.make_settings(organisation_id=other.id)
        stranger = world.make_agent(organisation=other)
    browser = team.browser(flask_app, stranger)
    assert "Silence" not in listed(browser)
    assert "à appeler" not in words_of(browser.get("/agents/").text)


def test_an_email_that_did_not_arrive_is_told_in_words_of_its_own() -> None:
    by = {
        one: Written(one, MessageState.FAILED, NOW, Reason.WRONG_ADDRESS, "550") for one in (Channel.EMAIL, Channel.SMS)
    }
    assert why_not_arrived(by[Channel.EMAIL]) == "Adresse électronique qui n’existe pas"
    assert why_not_arrived(by[Channel.SMS]) != why_not_arrived(by[Channel.EMAIL])
    assert why_not_arrived(Written(Channel.EMAIL, MessageState.FAILED, NOW, None, None)) == ""
