"""Whoever corrects a number or an address: the one that worked until then hears of it, once, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.models import Beneficiary, FollowUp, FollowUpStatus, Message, MessageKind, MessageState
from notifications.senders import Reason, SendError
from tests.app.town import Town, words_of
from tests.conftest import Clock
from tests.fakes import RememberingEmail, RememberingSms

BEFORE = {"phone": "+33639980042", "email": "avant@example.fr"}
AFTER = {"phone": "06 39 98 07 77", "email": "apres@example.fr"}
NEW_PHONE = "+33639980777"


def warnings(town: Town) -> list[Message]:
    return town.rows(select(Message).where(Message.kind == MessageKind.CONTACT_CHANGED).order_by(Message.id))


def correct(client: FlaskClient, page: str, /, **data: str) -> None:
    assert client.post(f"{page}/coordonnees", data=data).status_code == 303


def invited(town: Town, deliver: Callable[[], int], **changes: Any) -> str:
    """Somebody whose invitation has left."""
    path = town.invite(**BEFORE | changes)
    deliver()
    return path


def set_of(town: Town, **values: Any) -> None:
    with town.changing() as world:
        for person in world.session.scalars(select(Beneficiary)):
            for name, value in values.items():
                setattr(person, name, value)


def test_both_former_ones_hear_of_it_and_of_nothing_else(
    town: Town, phone: FlaskClient, deliver: Callable[[], int], sms: RememberingSms, email: RememberingEmail
) -> None:
    path = invited(town, deliver)
    correct(phone, path, **AFTER)
    assert deliver() == 2
    text, letter = sms.sent[-1], email.sent[-1]
    assert (text.to, letter.to) == (BEFORE["phone"], BEFORE["email"])
    assert "Un autre numéro de téléphone vient d'etre donné pour vos rendez-vous." in text.body
    assert "Si ce n'est pas vous, appelez le 0475" in text.body
    assert letter.subject == "Votre adresse de contact vient d’être changée"
    for said in (text.body, letter.text, letter.html):
        assert "Inès" not in said
        assert path not in said
        assert "http" not in said.replace("http://www.w3.org", "")
    assert "List-Unsubscribe" not in letter.headers
    assert letter.calendar is None


def test_the_same_correction_again_tells_nobody_twice(
    town: Town, phone: FlaskClient, deliver: Callable[[], int]
) -> None:
    path = invited(town, deliver)
    for _ in range(2):
        correct(phone, path, **AFTER)
    assert deliver() == 2
    assert deliver() == 0


def test_what_is_left_as_it_was_tells_nobody(town: Town, phone: FlaskClient, deliver: Callable[[], int]) -> None:
    path = invited(town, deliver)
    correct(phone, path, phone=AFTER["phone"])
    assert [one.address for one in warnings(town)] == [BEFORE["phone"]]


@pytest.mark.parametrize(
    "state",
    [{"phone_dead_at": True}, {"sms_refused_at": True}, {"phone": "+33475112233"}, {"phone": None}],
    ids=["dead", "refused", "landline", "none"],
)
def test_a_number_that_read_nothing_is_told_nothing(
    town: Town, phone: FlaskClient, deliver: Callable[[], int], state: dict[str, Any]
) -> None:
    path = invited(town, deliver)
    set_of(town, **{name: town.now if value is True else value for name, value in state.items()})
    correct(phone, path, phone=AFTER["phone"])
    assert warnings(town) == []


def test_it_leaves_for_the_former_one_whatever_the_new_one_is(
    town: Town, phone: FlaskClient, deliver: Callable[[], int], sms: RememberingSms
) -> None:
    path = invited(town, deliver)
    correct(phone, path, phone="04 75 11 22 33")  # reads no text
    assert deliver() == 1
    assert sms.sent[-1].to == BEFORE["phone"]


def test_a_number_given_back_at_once_has_not_changed(
    town: Town, phone: FlaskClient, deliver: Callable[[], int], sms: RememberingSms, clock: Clock
) -> None:
    path = invited(town, deliver)
    correct(phone, path, phone=AFTER["phone"])
    clock.pass_by(timedelta(seconds=30))
    correct(phone, path, phone=BEFORE["phone"])
    before = len(sms.sent)
    deliver()
    assert [one.to for one in sms.sent[before:]] == [NEW_PHONE]
    assert [one.state for one in warnings(town)] == [MessageState.CANCELLED, MessageState.SENT]


def test_it_waits_for_the_hours(town: Town, phone: FlaskClient, deliver: Callable[[], int], clock: Clock) -> None:
    path = invited(town, deliver)
    clock.now = datetime(2026, 11, 28, 22, 30, tzinfo=ZoneInfo("Europe/Paris"))  # a Saturday night
    correct(phone, path, **AFTER)
    assert deliver() == 0
    clock.now = datetime(2026, 11, 30, 8, 0, tzinfo=ZoneInfo("Europe/Paris"))
    assert deliver() == 2


def test_a_number_of_nobody_any_more_closes_nothing_of_the_person(
    town: Town, phone: FlaskClient, deliver: Callable[[], int], sms: RememberingSms
) -> None:
    path = invited(town, deliver)
    correct(phone, path, phone=AFTER["phone"])
    sms.refusals.append(SendError(Reason.WRONG_ADDRESS, "21211"))
    deliver()
    (person,) = town.rows(select(Beneficiary))
    assert (person.phone, person.phone_dead_at) == (NEW_PHONE, None)


def test_the_story_keeps_what_was_said_to_the_former_ones(
    town: Town, phone: FlaskClient, deliver: Callable[[], int], flask_app: Flask, clock: Clock
) -> None:
    path = invited(town, deliver)
    clock.pass_by(timedelta(minutes=5))
    correct(phone, path, **AFTER)
    (person,) = town.rows(select(Beneficiary))
    page = words_of(town.browser(flask_app).get(f"/agents/personnes/{person.id}").text)
    assert page.count("Un autre numéro de téléphone vient d'etre donné") == 1
    assert page.count("Une autre adresse email vient d’être donnée") == 1
    assert "À 06 39 98 00 42" in page


def test_nobody_is_addressed_by_it(town: Town, phone: FlaskClient, deliver: Callable[[], int]) -> None:
    path = invited(town, deliver)
    (before,) = town.rows(select(FollowUp))
    correct(phone, path, **AFTER)
    (after,) = town.rows(select(FollowUp))
    assert (after.status, after.status_since) == (before.status, before.status_since)
    assert after.status is FollowUpStatus.INVITATION_PENDING
    assert all(one.invitation_id is None and one.participation_id is None for one in warnings(town))
