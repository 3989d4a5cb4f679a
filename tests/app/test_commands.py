"""The `rdv` command."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select

from app import commands, migrations
from app.creating_agents import WEAK
from invitations.database import Database
from invitations.models import Agent
from invitations.password_rules import Weakness
from tests.conftest import NOW, SECRET
from tests.doubles.smtp import running_smtp
from tests.doubles.twilio import running_twilio
from tests.factories import World


@pytest.fixture(autouse=True)
def _quiet_again() -> Iterator[None]:
    """`main` says how this process logs; the other tests have their own ways."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of an operator, in an empty folder, on a database at this release."""
    url = f"sqlite:///{tmp_path / 'rdv.db'}"
    migrations.upgrade(url)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SECRET_KEY", SECRET)
    return url


def test_the_list_of_commands_is_sorted() -> None:
    words = [one.words for one in commands.COMMANDS]
    assert words == sorted(set(words))


@pytest.mark.parametrize("words", [one.words for one in commands.COMMANDS])
def test_every_command_says_how_it_is_used(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.main([*words.split(), "--help"])
    assert ended.value.code == 0
    assert f"usage: rdv {words}" in capsys.readouterr().out


def test_a_missing_setting_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert commands.main(["migrate"]) == commands.MISUSED
    assert "DATABASE_URL must be set" in capsys.readouterr().err


def test_settings_are_read_from_a_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text(f"DATABASE_URL=sqlite:///{tmp_path / 'rdv.db'}\nSECRET_KEY='{SECRET}'\n")
    assert commands.main(["migrate", "--new"]) == commands.DONE
    assert commands.main(["jobs", "once", "deliver"]) == commands.DONE


def test_a_taken_port_is_said_in_a_sentence(
    set_up: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("PORT", str(other.getsockname()[1]))
        assert commands.main(["serve"]) == commands.FAILED
    assert "is taken" in capsys.readouterr().err


def test_an_account_is_made_once(
    set_up: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(set_up)
    with database.writing() as session:
        name = World(session, NOW).organisation.name
    words = ["agents", "create", "--email", "Paul.Morel@drome.example", "--first-name", "Paul", "--last-name", "Morel"]
    words += ["--organisation", name, "--role", "admin"]
    tries = {"too short": 1, "motdepasse123": 1, "paul.morel@drome.example": 1, "a password long enough": 0}
    for password, status in (*tries.items(), ("a password long enough", 1)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        assert commands.main(words) == status
    with database.reading() as session:
        agent = session.scalars(select(Agent).where(Agent.email == "paul.morel@drome.example")).one()
        assert [one.role.value for one in agent.roles] == ["admin"]
        assert (agent.password_hash or "").startswith("$argon2id$")
    said = capsys.readouterr().err
    for sentence in (WEAK[Weakness.SHORT], WEAK[Weakness.COMMON], WEAK[Weakness.YOURS], "exists already"):
        assert sentence in said
    assert commands.main(["agents", "create", "--email", "Paul Morel", *words[4:]]) == 1
    assert "No email can be sent to 'Paul Morel'" in capsys.readouterr().err
    database.engine.dispose()


def test_the_doctor_says_what_is_wrong(set_up: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "ok  database" in said
    assert "!!  scheduler  no scheduler is alive" in said
    assert commands.main(["jobs", "once", "beat"]) == 0
    assert commands.main(["doctor"]) == 0


def test_the_doctor_asks_the_real_providers(
    set_up: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_twilio(auth_token="right") as twilio, running_smtp() as mailbox:
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
        monkeypatch.setenv("TWILIO_FROM", "+33937000000")
        monkeypatch.setenv("TWILIO_VOICE_FROM", "+33937000000")
        monkeypatch.setenv("TWILIO_API_URL", twilio.url)
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
        monkeypatch.setenv("MAIL_FROM", "rdv@drome.example")
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", "wrong")
        commands.main(["doctor"])
        said = capsys.readouterr().out
        assert "!!  sms" in said
        assert "!!  calls" in said
        assert "ok  email" in said
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", "right")
        commands.main(["doctor"])
        said = capsys.readouterr().out
        assert "ok  sms" in said
        assert "ok  calls      from +33937000000" in said
        assert twilio.accepted == twilio.calls == []
        assert mailbox.taken == []
    commands.main(["doctor"])
    assert "!!  email" in capsys.readouterr().out
