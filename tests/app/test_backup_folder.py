"""The folder of backups: what one that was killed left goes, what somebody writes stays, and nobody's backups but ours are dropped."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import backing_up
from app.settings import Settings
from invitations.backups import manifest, parts, taking
from tests.app.test_backup import typed
from tests.conftest import SECRET, Clock


@pytest.fixture
def ours(sqlite_url: str, tmp_path: Path) -> Settings:
    (tmp_path / "backups").mkdir()
    return Settings(database_url=sqlite_url, secret_key=SECRET, backup_folder=str(tmp_path / "backups"))


def folder_of(settings: Settings) -> Path:
    return Path(settings.backup_folder)


def named(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def killed_in_the_middle(settings: Settings) -> None:
    """A backup whose process dies by SIGKILL, its part begun: the second time that it asks what time it is."""
    asked: list[datetime] = []

    def dying() -> datetime:
        asked.append(datetime.now(UTC))
        if len(asked) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return asked[0]

    child = os.fork()
    if not child:
        taking.take(settings.database_url, folder_of(settings), clock=dying)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def test_what_a_killed_backup_left_goes_with_the_next(ours: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    killed_in_the_middle(ours)
    assert [one.split(".")[-1] for one in named(folder_of(ours))] == ["json", "part"]
    assert manifest.every(folder_of(ours)) == [], "half a backup is none"
    assert typed(backing_up, ours, clock=lambda: datetime.now(UTC)) == 0
    assert "1 files deleted that a backup which was killed had left" in capsys.readouterr().out
    assert not list(folder_of(ours).glob("*.part"))
    next_week = datetime.now(UTC) + timedelta(days=7)
    assert parts.sweep(folder_of(ours), now=next_week) == 1, "the name it had claimed"
    assert len(manifest.every(folder_of(ours))) == 1
    assert len(named(folder_of(ours))) == 2


def test_what_somebody_may_be_writing_stays(tmp_path: Path) -> None:
    """Of a process that lives, or on a machine whose processes nobody here can ask after; for a day."""
    dead = subprocess.Popen(["/bin/true"])
    dead.wait(30)
    here = parts.beside(tmp_path / "rdv-20261124T090000Z.db").name
    lives = here.replace(f"-{os.getpid()}.", f"-{os.getppid()}.")
    gone = here.replace(f"-{os.getpid()}.", f"-{dead.pid}.")
    elsewhere = f"rdv-20261124T090000Z.dump.other-machine-pid-4026531836-{dead.pid}.part"
    of_before = "rdv-20261124T090000Z.db.part"  # as the release before this one named them
    claimed = "rdv-20261124T090000Z.db.json"
    others = ["rdv-notes.txt", "photo.part"]
    every = [here, lives, gone, elsewhere, of_before, claimed, *others]
    for one in every:
        (tmp_path / one).write_text("half")
    now = datetime.now(UTC)
    assert [one.name for one in parts.left(tmp_path, now=now)] == [gone]
    assert parts.sweep(tmp_path, now=now + timedelta(days=1, seconds=5)) == len(every) - len(others)
    assert named(tmp_path) == sorted(others)


@pytest.mark.parametrize(
    "other",
    [
        {"secret_key": "x" * 40},
        {"public_url": "https://essai.drome.example"},
    ],
    ids=["another installation", "a copy of ours that is tried"],
)
def test_only_backups_of_this_installation_are_dropped(
    other: dict[str, str], ours: Settings, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = replace(ours, **other)  # type: ignore[arg-type]
    assert typed(backing_up, theirs, clock=clock) == 0
    keep_one(ours, clock)
    keep_one(replace(ours, secret_key="y" * 40, previous_secret_keys=(SECRET,)), clock)
    assert "1 older ones deleted, 1 kept at most. 1 of another PUBLIC_URL or SECRET_KEY are left alone." in (
        capsys.readouterr().out
    ), "after a change of key they are still ours"
    assert [one.name for one in manifest.every(folder_of(ours))] == [
        "rdv-20261124T090000Z.db",
        "rdv-20261126T090000Z.db",
    ]


def keep_one(settings: Settings, clock: Clock) -> None:
    clock.pass_by(timedelta(days=1))
    assert typed(backing_up, settings, "--keep", "1", clock=clock) == 0


def test_two_that_begin_in_the_same_second_write_two_backups(ours: Settings, clock: Callable[[], datetime]) -> None:
    first, second = (taking.take(ours.database_url, folder_of(ours), clock=clock) for _ in range(2))
    assert (first.name, second.name) == ("rdv-20261124T090000Z.db", "rdv-20261124T090001Z.db")
    assert manifest.read(first).rows == manifest.read(second).rows


def test_a_folder_below_a_disk_that_is_not_mounted_is_not_made(
    ours: Settings, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would fill the disk of the system, and be gone from sight once the other one is there again."""
    folder = folder_of(ours)
    assert typed(backing_up, ours, clock=clock) == 0
    assert "if others were there, its disk is not mounted" in capsys.readouterr().out
    folder.rename(folder.with_name("unmounted"))
    assert typed(backing_up, ours, clock=clock) == backing_up.REFUSED
    assert f"There is no folder {folder}: is its disk mounted?" in capsys.readouterr().err
    assert not folder.exists()
    folder.with_name("unmounted").rename(folder)
    clock.pass_by(timedelta(days=1))
    assert typed(backing_up, ours, clock=clock) == 0
    assert "not mounted" not in capsys.readouterr().out
