"""A missing or wrong setting stops the start, with a sentence that names it."""

from __future__ import annotations

import pytest

from app.acts import terms_of
from app.settings import Settings, WrongSettings

GOOD = {"DATABASE_URL": "sqlite:///var/rdv.db", "SECRET_KEY": "k" * 32}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "token", "TWILIO_FROM": "+33937000000"}
SMTP = {"SMTP_URL": "smtps://user:password@mail.example:465", "MAIL_FROM": "rdv@drome.example"}
AWAY = {"PUBLIC_URL": "https://rdv.drome.example"}


def complaint(env: dict[str, str]) -> str:
    with pytest.raises(WrongSettings) as refused:
        Settings.from_env(env)
    return str(refused.value)


def test_two_settings_are_enough_for_a_demonstration() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.is_local
    assert settings.has_mailbox
    assert settings.public_url == "http://127.0.0.1:8000"


def test_the_port_moves_the_public_address_with_it() -> None:
    assert Settings.from_env(GOOD | {"PORT": "8123"}).public_url == "http://127.0.0.1:8123"


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"SECRET_KEY": "k" * 32}, "DATABASE_URL"),
        (GOOD | {"DATABASE_URL": "mysql://somewhere/rdv"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///rdv.db"}, "SECRET_KEY"),
        (GOOD | {"SECRET_KEY": "short"}, "SECRET_KEY"),
        (GOOD | {"PORT": "eighty"}, "PORT"),
        (GOOD | {"PUBLIC_URL": "rdv.drome.example"}, "PUBLIC_URL"),
        (GOOD | {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "token"}, "TWILIO_FROM"),
        (GOOD | {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_FROM": "RDV"}, "TWILIO_AUTH_TOKEN"),
        (GOOD | {"SMTP_URL": "smtp://127.0.0.1:2525"}, "MAIL_FROM"),
        (GOOD | AWAY | SMTP | TWILIO | {"TWILIO_VOICE_FROM": "RDV"}, "TWILIO_VOICE_FROM"),
        (GOOD | AWAY | SMTP | TWILIO | {"TWILIO_VOICE_FROM": "0937000000"}, "TWILIO_VOICE_FROM"),
        (GOOD | {"TWILIO_VOICE_FROM": "+33937000000"}, "TWILIO_ACCOUNT_SID"),
        (GOOD | TWILIO | SMTP | {"TWILIO_VOICE_FROM": "+33937000000"}, "PUBLIC_URL"),
        (GOOD | {"DELIVERY_THREADS": "0"}, "DELIVERY_THREADS"),
        (GOOD | {"WEB_PROCESSES": "0"}, "WEB_PROCESSES"),
        (GOOD | {"FETCH_PRIVATE_HOSTS": "zimbra.interne"}, "FETCH_PRIVATE_HOSTS"),
        (GOOD | AWAY | TWILIO | SMTP | {"FETCH_PRIVATE_HOSTS": "127.0.0.1:8000"}, "FETCH_PRIVATE_HOSTS"),
        (GOOD | AWAY | TWILIO | SMTP | {"FETCH_PRIVATE_HOSTS": "a.fr:443 LOCALHOST:80"}, "FETCH_PRIVATE_HOSTS"),
    ],
)
def test_what_is_missing_or_wrong_is_named(env: dict[str, str], name: str) -> None:
    assert name in complaint(env)


@pytest.mark.parametrize("number", ["+33612345678", "+33 7 56 78 91 23", "+262692123456", "+596696123456"])
def test_nobody_is_called_from_a_mobile_number(number: str) -> None:
    assert "06 or 07" in complaint(GOOD | AWAY | SMTP | TWILIO | {"TWILIO_VOICE_FROM": number})


@pytest.mark.parametrize("number", ["+33937000000", "+33 4 75 00 00 00", "+262262123456", "+3222800000"])
def test_calls_are_made_from_any_other_number(number: str) -> None:
    assert Settings.from_env(GOOD | AWAY | SMTP | TWILIO | {"TWILIO_VOICE_FROM": number}).makes_calls


def test_every_wrong_setting_is_told_at_once() -> None:
    lines = complaint({"PORT": "x"}).splitlines()
    assert [line.split()[0] for line in lines] == ["PORT", "DATABASE_URL", "SECRET_KEY"]


@pytest.mark.parametrize("missing", [TWILIO, SMTP])
def test_people_are_never_addressed_by_an_installation_that_cant_send(missing: dict[str, str]) -> None:
    env = GOOD | AWAY | TWILIO | SMTP
    assert Settings.from_env(env).sends_sms
    assert "local mailbox page" in complaint({name: value for name, value in env.items() if name not in missing})


def test_listening_beyond_this_machine_counts_as_leaving_it() -> None:
    assert "local mailbox page" in complaint(GOOD | {"HOST": "0.0.0.0"})


def test_the_local_mailbox_exists_only_while_something_goes_there() -> None:
    assert Settings.from_env(GOOD | TWILIO).has_mailbox
    assert not Settings.from_env(GOOD | TWILIO | SMTP).has_mailbox


def test_secrets_are_not_printed_with_the_settings() -> None:
    env = GOOD | TWILIO | SMTP | {"PREVIOUS_SECRET_KEYS": "an-older-secret"}
    shown = repr(Settings.from_env(env))
    for secret in ("k" * 32, "token'", "user:password", "an-older-secret"):
        assert secret not in shown


def test_a_mail_server_of_an_unknown_kind_is_refused_with_a_sentence() -> None:
    env = {"DATABASE_URL": "sqlite:///x", "SECRET_KEY": "x" * 32, "SMTP_URL": "mail.example", "MAIL_FROM": "a@b.fr"}
    with pytest.raises(WrongSettings, match="SMTP_URL must start with"):
        Settings.from_env(env)


def test_a_port_that_cannot_be_is_refused_with_a_sentence() -> None:
    with pytest.raises(WrongSettings, match="between 1 and 65535"):
        Settings.from_env({"DATABASE_URL": "sqlite:///x", "SECRET_KEY": "x" * 32, "PORT": "80000"})


def test_calendars_of_ones_own_network_are_read_only_where_an_operator_names_them() -> None:
    assert Settings.from_env(GOOD).private_hosts == frozenset()
    named = Settings.from_env(GOOD | AWAY | TWILIO | SMTP | {"FETCH_PRIVATE_HOSTS": " Zimbra.interne:443  nuage:8080"})
    assert named.private_hosts == {"zimbra.interne:443", "nuage:8080"}


def test_the_pace_of_senders_reaches_delivery() -> None:
    assert terms_of(Settings.from_env(GOOD)).segments_per_second == 0
    assert terms_of(Settings.from_env(GOOD | {"SMS_SEGMENTS_PER_SECOND": "10"})).segments_per_second == 10
    assert "SMS_SEGMENTS_PER_SECOND" in complaint(GOOD | {"SMS_SEGMENTS_PER_SECOND": "1,5"})
