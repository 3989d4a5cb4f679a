"""`rdv doctor` on backups, disks, the clock and the account provider: a line each, and the sentence says what to do."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from app import backing_up, doctor, doctor_disks, doctor_lines, doctor_machine, make_runtime
from app.doctor_trouble import Trouble
from app.runtime import Runtime
from app.settings import Settings
from invitations import monitoring
from invitations.database import Database
from notifications import certificates
from tests.app.test_backup import typed
from tests.conftest import SECRET, Clock
from tests.doubles.web import running_site


@pytest.fixture
def runtime(sqlite_url: str, clock: Clock, tmp_path: Path) -> Runtime:
    (tmp_path / "backups").mkdir()
    settings = Settings(database_url=sqlite_url, secret_key=SECRET, backup_folder=str(tmp_path / "backups"))
    return make_runtime(settings, clock=clock)


def told(runtime: Runtime, **changes: str) -> Runtime:
    return replace(runtime, settings=replace(runtime.settings, **changes))


def test_backups_that_are_missing_or_old_are_told(runtime: Runtime, clock: Clock) -> None:
    public = told(runtime, backup_folder="", public_url="https://rdv.drome.example")
    with pytest.raises(Trouble, match="BACKUP_FOLDER is not set"):
        doctor_disks.check_backups(public)
    with pytest.raises(Trouble, match="there is no backup of this installation"):
        doctor_disks.check_backups(runtime)
    assert typed(backing_up, replace(runtime.settings, secret_key="x" * 40), clock=clock) == 0
    with pytest.raises(Trouble, match="there is no backup of this installation"):
        doctor_disks.check_backups(runtime)
    assert typed(backing_up, runtime.settings, clock=clock) == 0
    clock.pass_by(timedelta(hours=7))
    on_this_disk = "on the database's own disk: another one would outlive it"
    assert doctor_disks.check_backups(runtime) == f"1, the last one 7 hours old; {on_this_disk}"
    clock.pass_by(timedelta(hours=30))
    with pytest.raises(Trouble, match="37 hours old"):
        doctor_disks.check_backups(runtime)
    clock.pass_by(timedelta(days=31))
    assert typed(backing_up, runtime.settings, clock=clock) == 0
    assert "WARNING: 1 are older than a month" in doctor_disks.check_backups(runtime)


@pytest.mark.parametrize("address", ["sqlite:///{folder}/nowhere.db", "postgresql://rdv:secret@127.0.0.1:9/rdv"])
def test_of_a_database_that_is_not_there_one_line_says_so(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is asked of it is named once, and not found broken five times."""
    assert doctor.run({"DATABASE_URL": address.format(folder=tmp_path), "SECRET_KEY": SECRET}) == doctor.ILL
    ill = [one for one in capsys.readouterr().out.splitlines() if one.startswith("!!")]
    assert [one.split("  ")[1] for one in ill] == ["database", "not asked"]
    assert "is its disk mounted?" in ill[0] or "no database that answers" in ill[0]
    assert "server, clock, scheduler, keys, statutory" in ill[1]


def test_a_folder_that_takes_nothing_is_told_before_the_night_it_is_needed(runtime: Runtime) -> None:
    assert "would bring back whoever was deleted" in doctor_disks.check_erased_log(runtime)
    folder = Path(runtime.settings.backup_folder)
    good = told(runtime, erased_log=str(folder / "erased.log"))
    assert doctor_disks.check_erased_log(good).startswith("can be written")
    with pytest.raises(Trouble, match="ERASED_LOG can't be written"):
        doctor_disks.check_erased_log(told(runtime, erased_log="/nowhere/erased.log"))


def test_room_is_looked_for_where_the_database_and_its_backups_lie(runtime: Runtime, tmp_path: Path) -> None:
    assert {tmp_path, tmp_path / "backups"} <= set(doctor_disks.folders(runtime))
    assert "GB left" in doctor_disks.check_disk(runtime)
    (tmp_path / "rdv.db.replaced-20261124T090000Z").touch()
    assert "rdv.db.replaced-20261124T090000Z put aside by a restore" in doctor_disks.check_disk(runtime)
    with (tmp_path / "rdv.db-wal").open("wb") as log:
        log.truncate(doctor_disks.LARGEST_LOG + 1)  # a hole: it takes no room
    with pytest.raises(Trouble, match="somebody reads and never ends"):
        doctor_disks.check_disk(runtime)


def test_a_certificate_that_ends_soon_or_that_no_browser_trusts_is_told(runtime: Runtime, clock: Clock) -> None:
    assert doctor_machine.check_certificate(runtime) == "PUBLIC_URL is not https: there is none"
    with pytest.raises(Trouble, match="no answer: ConnectionRefusedError"):
        doctor_machine.check_certificate(told(runtime, public_url="https://127.0.0.1:9"))
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with running_site(authority) as site:
        assert certificates.ends_at("127.0.0.1", site.port, tls=trusting) > datetime.now(UTC)
        with pytest.raises(Trouble, match="no browser opens"):
            doctor_machine.check_certificate(told(runtime, public_url=f"https://127.0.0.1:{site.port}"))


def test_connections_are_counted_where_there_is_a_server(database: Database) -> None:
    with database.reading() as session:
        found = monitoring.connections(session)
    assert found is None if database.is_sqlite else found is not None and 0 < found[0] < found[1]


def test_a_provider_of_accounts_that_is_away_is_told(runtime: Runtime) -> None:
    assert doctor_machine.check_sign_on(runtime) == "not set: passwords alone"
    away = told(runtime, oidc_issuer="http://127.0.0.1:9", oidc_client_id="rdv", oidc_client_secret="secret")
    with pytest.raises(Trouble, match="OIDC_ISSUER does not answer"):
        doctor_machine.check_sign_on(away)


@pytest.mark.parametrize(
    ("database_url", "smtp_url", "doubts"),
    [
        ("sqlite:////var/rdv.db", "smtps://relay.example", 0),
        ("postgresql+psycopg://rdv@/rdv?host=/run/postgresql", "smtp://localhost:25", 0),
        ("postgresql+psycopg://rdv@127.0.0.1/rdv", "smtp+starttls://relay.example", 0),
        ("postgresql+psycopg://rdv@base.drome.example/rdv?sslmode=verify-full", "", 0),
        ("postgresql+psycopg://rdv@base.drome.example/rdv?sslmode=require", "", 1),
        ("postgresql+psycopg://rdv@base.drome.example/rdv", "smtp://relay.example", 2),
    ],
)
def test_what_leaves_in_clear_is_said(runtime: Runtime, database_url: str, smtp_url: str, doubts: int) -> None:
    said = doctor_lines.check_lines(told(runtime, database_url=database_url, smtp_url=smtp_url))
    assert said.count("WARNING") == doubts
