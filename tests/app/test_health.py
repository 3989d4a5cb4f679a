"""`/sante`: the facts that a monitor asks for, to anyone, fast, and even without a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.settings import Settings
from invitations import monitoring
from invitations.database import Database
from invitations.models import Channel, ChannelCap, ChannelUse, MessageState, ProviderState
from notifications.senders import Reason
from tests.app.team import Team, owe, queries_of
from tests.conftest import NOW, Clock


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        monitoring.beat(world.session, "here:1", now=clock())
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return flask_app.test_client()


@pytest.fixture
def away(flask_app: Flask) -> Iterator[FlaskClient]:
    """The same application, whose database is out of reach."""
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    flask_app.extensions["rdv"] = replace(flask_app.extensions["rdv"], database=nowhere)
    yield flask_app.test_client()
    nowhere.engine.dispose()


def facts(client: FlaskClient, status: int = 200) -> dict[str, Any]:
    answer = client.get("/sante")
    assert answer.status_code == status
    told: dict[str, Any] = answer.json  # type: ignore[assignment]
    return told


def test_a_quiet_installation_is_well(client: FlaskClient) -> None:
    assert facts(client) == {
        "status": "ok",
        "database": True,
        "scheduler_last_beat": "2026-11-24T09:00:00+00:00",
        "schedulers": 1,
        "queue_age_seconds": 0,
        "oldest_due": None,
        "due_messages": {"sms": 0, "email": 0, "voice": 0},
        "unknown_messages": 0,
        "failures_24h": {"sms": {}, "email": {}, "voice": {}},
        "stopped_channels": [],
        "providers": {
            channel: {
                "open": False,
                "since": None,
                "next_try": None,
                "failures_in_a_row": 0,
                "reason": None,
                "code": None,
            }
            for channel in ("sms", "email", "voice")
        },
        "caps_reached": 0,
    }


def test_it_says_what_is_due_and_what_failed_and_why(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world, due_at=NOW - timedelta(minutes=10))
        owe(world, due_at=NOW)
        for reason in (Reason.FILTERED, Reason.WRONG_ADDRESS, Reason.WRONG_ADDRESS):
            owe(world, state=MessageState.FAILED, error_reason=reason, settled_at=NOW, channel=Channel.EMAIL)
    told = facts(client)
    assert (told["oldest_due"], told["due_messages"]) == (
        "2026-11-24T08:50:00+00:00",
        {"sms": 2, "email": 0, "voice": 0},
    )
    assert told["failures_24h"] == {"sms": {}, "email": {"filtered": 1, "wrong_address": 2}, "voice": {}}


def test_a_provider_that_is_away_is_told_with_why_and_when_it_is_tried(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.add(
            ProviderState(
                channel=Channel.SMS,
                failures=8,
                opened_at=NOW - timedelta(minutes=2),
                next_try_at=NOW + timedelta(minutes=1),
                error_reason=Reason.OUR_ACCOUNT,
                error_code="20003",
            )
        )
    told = facts(client, 503)
    assert (told["status"], told["stopped_channels"]) == ("trouble", ["sms"])
    assert told["providers"]["sms"] == {
        "open": True,
        "since": "2026-11-24T08:58:00+00:00",
        "next_try": "2026-11-24T09:01:00+00:00",
        "failures_in_a_row": 8,
        "reason": "our_account",
        "code": "20003",
    }


def test_a_cap_that_is_reached_is_counted_and_is_no_trouble(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        of = {"department_id": world.department.id, "channel": Channel.SMS}
        world.add(ChannelCap(**of, per_day=500))
        world.add(ChannelUse(**of, on=NOW.date(), used=500))
    assert facts(client)["caps_reached"] == 1


def test_nothing_in_it_says_who(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        owe(world, state=MessageState.FAILED, error_reason=Reason.OTHER, settled_at=NOW)
    said = client.get("/sante").text
    assert not [one for one in ("Bernard", "Inès", "+33", "example", "Drôme", "Centre") if one in said]


def test_it_asks_the_database_ten_times_at_most(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    assert queries_of(flask_app, lambda: client.get("/sante")) <= 10


def test_without_a_database_it_still_answers(away: FlaskClient) -> None:
    told = facts(away, 503)
    assert (told["status"], told["database"], told["scheduler_last_beat"]) == ("trouble", False, None)
    assert (told["due_messages"], told["providers"]) == ({}, {})


def test_tables_that_are_not_there_yet_are_trouble_too(flask_app: Flask, settings: Settings) -> None:
    """A release started before its migration."""
    database: Database = flask_app.extensions["rdv"].database
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE provider_states")
    assert facts(flask_app.test_client(), 503)["status"] == "trouble"
