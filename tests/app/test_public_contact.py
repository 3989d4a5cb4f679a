"""Correct one's phone or email by the link: what we hold is never shown, and messages go to the new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations import people
from invitations.models import AuditEvent, Beneficiary, CallbackRequest, Message, MessageState
from invitations.people import Wanted
from tests.app.test_public_needs import page_of
from tests.app.town import Town, words_of
from tests.conftest import Clock
from tests.fakes import RememberingEmail, RememberingSms

BOTH_WAYS = pytest.mark.parametrize("way", ["i", "r"])


def last(town: Town) -> Beneficiary:
    return town.rows(select(Beneficiary).order_by(Beneficiary.id.desc()))[0]


@BOTH_WAYS
def test_what_we_hold_is_never_shown(town: Town, phone: FlaskClient, way: str) -> None:
    path = page_of(town, phone, way)
    assert f'href="{path}/coordonnees"' in phone.get(path).text
    page = phone.get(f"{path}/coordonnees").text
    person = last(town)
    assert person.phone
    assert person.email
    for held in (person.phone, person.phone.replace("+33", "0"), person.phone[-4:], person.email):
        assert held not in page.split("<footer>")[0]
    assert "Nous nous en servons pour ce suivi seulement" in words_of(page)


@BOTH_WAYS
def test_both_are_corrected_at_once(town: Town, phone: FlaskClient, way: str) -> None:
    path = page_of(town, phone, way)
    data = {"phone": "06 39 98 07 77", "email": " Ines@Example.FR "}
    answer = phone.post(f"{path}/coordonnees", data=data)
    assert answer.status_code == 303
    page = phone.get(answer.location).text
    assert "C’est noté. Nos messages iront à ce numéro et à cette adresse." in words_of(page)
    assert "0777" not in page
    person = last(town)
    assert (person.phone, person.email, person.email_key) == ("+33639980777", "ines@example.fr", "ines@example.fr")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"phone": "06 39 98 07 77"}, "Nos SMS et nos appels iront à ce numéro."),
        ({"phone": "04 65 71 12 34"}, "Ce numéro ne reçoit pas de SMS : il servira à vous appeler."),
        ({"email": "ines@example.fr"}, "Nos emails iront à cette adresse."),
    ],
)
def test_the_page_says_what_the_new_one_serves_for(
    town: Town, phone: FlaskClient, data: dict[str, str], words: str
) -> None:
    answer = phone.post(f"{town.invite()}/coordonnees", data=data)
    assert words in words_of(phone.get(answer.location).text).replace("\N{NO-BREAK SPACE}", " ")


def test_what_is_left_empty_stays_as_it_was(town: Town, phone: FlaskClient) -> None:
    path = town.invite(email="before@example.fr")
    phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 07 77", "email": ""})
    assert last(town).email == "before@example.fr"


def test_a_corrected_person_is_found_by_the_new_number(town: Town, phone: FlaskClient) -> None:
    phone.post(f"{town.invite()}/coordonnees", data={"phone": "06 39 98 07 77"})
    with town.changing() as world:
        wanted = Wanted((world.organisation.id,), (world.category.id,), text="06 39 98 07 77")
        assert people.listing(world.session, wanted, now=world.now).total == 1


def test_a_new_one_is_neither_dead_nor_refused(town: Town, phone: FlaskClient) -> None:
    since = town.now
    path = town.invite(phone="+33639980042", email="before@example.fr")
    with town.changing() as world:
        for person in world.session.scalars(select(Beneficiary)):
            person.phone_dead_at = person.sms_refused_at = since
            person.email_dead_at = person.email_refused_at = since
    phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 07 77"})
    person = last(town)
    assert (person.phone_dead_at, person.sms_refused_at) == (None, None)
    assert (person.email_dead_at, person.email_refused_at) == (since, since), "the other one stays as it was"
    phone.post(f"{path}/coordonnees", data={"email": "ines@example.fr"})
    person = last(town)
    assert (person.email_dead_at, person.email_refused_at) == (None, None)


def test_the_same_one_again_is_vouched_for_but_still_refused(town: Town, phone: FlaskClient) -> None:
    path = town.invite(phone="+33639980042")
    with town.changing() as world:
        for person in world.session.scalars(select(Beneficiary)):
            person.phone_dead_at = person.sms_refused_at = town.now
    phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 00 42"})
    person = last(town)
    assert (person.phone_dead_at, person.sms_refused_at) == (None, town.now)
    assert noted(town) == []


def noted(town: Town) -> list[AuditEvent]:
    return town.rows(select(AuditEvent).where(AuditEvent.action.startswith("contact.")).order_by(AuditEvent.id))


def test_the_journal_says_that_it_changed_and_holds_no_number(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    for _ in range(2):
        phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 07 77", "email": "ines@example.fr"})
    assert [one.action for one in noted(town)] == ["contact.phone_corrected", "contact.email_corrected"]
    assert all(set(one.details) == {"follow_up_id"} and one.agent_id is None for one in noted(town))


def test_agents_read_it_in_the_story(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    path = town.invite()
    phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 07 77", "email": "ines@example.fr"})
    words = words_of(town.browser(flask_app).get(f"/agents/personnes/{last(town).id}").text)
    assert "A corrigé son téléphone" in words
    assert "A corrigé son adresse électronique" in words


@pytest.mark.parametrize(
    ("data", "at", "words"),
    [
        ({"phone": "12"}, "phone", "Écrivez un numéro où vous joindre"),
        ({"email": "ines@"}, "email", "Écrivez une adresse email complète"),
        ({"email": "inès@example.fr"}, "email", "Écrivez une adresse email complète"),
        ({"email": "a@example.fr, b@example.fr"}, "email", "Écrivez une adresse email complète"),
        ({"email": '"><script>@example.fr'}, "email", "Écrivez une adresse email complète"),
        ({}, "phone", "Écrivez un numéro de téléphone ou un email."),
        ({"phone": "  ", "email": " "}, "phone", "Écrivez un numéro de téléphone ou un email."),
    ],
)
def test_what_can_t_be_one_is_said_beside_the_field(
    town: Town, phone: FlaskClient, data: dict[str, str], at: str, words: str
) -> None:
    path = town.invite()
    before = last(town)
    answer = phone.post(f"{path}/coordonnees", data=data)
    assert answer.status_code == 422
    assert f'href="#{at}"' in answer.text
    assert words in words_of(answer.text)
    assert "<script>@" not in answer.text
    for written in data.values():
        assert not written.strip() or written in answer.text or "&" in answer.text, "what was typed is still there"
    assert (last(town).phone, last(town).email) == (before.phone, before.email)


def test_after_five_corrections_in_a_day_one_calls(town: Town, phone: FlaskClient, clock: Clock) -> None:
    path = town.invite()
    for number in range(5):
        assert phone.post(f"{path}/coordonnees", data={"phone": f"06 39 98 07 7{number}"}).status_code == 303
    refused = phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 07 79"})
    assert refused.status_code == 429
    assert "Appelez le 04 75 00 00 00" in words_of(refused.text)
    assert last(town).phone == "+33639980774"
    clock.pass_by(timedelta(days=1, minutes=1))
    assert phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 07 79"}).status_code == 303


def test_what_has_not_left_yet_goes_to_the_new_one(
    town: Town,
    phone: FlaskClient,
    flask_app: Flask,
    deliver: Callable[[], int],
    sms: RememberingSms,
    email: RememberingEmail,
) -> None:
    path = town.invite()
    phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 07 77", "email": "ines@example.fr"})
    deliver()
    told = [one.to for one in sms.sent if "/i/" in one.body], [one.to for one in email.sent if "/i/" in one.text]
    assert told == (["+33639980777"], ["ines@example.fr"])
    with_link = [one for one in town.rows(select(Message)) if one.invitation_id and one.kind == "invitation"]
    assert {one.state for one in with_link} == {MessageState.SENT}


@pytest.mark.parametrize(("asked", "called"), [("", "+33639980777"), ("06 39 98 08 88", "+33639980888")])
def test_whoever_waits_for_a_call_is_called_at_the_new_one(
    town: Town, phone: FlaskClient, asked: str, called: str
) -> None:
    path = town.invite()
    phone.post(f"{path}/rappel", data={"phone": asked})
    phone.post(f"{path}/coordonnees", data={"phone": "06 39 98 07 77"})
    (request,) = town.rows(select(CallbackRequest))
    assert request.phone == called


def test_agents_see_that_a_number_is_new_before_they_call(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    booked = page_of(town, phone, "r")
    phone.post(f"{booked}/coordonnees", data={"phone": "06 39 98 07 77"})
    browser = town.browser(flask_app)
    for path in ("/agents/journee?date=2026-11-26", f"/agents/personnes/{last(town).id}"):
        assert "corrigé par la personne le 24/11" in words_of(browser.get(path).text), path


def test_looking_changes_nothing_and_sets_no_cookie(town: Town, phone: FlaskClient) -> None:
    from tests.app.test_public_errors import contents

    path = town.invite()
    before = contents(town.database)
    for page in (
        "besoins",
        "coordonnees",
        "coordonnees?note=mobile",
        "messages",
        "messages/stop",
        "messages?refuser=sms",
    ):
        for answer in (phone.get(f"{path}/{page}"), phone.head(f"{path}/{page}"), phone.get(f"{path}/{page}")):
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
    assert contents(town.database) == before
