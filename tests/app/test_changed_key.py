"""The secret key has changed: what people and agents hold of before goes on working, and what can't be done says why."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.settings import Settings
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Trial
from invitations.sealing import Seals
from invitations.trials import opening
from tests.app.town import Town
from tests.conftest import SECRET, Clock
from tests.invitations import trial_worlds
from tests.invitations.numbers import FORMER

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, secret_key=SECRET, previous_secret_keys=(FORMER,))


@pytest.fixture
def before(database: Database, clock: Clock) -> Town:
    return Town(database, clock(), Codes(FORMER))


@ON_SQLITE
def test_the_calendar_file_of_an_appointment_leads_back_to_the_page_it_was_taken_from(
    before: Town, phone: FlaskClient
) -> None:
    path = before.convene()
    said = phone.get(f"{path}/rendez-vous.ics").text.replace("\r\n ", "")
    [link] = set(re.findall(r"/r/\w+", said))
    assert link == path
    assert phone.get(link).status_code == 200


@ON_SQLITE
def test_a_draw_whose_key_is_gone_tells_whom_to_tell(before: Town, flask_app: Flask) -> None:
    with before.changing() as world:
        trial = trial_worlds.running(world)
        world.session.get_one(Trial, trial.id).seed_sealed = Seals("x" * 32).seal("00" * 32, purpose=opening.PURPOSE)
        person = world.make_beneficiary()
        follow_up = world.make_follow_up(person)
        path = f"/agents/personnes/{person.id}/suivis/{follow_up.id}"
    browser = before.browser(flask_app)
    shown = browser.get(f"/agents/personnes/{person.id}").text
    [act] = set(re.findall(rf'action="({re.escape(path)}/[^"]*tir[^"]*)"', shown)) or [""]
    answer = browser.post(act, data={"canal": "sms"})
    assert answer.status_code == 503
    assert "PREVIOUS_SECRET_KEYS" in answer.text
