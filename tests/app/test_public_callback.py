"""Nobody meets a dead end: "call me", whatever state the invitation is in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.models import Beneficiary, CallbackRequest, EndReason
from tests.app.town import Town, words_of
from tests.conftest import Clock


def asked(town: Town) -> list[CallbackRequest]:
    return town.rows(select(CallbackRequest).order_by(CallbackRequest.id))


def test_no_time_suits_me_is_two_taps(town: Town, phone: FlaskClient) -> None:
    path = town.invite(phone="+33639980042")
    assert "Aucun horaire ne me convient" in phone.get(path).text
    answer = phone.post(f"{path}/rappel", data={"phone": "", "preferred": ""})
    assert answer.status_code == 303
    assert "C’est noté, nous vous appelons" in words_of(phone.get(answer.location).text)
    (request,) = asked(town)
    assert request.phone == "+33639980042"


def test_another_number_and_a_preferred_moment_are_kept(town: Town, phone: FlaskClient) -> None:
    phone.post(f"{town.invite()}/rappel", data={"phone": "04 65 71 12 34", "preferred": "le matin"})
    (request,) = asked(town)
    assert (request.phone, request.preferred) == ("+33465711234", "le matin")


def test_a_double_tap_asks_once(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    assert phone.post(f"{path}/rappel").location == phone.post(f"{path}/rappel").location
    assert len(asked(town)) == 1


@pytest.mark.parametrize("written", ["12", "abc", "06 39 98", "<script>"])
def test_a_number_that_is_none_is_said_beside_the_field(town: Town, phone: FlaskClient, written: str) -> None:
    answer = phone.post(f"{town.invite()}/rappel", data={"phone": written, "preferred": "le soir"})
    assert answer.status_code == 422
    assert 'href="#phone"' in answer.text
    assert 'aria-describedby="phone-aide phone-erreur"' in answer.text
    assert 'value="le soir"' in answer.text
    assert "<script>" not in answer.text
    assert asked(town) == []


def test_whoever_has_no_number_is_asked_for_one(town: Town, phone: FlaskClient) -> None:
    answer = phone.post(f"{town.invite(phone=None)}/rappel", data={"phone": "", "preferred": "le soir"})
    assert answer.status_code == 422
    assert "Écrivez un numéro où vous joindre" in answer.text
    assert asked(town) == []


def test_too_long_a_wish_is_not_an_accident(town: Town, phone: FlaskClient) -> None:
    answer = phone.post(f"{town.invite()}/rappel", data={"preferred": "a" * 121})
    assert answer.status_code == 422
    assert "120 caractères" in answer.text


def test_without_a_free_time_the_page_offers_a_call_first(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    with town.changing() as world:
        world.session.delete(world.session.merge(world.opening))
    words = words_of(phone.get(path).text)
    assert "Aucun horaire n’est libre pour le moment" in words
    assert "Demander un appel" in words
    assert "Quand ?" not in words


def test_an_expired_link_reaches_the_team(town: Town, phone: FlaskClient, clock: Clock) -> None:
    path = town.invite()
    clock.pass_by(timedelta(days=30))
    answer = phone.get(path)
    words = words_of(answer.text)
    assert answer.status_code == 410
    assert "Ce lien n’est plus valable depuis le samedi 5 décembre" in words
    assert "Vous pouvez demander un nouveau rendez-vous ici, ou appeler le 04 75 00 00 00." in words
    assert f'action="{path}/rappel"' in answer.text
    assert phone.post(f"{path}/rappel").status_code == 303
    assert len(asked(town)) == 1
    assert phone.get(f"{path}/rappel/note").status_code == 200


def test_an_ended_invitation_reaches_the_team_too(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    with town.changing():
        ended = town.invitation_of(path)
        ended.ended_at, ended.end_reason = town.now, EndReason.WITHDRAWN
    answer = phone.get(path)
    assert answer.status_code == 410
    assert "Cette invitation n’attend plus de réponse" in words_of(answer.text)
    assert phone.post(f"{path}/rappel").status_code == 303
    assert len(asked(town)) == 1


@pytest.mark.parametrize("act", ["", "/garder"])
def test_an_expired_invitation_books_nothing(town: Town, phone: FlaskClient, clock: Clock, act: str) -> None:
    path = town.propose()
    clock.pass_by(timedelta(days=30))
    assert phone.post(f"{path}{act}", data={"creneau": "20261230T0900-1-1"}).status_code == 410


def test_preferred_times_are_ticked_and_kept_in_order(town: Town, phone: FlaskClient) -> None:
    phone.post(f"{town.invite()}/rappel", data={"times": ["late", "morning", "never"]})
    (request,) = asked(town)
    assert request.times == ["morning", "late"]


def test_whoever_left_a_number_types_nothing(town: Town, phone: FlaskClient) -> None:
    known = phone.get(f"{town.invite()}/rappel").text
    unknown = phone.get(f"{town.invite(phone=None)}/rappel").text
    assert known.index("<details") < known.index('name="phone"')
    assert unknown.index('name="phone"') < unknown.index("<details")


def test_what_was_written_stays_open_and_ticked_when_something_is_wrong(town: Town, phone: FlaskClient) -> None:
    page = phone.post(f"{town.invite()}/rappel", data={"phone": "12", "times": ["noon"]}).text
    assert '<details open="">' in page
    assert re.search(r'<input[^>]*checked[^>]*value="noon"', page)


def test_an_appointment_s_page_leads_to_a_call_too(town: Town, phone: FlaskClient) -> None:
    mine = town.convene()
    assert f'href="{mine}/rappel"' in phone.get(mine).text
    assert "Demander un appel" in words_of(phone.get(f"{mine}/rappel").text)
    for _ in range(2):
        answer = phone.post(f"{mine}/rappel", data={"times": ["afternoon"]})
        assert (answer.status_code, answer.location) == (303, f"{mine}/rappel/note")
    assert "C’est noté, nous vous appelons" in words_of(phone.get(answer.location).text)
    (request,) = asked(town)
    assert request.times == ["afternoon"]
    assert request.invitation_id is not None


def test_a_wrong_number_on_an_appointment_s_page_is_said_beside_the_field(town: Town, phone: FlaskClient) -> None:
    mine = town.convene()
    answer = phone.post(f"{mine}/rappel", data={"phone": "12"})
    assert answer.status_code == 422
    assert f'action="{mine}/rappel"' in answer.text
    assert asked(town) == []


def test_no_number_is_asked_for_on_an_appointment_s_page_too(town: Town, phone: FlaskClient) -> None:
    mine = town.convene()
    with town.changing() as world:
        for person in world.session.scalars(select(Beneficiary)):
            person.phone = None
    answer = phone.post(f"{mine}/rappel")
    assert answer.status_code == 422
    assert "Écrivez un numéro où vous joindre" in answer.text


@pytest.mark.parametrize("path", ["/r/abc/rappel", "/r/abc/rappel/note"])
def test_an_unknown_appointment_asks_for_nothing(phone: FlaskClient, town: Town, path: str) -> None:
    assert phone.get(path).status_code == 404
    assert phone.post("/r/abc/rappel").status_code == 404
