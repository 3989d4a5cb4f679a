"""`rdv doctor` on backups, disks, the clock and the account provider: a line each, and the sentence says what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import doctor_machine, make_runtime
from app.doctor_machine import Trouble
from app.runtime import Runtime
from app.settings import Settings
from invitations.backups import taking
from tests.conftest import SECRET, Clock


@pytest.fixture
def runtime(sqlite_url: str, clock: Clock, tmp_path: Path) -> Runtime:
    settings = Settings(database_url=sqlite_url, secret_key=SECRET, backup_folder=str(tmp_path / "backups"))
    return make_runtime(settings, clock=clock)


def told(runtime: Runtime, **changes: str) -> Runtime:
    return replace(runtime, settings=replace(runtime.settings, **changes))


def test_backups_that_are_missing_or_old_are_told(runtime: Runtime, clock: Clock, tmp_path: Path) -> None:
    public = told(runtime, backup_folder="", public_url="https://rdv.drome.example")
    with pytest.raises(Trouble, match="BACKUP_FOLDER is not set"):
        doctor_machine.check_backups(public)
    with pytest.raises(Trouble, match="there is no backup"):
        doctor_machine.check_backups(runtime)
    taking.take(runtime.settings.database_url, tmp_path / "backups", clock=clock)
    clock.pass_by(timedelta(hours=7))
    assert doctor_machine.check_backups(runtime) == "1, the last one 7 hours old"
    clock.pass_by(timedelta(hours=30))
    with pytest.raises(Trouble, match="37 hours old"):
        doctor_machine.check_backups(runtime)


def test_room_is_looked_for_where_the_database_and_its_backups_lie(runtime: Runtime, tmp_path: Path) -> None:
    assert {tmp_path, tmp_path / "backups"} <= set(doctor_machine.folders(runtime))
    assert "GB left" in doctor_machine.check_disk(runtime)


def test_a_provider_of_accounts_that_is_away_is_told(runtime: Runtime) -> None:
    assert doctor_machine.check_sign_on(runtime) == "not set: passwords alone"
    away = told(runtime, oidc_issuer="http://127.0.0.1:9", oidc_client_id="rdv", oidc_client_secret="secret")
    with pytest.raises(Trouble, match="OIDC_ISSUER does not answer"):
        doctor_machine.check_sign_on(away)
