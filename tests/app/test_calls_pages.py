"""What agents see of calls: who is called before a selection is invited, what came of it, and whom they call themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations import calling
from invitations.models import Beneficiary, Channel, FollowUp, Message
from notifications.voice import CallEnd, CallNews, Picked
from tests.app.team import Team
from tests.app.town import Town, words_of
from tests.conftest import Clock

LANDLINE = "+33199001234"
LIST = "/agents/personnes/"


@pytest.fixture
def caller(town: Town) -> FollowUp:
    """Somebody with a landline alone, in a category that calls."""
    with town.changing() as world:
        world.session.merge(world.settings).channels = ["sms", "email", "voice"]
        person = world.make_beneficiary(phone=LANDLINE, email=None, email_key=None, last_name="Bernard")
        return world.make_follow_up(person)


@pytest.fixture
def browser(town: Town, flask_app: Flask) -> FlaskClient:
    return town.browser(flask_app)


def invite(browser: FlaskClient, caller: FollowUp) -> None:
    browser.post(f"{LIST}inviter/envoyer", data=ticked(caller))


def ticked(caller: FollowUp) -> dict[str, Any]:
    return {"personne": [str(caller.beneficiary_id)], "canal": ["sms", "email", "voice"], "pour": "rsa-orientation"}


def message(town: Team) -> Message:
    with town.database.reading() as session:
        found = session.scalars(select(Message).where(Message.channel == Channel.VOICE)).one()
        session.expunge_all()
    return found


def news(called: Message, *, key: str = "", step: int = 0, end: CallEnd | None = None) -> CallNews:
    return CallNews(str(called.id), "CA1", "+33937000000", Picked.PERSON, step, key, end)


def test_the_preview_says_who_is_called_and_when(town: Town, caller: FollowUp, browser: FlaskClient) -> None:
    assert "à qui n’a qu’un téléphone" in browser.get("/agents/personnes").text
    page = words_of(browser.post(f"{LIST}inviter", data=ticked(caller)).text)
    assert "Appel automatique" in page
    assert "01 99 00 12 34" in page
    assert "Les appels se font du lundi au vendredi, de 9 h à 12 h 30 et de 14 h à 18 h." in page
    assert "SMS" in page


def test_the_story_tells_each_call_and_the_list_of_messages_too(
    town: Town, caller: FollowUp, browser: FlaskClient, clock: Clock, flask_app: Flask
) -> None:
    invite(browser, caller)
    called = message(town)
    with town.changing() as world:
        calling.end(world.session, news(called, end=CallEnd.NO_ANSWER), now=clock())
    page = words_of(browser.get(f"{LIST}{caller.beneficiary_id}").text)
    assert "Appel automatique, invitation" in page
    assert "À 01 99 00 12 34" in page
    assert "Appel du mardi 24 novembre à 10 h 00 : pas de réponse" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "Prochain essai le mardi 24 novembre à 14 h 00" in page.replace("\N{NO-BREAK SPACE}", " ")
    listed = words_of(browser.get("/agents/messages?canal=appel").text)
    assert "1 message" in listed
    assert "Pas de réponse" in listed


def test_somebody_else_at_the_number_is_told_on_the_page_and_to_be_called_about(
    town: Town, caller: FollowUp, browser: FlaskClient, clock: Clock
) -> None:
    invite(browser, caller)
    called = message(town)
    with town.changing() as world:
        calling.begin(world.session, news(called), now=clock())
        calling.press(world.session, news(called, key="2"), codes=town.codes, now=clock())
    page = words_of(browser.get(f"{LIST}{caller.beneficiary_id}").text)
    assert "Une autre personne répond" in page
    assert "une autre personne a répondu à notre appel" in page
    to_call = words_of(browser.get("/agents/a-appeler").text)
    assert "Inès Bernard" in to_call
    assert "Ce n’est pas la bonne personne".lower() in to_call.lower()
    with town.changing() as world:
        person = world.session.scalars(select(Beneficiary).where(Beneficiary.phone == LANDLINE)).one()
        assert person.wrong_phone == LANDLINE


def test_three_calls_in_vain_stand_among_those_to_call(
    town: Town, caller: FollowUp, browser: FlaskClient, clock: Clock
) -> None:
    invite(browser, caller)
    called = message(town)
    for number in range(3):
        with town.changing() as world:
            told = news(called, end=CallEnd.BUSY)
            calling.end(world.session, CallNews(**{**vars_of(told), "sid": f"CA{number}"}), now=clock())
        clock.pass_by(timedelta(hours=5))
    assert "Inès Bernard" in words_of(browser.get("/agents/a-appeler").text)


def vars_of(told: CallNews) -> dict[str, Any]:
    return {name: getattr(told, name) for name in CallNews.__slots__}
