"""The local mailbox: messages as a phone would show them, on this machine only."""

from __future__ import annotations

import dataclasses
import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app import create_app
from app.settings import Settings
from invitations.models import Channel, Message, MessageState
from tests.app.team import queries_of
from tests.app.town import Town, words_of
from tests.conftest import Clock

SENDING = {
    "twilio_account_sid": "AC0",
    "twilio_auth_token": "x",
    "twilio_from": "+33938000000",
    "smtp_url": "smtp://127.0.0.1:2525",
    "mail_from": "rdv@drome.example",
}


def test_an_empty_mailbox_says_what_will_come(phone: FlaskClient) -> None:
    answer = phone.get("/messagerie")
    assert answer.status_code == 200
    assert "Aucun message pour le moment." in words_of(answer.text)


def test_a_text_and_an_email_are_there_and_their_links_open(town: Town, phone: FlaskClient) -> None:
    path = town.invite(email="ines@example.fr", phone="+33639980042")
    page = phone.get("/messagerie").text
    assert "06 39 98 00 42" in words_of(page)
    assert "ines@example.fr" in page
    links = set(re.findall(r'href="http://127.0.0.1:8000(/i/[^"]+)"', page))
    assert links == {path}
    assert phone.get(path).status_code == 200
    assert "{{" not in page


def test_the_newest_comes_first_and_one_person_at_a_time_can_be_read(town: Town, phone: FlaskClient) -> None:
    town.invite(last_name="Ancienne", phone="+33639980001")
    town.invite(last_name="Nouvelle", phone="+33639980002")
    page = phone.get("/messagerie").text
    assert page.index("Nouvelle") < page.index("Ancienne")
    alone = phone.get("/messagerie", query_string={"vers": "+33639980001"}).text
    received = alone[alone.index('class="received"') :]
    assert "Ancienne" in received
    assert "Nouvelle" not in received
    assert received.count('class="sheet"') == 1


def test_a_confirmation_carries_its_calendar(town: Town, phone: FlaskClient) -> None:
    phone.post(town.invite(), data={"creneau": "20261126T0800-1-1"})
    page = phone.get("/messagerie").text
    found = re.search(r'href="(/messagerie/\d+/rendez-vous.ics)"', page)
    assert found
    answer = phone.get(found[1])
    assert answer.content_type.startswith("text/calendar")
    assert "BEGIN:VEVENT" in answer.text


def test_a_message_without_a_calendar_has_none(town: Town, phone: FlaskClient) -> None:
    town.invite()
    assert phone.get("/messagerie/1/rendez-vous.ics").status_code == 404
    assert phone.get("/messagerie/999/rendez-vous.ics").status_code == 404


def test_what_people_are_called_is_only_text(town: Town, phone: FlaskClient) -> None:
    town.invite(first_name="<script>alert(1)</script>", last_name="O'Neil & <b>")
    page = phone.get("/messagerie").text
    assert "<script" not in page
    assert "O'Neil & <b>" in html.unescape(page)
    assert "<b>" not in page.split("<ol")[0].split("<nav")[1]


def test_what_never_left_is_not_shown_and_what_waits_says_so(town: Town, phone: FlaskClient) -> None:
    town.invite(last_name="Attend")
    assert "partira mardi 24 novembre" in words_of(phone.get("/messagerie").text)
    with town.changing() as world:
        world.session.execute(update(Message).values(state=MessageState.CANCELLED))
    assert "Attend" not in phone.get("/messagerie").text


def test_a_letter_is_printed_elsewhere_and_not_shown(town: Town, phone: FlaskClient) -> None:
    town.invite(last_name="Papier")
    with town.changing() as world:
        world.session.execute(update(Message).values(channel=Channel.LETTER))
    assert "Papier" not in phone.get("/messagerie").text


def test_a_message_is_shown_in_its_language_and_its_direction(town: Town, phone: FlaskClient) -> None:
    town.invite(email="ines@example.fr", phone="+33639980042", language="ar")
    page = phone.get("/messagerie").text
    assert page.count('<p lang="ar" dir="rtl">') == 1  # the text
    parts = re.findall(r'<div lang="(\w+)" dir="(\w+)">', page)
    assert parts == [("ar", "rtl"), ("fr", "ltr")]  # the email
    assert "<h2>Français</h2>" in page
    assert "===" not in page


def test_two_queries_show_any_number_of_messages(town: Town, flask_app: Flask, phone: FlaskClient) -> None:
    for _ in range(3):
        town.invite()
    phone.get("/messagerie")
    assert queries_of(flask_app, lambda: phone.get("/messagerie")) <= 3  # the third begins the transaction, on SQLite


@pytest.mark.parametrize("changes", [SENDING, {"public_url": "https://rdv.drome.example"}, {"host": "0.0.0.0"}])
def test_elsewhere_there_is_no_mailbox(settings: Settings, clock: Clock, changes: dict[str, str]) -> None:
    flask = create_app(dataclasses.replace(settings, **changes), clock=clock)
    assert flask.test_client().get("/messagerie").status_code == 404
    assert flask.test_client().get("/messagerie/1/rendez-vous.ics").status_code == 404
    flask.extensions["rdv"].database.engine.dispose()
