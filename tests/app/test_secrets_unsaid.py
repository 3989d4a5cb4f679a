"""No secret of the settings is written anywhere: not when they are printed, nor by the doctor, a page, a figure, a log line."""

from __future__ import annotations

import traceback
from dataclasses import fields
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app import doctor, make_runtime
from app.settings import Settings, WrongSettings
from notifications.senders import Senders
from tests.applications import Applications
from tests.conftest import Clock
from tests.fakes import RememberingEmail, RememberingSms

SECRET = "planted-{}-which-nobody-may-read"
# Each name that holds a secret, as an operator writes it.
PLANTED = {
    "SECRET_KEY": SECRET.format("key"),
    "PREVIOUS_SECRET_KEYS": SECRET.format("older"),
    "DATABASE_URL": f"postgresql://rdv:{SECRET.format('database')}@127.0.0.1:1/rdv",
    "TWILIO_AUTH_TOKEN": SECRET.format("twilio"),
    "SMTP_URL": f"smtp://rdv:{SECRET.format('smtp')}@127.0.0.1:1",
    "BOUNCES_URL": f"imap://rdv:{SECRET.format('imap')}@127.0.0.1:1/INBOX",
    "BOUNCES_TOKEN": SECRET.format("bounces"),
    "OIDC_CLIENT_SECRET": SECRET.format("oidc"),
    "FRANCE_TRAVAIL_CLIENT_SECRET": SECRET.format("france"),
    "METRICS_TOKEN": SECRET.format("metrics"),
}
BESIDE = {
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_FROM": "+33937000000",
    "TWILIO_API_URL": "http://127.0.0.1:1",
    "MAIL_FROM": "rdv@drome.example",
    "BOUNCES_ADDRESS": "rebonds@drome.example",
    "OIDC_ISSUER": "http://127.0.0.1:1",
    "OIDC_CLIENT_ID": "rdv",
    "FRANCE_TRAVAIL_API_URL": "https://127.0.0.1:1",
    "FRANCE_TRAVAIL_TOKEN_URL": "https://127.0.0.1:1/token",
    "FRANCE_TRAVAIL_CLIENT_ID": "rdv",
}
TOLD = ("secret", "token", "password", "key", "_url")
NOT_SECRET = {"public_url", "twilio_api_url", "france_travail_api_url", "france_travail_token_url"}


@pytest.fixture
def settings() -> Settings:
    return Settings.from_env(PLANTED | BESIDE)


def test_every_setting_that_could_hold_a_secret_is_planted(settings: Settings) -> None:
    could = {one.name for one in fields(Settings) if one.name.endswith(TOLD) or "secret" in one.name} - NOT_SECRET
    assert {one.name for one in fields(Settings) if not one.repr} == could
    assert {name.lower() for name in PLANTED} == could


def test_settings_and_what_is_made_of_them_print_none(settings: Settings) -> None:
    runtime = make_runtime(settings)
    for shown in (repr(settings), str(settings), repr(runtime), repr(runtime.codes), repr(runtime.seals)):
        assert "planted-" not in shown
    assert "planted-" not in repr(runtime.database.engine.url)


@pytest.mark.parametrize("broken", ["PUBLIC_URL", "PORT", "SMTP_URL", "DATABASE_URL", "BOUNCES_URL"])
def test_a_setting_that_is_wrong_is_named_without_the_others(broken: str) -> None:
    wrong = urlsplit(PLANTED.get(broken, ""))._replace(scheme="gopher").geturl() if broken in PLANTED else "wrong"
    with pytest.raises(WrongSettings) as refused:
        Settings.from_env(PLANTED | BESIDE | {broken: wrong})
    assert broken in str(refused.value)
    assert "planted-" not in "".join(traceback.format_exception(refused.value))


def test_the_doctor_says_what_is_wrong_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    doctor.run(PLANTED | BESIDE)
    said = capsys.readouterr()
    assert "database" in said.out.lower()
    assert "planted-" not in said.out + said.err


def test_no_page_no_figure_and_no_line_says_one(
    applications: Applications, settings: Settings, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """The database is away: every page fails, and says so."""
    senders = Senders(sms=RememberingSms(), email=RememberingEmail())
    with applications.lend(settings, clock=clock, senders=senders) as flask:
        answers = [ask(flask, path) for path in ("/i/unknown", "/agents/", "/sante", "/statistiques", "/metrics")]
    assert {one.status for one in answers} & {500, 503}
    assert not [one.path for one in answers if "planted-" in one.text]
    said = capsys.readouterr()
    assert "planted-" not in said.out + said.err


def ask(flask: Flask, path: str) -> SimpleNamespace:
    answer = flask.test_client().get(path, headers={"Authorization": f"Bearer {PLANTED['METRICS_TOKEN']}"})
    return SimpleNamespace(path=path, status=answer.status_code, text=f"{answer.headers}{answer.text}")
