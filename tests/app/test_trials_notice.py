"""Whoever was drawn is told so on their own page, and whom to tell if they don't want it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.models import Assignment, Mode, Participation, Trial
from invitations.trials import addressing, opting_out
from tests.app.team import queries_of
from tests.app.town import Town, words_of
from tests.invitations.trial_worlds import BOTH, evenly, who

SENTENCE = "Le département compare plusieurs façons de proposer un rendez-vous. Celle-ci a été tirée au sort."
ARMS = (Mode.INVITATION, Mode.CONVOCATION)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are the same on both engines; what they ask is tested on both in tests/invitations/test_trials*.py."""
    return sqlite_url


def drawn(town: Town, arm: Mode) -> str:
    """The path of the page of somebody to whom lots gave this arm."""
    with town.changing() as world:
        trial = world.session.scalars(select(Trial)).first() or evenly(world, arms=ARMS)
        while True:
            made = addressing.address_one(
                world.session, trial, world.make_follow_up(), channels=BOTH, by=who(world), now=town.now
            )
            if made.mode is arm:
                break
        if arm is Mode.INVITATION:
            return town.page_of(made)
        booked = world.session.scalars(select(Participation.id).where(Participation.invitation_id == made.id)).one()
    return f"/r/{town.codes.derive('participation', booked)}"


@pytest.mark.parametrize("arm", ARMS)
def test_who_was_drawn_reads_it_beside_the_number_to_call(town: Town, phone: FlaskClient, arm: Mode) -> None:
    words = words_of(phone.get(drawn(town, arm)).text)
    assert SENTENCE in words
    assert "Si vous ne voulez pas participer, dites-le au numéro ci-dessous" in words
    assert words.index(SENTENCE) < words.index("Besoin d’aide")


def test_nobody_else_reads_of_a_trial(town: Town, phone: FlaskClient) -> None:
    before = town.invite()
    drawn(town, Mode.INVITATION)
    assert SENTENCE not in words_of(phone.get(before).text)


def test_who_does_not_want_it_reads_no_more_of_it(town: Town, phone: FlaskClient) -> None:
    path = drawn(town, Mode.INVITATION)
    with town.changing() as world:
        for one in world.session.scalars(select(Assignment)):
            opting_out.object_for(world.session, one, organisation_id=one.organisation_id, agent_id=1, now=town.now)
    page = phone.get(path)
    assert page.status_code == 200
    assert SENTENCE not in words_of(page.text)


def test_a_page_asks_nothing_more_because_of_a_trial(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    plain = town.invite()
    phone.get(plain)
    before = queries_of(flask_app, lambda: phone.get(plain))
    path = drawn(town, Mode.INVITATION)
    phone.get(path)
    assert queries_of(flask_app, lambda: phone.get(path)) == before


def test_what_is_done_with_data_speaks_of_trials(town: Town, phone: FlaskClient) -> None:
    words = words_of(phone.get("/donnees-personnelles").text)
    assert "un tirage au sort décide alors de la façon" in words
