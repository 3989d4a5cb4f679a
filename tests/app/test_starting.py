"""Nothing starts on a database that is not ready for it; the sentence says what to run, or what to look at."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from app import commands, make_runtime, migrations, starting
from app.settings import Settings
from invitations.errors import DatabaseAway
from tests.conftest import SECRET

LOST = [
    "serve",
    "jobs run",
    "jobs once deliver",
    "migrate",
    "backup --to backups --keep 1",
    "move-database --undo",
    "move-database --to sqlite:///other.db",
]


@pytest.fixture(autouse=True)
def _quiet_again() -> Iterator[None]:
    """`main` says how this process logs; the other tests have their own ways."""
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("words", LOST)
@pytest.mark.parametrize("is_empty", [False, True], ids=["no file", "an empty file"])
def test_a_database_that_is_lost_is_not_made_anew(
    words: str, is_empty: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its disk is not mounted: an empty one beneath would look new, and every link would be dead."""
    file = tmp_path / "rdv.db"
    if is_empty:
        file.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("SECRET_KEY", SECRET)
    assert commands.main(words.split()) == commands.FAILED
    said = capsys.readouterr().err
    assert "is its disk mounted?" in said
    assert f"{file}" in said
    assert said.count("\n") == 1
    assert file.exists() == is_empty
    assert not is_empty or not file.stat().st_size
    assert list(tmp_path.iterdir()) == [file] * is_empty, "nor a backup of nothing, for which a good one goes"


def test_an_empty_database_of_a_server_is_not_taken_for_ours(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(database_url=postgres_url.rpartition("/")[0] + "/postgres", secret_key=SECRET)
    assert migrations.state(settings.database_url) == "new"
    assert starting.migrate(settings, argparse.Namespace(new=False)) == starting.FAILED
    assert "The database postgres has nothing in it" in capsys.readouterr().err
    assert migrations.state(settings.database_url) == "new"


def test_a_file_that_goes_away_under_a_running_process_is_not_made_anew(sqlite_url: str, tmp_path: Path) -> None:
    runtime = make_runtime(Settings(database_url=sqlite_url, secret_key=SECRET))
    with runtime.database.reading() as session:
        session.connection()
    runtime.database.engine.dispose()
    shutil.move(tmp_path / "rdv.db", tmp_path / "unmounted.db")
    with pytest.raises(DatabaseAway), runtime.database.reading() as session:
        session.connection()
    assert not (tmp_path / "rdv.db").exists()


def test_a_database_that_is_away_stops_nobody_from_starting() -> None:
    """It may come back; processes wait for it, and say so on /sante."""
    assert migrations.state("postgresql://rdv@127.0.0.1:9/rdv") == ""
