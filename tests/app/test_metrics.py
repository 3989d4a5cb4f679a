"""`/metrics`: read by Prometheus' own parser; for whoever says the token, else for this machine alone."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.serving import make_server

from app import create_app
from app.settings import Settings, WrongSettings
from invitations import monitoring
from invitations.database import Database
from invitations.models import (
    Channel,
    ChannelCap,
    ChannelUse,
    InboundText,
    MessageState,
    ProviderState,
    Unanswered,
)
from notifications.senders import Reason
from tests.app.team import Team, owe, queries_of
from tests.conftest import NOW, SECRET, Clock
from tests.house.conftest import ROOT

OPERATIONS = ROOT / "docs" / "operations.md"
TOKEN = "a token of twenty characters or more"
Start = Callable[..., FlaskClient]


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def start(sqlite_url: str, clock: Clock) -> Iterator[Start]:
    """The application with other settings, and a client of it. Who may read is no matter of engines."""
    settings = Settings(database_url=sqlite_url, secret_key=SECRET)
    made: list[Flask] = []

    def begin(**changes: Any) -> FlaskClient:
        made.append(create_app(replace(settings, **changes), clock=clock))
        return made[-1].test_client()

    yield begin
    for one in made:
        one.extensions["rdv"].database.engine.dispose()


def families(client: FlaskClient, **asked: Any) -> dict[str, Metric]:
    answer = client.get("/metrics", **asked)
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    return {one.name: one for one in text_string_to_metric_families(answer.text)}


def values(found: dict[str, Metric], name: str) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for sample in found[name].samples}


def test_every_figure_of_a_busy_installation(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        monitoring.beat(world.session, "here:1", now=NOW - timedelta(seconds=20))
        monitoring.beat(world.session, "there:2", now=NOW - timedelta(hours=1))
        owe(world, due_at=NOW - timedelta(seconds=90))
        owe(world, state=MessageState.SENDING)
        owe(world, state=MessageState.UNKNOWN, channel=Channel.EMAIL)
        owe(world, state=MessageState.FAILED, settled_at=NOW, error_reason=Reason.FILTERED)
        owe(world, state=MessageState.EXPIRED, settled_at=NOW, error_reason="useless")
        owe(world, state=MessageState.SENT, sent_at=NOW - timedelta(days=4), segments=2)
        owe(world, state=MessageState.SENT, sent_at=NOW - timedelta(hours=4), segments=2)
        owe(world, channel=Channel.LETTER)
        world.add(ProviderState(channel=Channel.EMAIL, failures=7, opened_at=NOW - timedelta(minutes=1)))
        of = {"department_id": world.department.id, "channel": Channel.SMS}
        world.add(ChannelCap(**of, per_day=5))
        world.add(ChannelUse(**of, on=NOW.date(), used=5))
        text = {"sender": "+33639980001", "number": "+33700000000", "body": "?", "received_at": NOW}
        world.add(InboundText(sid="SM1", **text))
        world.add(InboundText(sid="SM2", read_at=NOW, waits_for=Unanswered.STRANGER, **text))
    found = families(flask_app.test_client())
    sms, email, voice, alone = ("sms",), ("email",), ("voice",), ()
    expected: dict[str, dict[tuple[str, ...], float]] = {
        "rdv_database_up": {alone: 1},
        "rdv_schedulers": {alone: 1},
        "rdv_scheduler_last_beat_timestamp_seconds": {alone: NOW.timestamp() - 20},
        "rdv_messages_due": {sms: 1, email: 0, voice: 0},
        "rdv_messages_oldest_due_seconds": {sms: 90, email: 0, voice: 0},
        "rdv_messages_in_flight": {sms: 1, email: 0, voice: 0},
        "rdv_messages_unknown": {sms: 0, email: 1, voice: 0},
        "rdv_messages_failed_last_day": {("sms", "filtered"): 1},
        "rdv_messages_too_late_last_day": {sms: 1, email: 0, voice: 0},
        "rdv_messages_sent_last_day": {sms: 1, email: 0, voice: 0, ("letter",): 0},
        "rdv_segments_sent_last_day": {alone: 2},
        "rdv_texts_without_receipt": {alone: 1},
        "rdv_provider_open": {sms: 0, email: 1, voice: 0},
        "rdv_provider_open_seconds": {sms: 0, email: 60, voice: 0},
        "rdv_provider_failures_in_a_row": {sms: 0, email: 7, voice: 0},
        "rdv_caps_reached": {sms: 1, email: 0, voice: 0},
        "rdv_letters_to_print": {alone: 1},
        "rdv_texts_unread": {alone: 1},
        "rdv_texts_to_read": {alone: 1},
    }
    assert {name: values(found, name) for name in expected} == expected
    assert found["rdv_database_info"].samples[0].labels["engine"] in {"sqlite", "postgresql"}
    assert {one.type for name, one in found.items() if name.startswith("rdv_")} == {"gauge"}
    assert all(one.documentation for one in found.values())
    ours = {name for name in found if name.startswith("rdv_")}
    assert ours - set(expected) <= {"rdv_database_info", "rdv_clock_ahead_seconds"}


def test_the_operators_page_explains_every_figure_and_no_other(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        monitoring.beat(world.session, "here:1", now=NOW)
    documented = set(re.findall(r"\brdv_[a-z_]+[a-z]", OPERATIONS.read_text())) - {"rdv_token"}
    shown = {name for name in families(flask_app.test_client()) if name.startswith("rdv_")} | {
        "rdv_clock_ahead_seconds"
    }
    assert documented == shown


def test_no_label_says_who_or_where(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        owe(world, state=MessageState.FAILED, settled_at=NOW, error_reason=Reason.FILTERED)
    labels = {
        name for one in families(flask_app.test_client()).values() for sample in one.samples for name in sample.labels
    }
    assert {one for one in labels if not one.startswith(("le", "version"))} <= {"channel", "reason", "engine"}


def test_ten_queries_however_many_messages(team: Team, flask_app: Flask) -> None:
    client = flask_app.test_client()
    with team.changing() as world:
        owe(world)
    few = queries_of(flask_app, lambda: client.get("/metrics"))
    with team.changing() as world:
        for _ in range(30):
            owe(world)
    assert queries_of(flask_app, lambda: client.get("/metrics")) == few
    assert few <= 10


def test_a_process_tells_of_itself_only_when_it_is_the_only_one(start: Start) -> None:
    assert "process_resident_memory_bytes" in families(start())
    assert not [name for name in families(start(web_processes=2)) if name.startswith("process_")]


def test_a_database_out_of_reach_is_a_figure(flask_app: Flask) -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    flask_app.extensions["rdv"] = replace(flask_app.extensions["rdv"], database=nowhere)
    found = families(flask_app.test_client())
    assert values(found, "rdv_database_up") == {(): 0}
    assert [name for name in found if name.startswith("rdv_")] == ["rdv_database_up"]
    nowhere.engine.dispose()


def status(client: FlaskClient, peer: str = "127.0.0.1", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/metrics", environ_base={"REMOTE_ADDR": peer}, headers=named).status_code


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": f"Bearer {TOKEN}x"}, 403),
        ({"Authorization": f"Bearer {TOKEN[:-1]}"}, 403),
        ({"Authorization": f"Basic {TOKEN}"}, 403),
        ({"Authorization": TOKEN}, 403),
        ({"Authorization": "Bearer é"}, 403),
        ({"Authorization": "Bearer "}, 403),
        ({}, 403),
    ],
)
def test_where_a_token_is_set_it_is_what_opens(start: Start, said: dict[str, str], expected: int) -> None:
    client = start(metrics_token=TOKEN)
    assert status(client, **said) == expected
    assert status(client, "203.0.113.7", **said) == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("127.0.3.4", 200), ("203.0.113.7", 403),
     ("10.0.0.4", 403), ("::ffff:203.0.113.7", 403), ("", 403), ("somewhere", 403)],
)  # fmt: skip
def test_without_a_token_only_this_machine_reads(start: Start, peer: str, expected: int) -> None:
    assert status(start(), peer) == expected


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_whoever_comes_through_a_proxy_of_this_machine_is_not_on_it(start: Start, header: str, proxies: int) -> None:
    client = start(trusted_proxies=proxies)
    assert status(client) == 200
    assert status(client, **{header: "203.0.113.7"}) == 403
    assert status(client, **{header: "127.0.0.1"}) == 403
    assert status(client, **{header: "127.0.0.1, 127.0.0.1"}) == 403


def test_an_address_that_a_proxy_only_claims_opens_nothing(start: Start) -> None:
    assert status(start(trusted_proxies=1), "203.0.113.7", X_Forwarded_For="127.0.0.1") == 403


def test_in_service_a_proxy_that_says_nothing_of_its_callers_could_be_anyone(start: Start) -> None:
    service = {
        "public_url": "https://rdv.drome.example",
        "twilio_account_sid": "AC1",
        "twilio_auth_token": "secret",
        "twilio_from": "+33700000000",
        "smtp_url": "smtp://127.0.0.1:1",
        "mail_from": "rdv@drome.example",
    }
    assert status(start(**service)) == 403
    assert status(start(**service, trusted_proxies=1)) == 200
    assert status(start(**service, trusted_proxies=1), X_Forwarded_For="203.0.113.7") == 403


def test_a_refusal_is_logged_without_the_address_and_without_the_token(start: Start) -> None:
    client = start(metrics_token=TOKEN)
    with structlog.testing.capture_logs() as logged:
        answer = client.get("/metrics", headers={"Authorization": "Bearer guessed"})
    assert (answer.status_code, answer.json) == (403, {"error": "Forbidden"})
    assert logged == [{"event": "metrics.refused", "log_level": "warning", "has_token": True}]


def test_a_token_that_could_be_guessed_stops_the_start() -> None:
    environment = {"DATABASE_URL": "sqlite:///x.db", "SECRET_KEY": SECRET, "METRICS_TOKEN": "short"}
    with pytest.raises(WrongSettings, match="METRICS_TOKEN must have 20 characters or more"):
        Settings.from_env(environment)
    settings = Settings.from_env(environment | {"METRICS_TOKEN": TOKEN})
    assert settings.metrics_token == TOKEN
    assert TOKEN not in repr(settings)


def test_a_served_application_is_scraped_over_the_network(flask_app: Flask, team: Team) -> None:
    server = make_server("127.0.0.1", 0, flask_app)
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    address = f"http://127.0.0.1:{server.port}/metrics"
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            text = answer.read().decode()
        through_a_proxy = urllib.request.Request(address, headers={"X-Forwarded-For": "203.0.113.7"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(through_a_proxy, timeout=30)
        refused.value.close()
    finally:
        server.shutdown()
        serving.join(10)
        server.server_close()
    assert "rdv_database_up 1.0" in text.splitlines()
    assert refused.value.code == 403
