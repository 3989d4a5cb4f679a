"""Nothing starts on a database that is not ready for it; the sentence says what to run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from app import commands, migrations
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def _quiet_again() -> Iterator[None]:
    """`main` says how this process logs; the other tests have their own ways."""
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("words", ["serve", "jobs run"])
def test_an_empty_database_is_to_be_migrated_first(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'rdv.db'}")
    monkeypatch.setenv("SECRET_KEY", SECRET)
    assert commands.main(words.split()) == commands.FAILED
    assert "run `rdv migrate`" in capsys.readouterr().err


def test_a_database_that_is_away_stops_nobody_from_starting() -> None:
    """It may come back; processes wait for it, and say so on /sante."""
    assert migrations.state("postgresql://rdv@127.0.0.1:9/rdv") == ""
