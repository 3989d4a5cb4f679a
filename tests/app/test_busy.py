"""The database kept by somebody else: a page that says so, nothing lost, and the same act works afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import create_app
from app.settings import Settings
from invitations import signing_in, taking
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Participation
from invitations.sign_in_tries import HERE, Origin
from notifications.mailbox import LocalEmail, LocalSms
from notifications.senders import Senders
from tests.conftest import Clock
from tests.factories import World
from tests.invitations.test_booking import Person


@pytest.fixture
def impatient(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The application, whose writers wait for a moment only."""
    quick = replace(settings, database_patience=timedelta(milliseconds=200))
    made = create_app(quick, clock=clock, senders=Senders(sms=LocalSms(), email=LocalEmail()))
    yield made
    made.extensions["rdv"].database.engine.dispose()


@contextmanager
def kept(database: Database) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    with database.writing() as session:
        if not database.is_sqlite:
            session.execute(text("SELECT id FROM follow_ups FOR UPDATE"))
        yield


def test_a_locked_database_loses_nothing(impatient: Flask, database: Database, codes: Codes, clock: Clock) -> None:
    with database.writing() as session:
        person = Person(World(session, clock()), codes)
        token = person.tokens()[0]
    visitor = impatient.test_client()
    with kept(database):
        refused = visitor.post(f"/i/{person.code}", data={"creneau": token})
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "Rien n’est perdu" in refused.text
        assert visitor.get(f"/i/{person.code}").status_code == 200
    booked = visitor.post(f"/i/{person.code}", data={"creneau": token})
    assert booked.status_code == 303
    with database.reading() as session:
        participation = session.scalars(select(Participation)).one()
        assert taking.is_same_choice(participation, token)


def test_checking_a_password_takes_no_writers_turn(
    impatient: Flask, database: Database, clock: Clock, codes: Codes
) -> None:
    """argon2id is slow on purpose: it would keep the one writer of SQLite from everybody else."""
    with database.writing() as session:
        said = {"email": "claire@drome.example", "origin": Origin("127.0.0.1"), "codes": codes, "now": clock()}
        for _ in range(HERE.most):
            signing_in.note_failure(session, **said)
    impatient.config["WTF_CSRF_ENABLED"] = False
    with kept(database):
        answer = impatient.test_client().post(
            "/agents/connexion", data={"email": "claire@drome.example", "password": "une phrase assez longue"}
        )
    assert answer.status_code == 429
