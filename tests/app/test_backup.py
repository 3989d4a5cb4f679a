"""`rdv backup` and `rdv restore`: what comes back is what was there at one moment, and nothing leaves twice because of it."""

from __future__ import annotations

import argparse
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, make_url, select, text

from app import backing_up, make_runtime, migrations, night_acts, restoring, starting
from app.settings import Settings
from invitations import erasing, monitoring, reminders
from invitations.backups import afterwards, manifest
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    AgentSession,
    AuditEvent,
    Beat,
    Beneficiary,
    Channel,
    JobRun,
    Link,
    MessageKind,
    MessageState,
)
from tests.conftest import NOW, SECRET, Clock
from tests.factories import World
from tests.fakes import RememberingEmail, RememberingSms
from tests.post import Post
from tests.postgres import binaries

PG_BIN = str(binaries())


@pytest.fixture
def operator(database_url: str, tmp_path: Path) -> Settings:
    """The settings of whoever types the commands, and a database as migrations leave it."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.head()})
    engine.dispose()
    (tmp_path / "backups").mkdir()
    return Settings(
        database_url=database_url,
        secret_key=SECRET,
        backup_folder=str(tmp_path / "backups"),
        pg_bin=PG_BIN,
        erased_log=str(tmp_path / "erased.log"),
    )


@pytest.fixture
def team(
    operator: Settings, clock: Clock, codes: Codes, sms: RememberingSms, email: RememberingEmail
) -> Iterator[Post]:
    """Whoever works on that database."""
    with opened(operator) as database:
        yield Post(database, clock, codes, sms, email)


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    made = Database(settings.database_url)
    yield made
    made.engine.dispose()


def typed(command: Any, settings: Settings, *words: str, clock: Callable[[], Any] = lambda: NOW) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return int(command.run(settings, parser.parse_args(words), clock=clock))


def backup(settings: Settings, clock: Callable[[], Any] = lambda: NOW) -> Path:
    assert typed(backing_up, settings, clock=clock) == 0
    return manifest.every(Path(settings.backup_folder))[-1]


def file_of(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def lose(settings: Settings) -> None:
    """The machine, with its disk."""
    if settings.database_url.startswith("sqlite"):
        for one in file_of(settings).parent.glob(f"{file_of(settings).name}*"):
            one.unlink()
        return
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


def write_people(settings: Settings, department: int, written: list[str], stop: threading.Event) -> None:
    """One after the other, each in a transaction of its own."""
    with opened(settings) as database:
        while not stop.is_set():
            uid = f"{len(written):036d}"
            with database.writing() as session:
                session.add(
                    Beneficiary(
                        uid=uid,
                        department_id=department,
                        first_name="Inès",
                        last_name="Roux",
                        first_name_key="ines",
                        search_key="ines roux",
                        created_at=NOW,
                        updated_at=NOW,
                    )
                )
            written.append(uid)


def test_writers_go_on_and_what_is_missing_is_what_came_after(operator: Settings) -> None:
    stop, written = threading.Event(), list[str]()
    with opened(operator) as database, database.writing() as session:
        department = World(session, NOW).department.id
    writer = threading.Thread(target=write_people, args=(operator, department, written, stop))
    writer.start()
    try:
        while len(written) < 20:
            time.sleep(0.002)
        began, made, ended = len(written), backup(operator), len(written)
    finally:
        stop.set()
        writer.join(60)
    assert ended > began, "nobody wrote meanwhile: this would prove nothing"
    lose(operator)
    assert typed(restoring, operator, str(made)) == 0
    with opened(operator) as database, database.reading() as session:
        back = sorted(session.scalars(select(Beneficiary.uid).where(Beneficiary.last_name == "Roux")))
    # Whoever was answered before it began is there, nobody of after it ended, and the first so many without a gap.
    assert back == [f"{number:036d}" for number in range(len(back))]
    assert began <= len(back) <= ended + 1
    assert json.loads(manifest.beside(made).read_text())["rows"]["beneficiaries"] == len(back)


def test_nobody_gets_a_message_twice_and_nobody_none(operator: Settings, team: Post, clock: Clock) -> None:
    """Left after the backup, or not: only the provider knows. An email goes as the same email.

    A reminder that was owed after it is one that the restored database knows nothing of, and that its jobs owe again: by text
    it is asked about, by email it would be another email and is given up.
    """
    left, waiting = team.invited(), team.invited()
    team.change(waiting, due_at=clock() + timedelta(minutes=30))
    _, mail = team.booked(channels=(Channel.EMAIL,))
    expected = team.participation(starts_in=timedelta(days=1, hours=6))
    team.change(expected, created_at=clock() - timedelta(days=10))
    made = backup(operator, clock)
    remind(team)
    assert team.deliver() == 4
    before = [one.message_id for one in team.email.sent], [one.to for one in team.sms.sent]
    clock.pass_by(timedelta(hours=1))
    bring_back(operator, team, made)
    remind(team)
    team.deliver()
    assert [one.to for one in team.sms.sent] == before[1], "nothing leaves before the provider was asked"
    for _ in range(3):
        team.settle()
        clock.pass_by(timedelta(minutes=6))
    team.deliver()
    assert [one.to for one in team.sms.sent] == [*before[1], team.person(waiting).phone]
    assert [team.state(one) for one in (left, waiting, mail)] == [MessageState.SENT] * 3
    assert {one.message_id for one in team.email.sent} == set(before[0])
    owed = {one.channel: one for one in team.messages() if one.kind is MessageKind.APPOINTMENT_REMINDER}
    assert owed[Channel.SMS].state is MessageState.SENT
    assert (owed[Channel.EMAIL].state, owed[Channel.EMAIL].error_reason) == (MessageState.CANCELLED, "restored")


def remind(team: Post) -> None:
    with team.database.writing() as session:
        reminders.remind_appointments(session, now=team.clock())


def bring_back(operator: Settings, team: Post, made: Path) -> None:
    team.database.engine.dispose()
    lose(operator)
    assert typed(restoring, operator, str(made), clock=team.clock) == 0


def test_links_open_sessions_are_over_and_ids_go_on(
    operator: Settings, team: Post, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """The link of an invitation that was made after the backup must never open somebody else's. What was there is put aside."""
    known = team.invitation()
    agent = team.world.agent
    with team.database.writing() as session:
        monitoring.beat(session, "here:1", now=clock() - timedelta(minutes=2))
        session.add(
            AgentSession(
                agent_id=agent.id, token_hash="x" * 64, created_at=clock(), expires_at=clock() + timedelta(hours=9)
            )
        )
        team.world.session = session
        gone = team.world.make_follow_up().beneficiary_id
    made = backup(operator, clock)
    lost = team.invitation()
    with team.database.writing() as session:
        person = session.get_one(Beneficiary, gone)
        erasing.erase(session, person, session.merge(team.world.organisation), agent_id=agent.id, now=clock())
    runtime = make_runtime(operator, clock=clock)
    assert night_acts.write_erasures(runtime) == 1
    runtime.database.engine.dispose()
    clock.pass_by(timedelta(minutes=5))
    replace_what_is_there(operator, team, made, capsys)
    assert invitations_in(operator.database_url) == [known.id]
    assert sorted(invitations_in(operator.database_url, aside=True)) == [known.id, lost.id]
    with team.database.reading() as session:
        assert afterwards.is_of_these_keys(session, team.codes)
        assert afterwards.is_of_these_keys(session, Codes("another key", [SECRET]))
        assert not afterwards.is_of_these_keys(session, Codes("another key"))
    new = team.invitation()
    assert new.id > lost.id + 900_000
    with team.database.reading() as session:
        assert session.scalars(select(Link.invitation_id).where(Link.invitation_id == known.id)).one() == known.id
        assert session.scalars(select(AgentSession.ended_at)).one() is not None
        assert session.scalars(select(Beat)).all() == []
        assert session.get(Beneficiary, gone) is None, "deleted since the backup, and deleted again"
        noted = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert noted[-1] == "database.restored"
        assert session.scalars(select(JobRun.ended_at).where(JobRun.job == "restore")).one() is not None
    assert starting.hindrance(operator) == ""


def replace_what_is_there(operator: Settings, team: Post, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only when nobody is at work, and when it is asked for."""
    assert typed(restoring, operator, str(made), "--replace", clock=team.clock) == restoring.REFUSED
    assert "Somebody is at work" in capsys.readouterr().err
    team.database.engine.dispose()
    assert typed(restoring, operator, str(made), clock=team.clock) == restoring.REFUSED
    assert "not empty" in capsys.readouterr().err
    assert typed(restoring, operator, str(made), "--replace", clock=team.clock) == 0
    said = capsys.readouterr().out
    assert "delete it once you are sure" in said
    assert "1 people deleted since were deleted again" in said


def invitations_in(url: str, *, aside: bool = False) -> list[int]:
    where = "invitations"
    if aside and url.startswith("sqlite"):
        (kept,) = Path(make_url(url).database or "").parent.glob("*.replaced-*")
        url = f"sqlite:///{kept}"
    engine = create_engine(url)
    with engine.connect() as connection:
        if aside and not url.startswith("sqlite"):
            (schema,) = [one for one in inspect(connection).get_schema_names() if one.startswith("replaced_")]
            where = f"{schema}.invitations"
        found = list(connection.execute(text(f"SELECT id FROM {where}")).scalars())
    engine.dispose()
    return found


def test_a_backup_that_is_not_what_it_says_replaces_nothing(
    operator: Settings, team: Post, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    there = team.invitation()
    team.database.engine.dispose()
    made = backup(operator, clock)
    words = json.loads(manifest.beside(made).read_text())
    wrong_rows = {"rows": words["rows"] | {"messages": 12}}
    of_then = {"schema": "0001"}  # its tables are not those of then: migrations break on them
    more = {"postgresql": (wrong_rows, "in messages"), "sqlite": (of_then, "could not be made ready")}
    for change, sentence in (
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"schema": "9999"}, "does not know"),
        more[words["engine"]],
    ):
        manifest.beside(made).write_text(json.dumps(words | change))
        assert typed(restoring, operator, str(made), "--replace", clock=clock) == restoring.REFUSED
        assert sentence in capsys.readouterr().err
    manifest.beside(made).unlink()
    assert typed(restoring, operator, str(made), "--replace", clock=clock) == restoring.REFUSED
    assert "missing beside" in capsys.readouterr().err
    assert invitations_in(operator.database_url) == [there.id]
    assert starting.hindrance(operator) == ""


def test_nothing_starts_on_a_restore_that_was_cut_short(operator: Settings, team: Post) -> None:
    with team.database.writing() as session:
        session.add(JobRun(job="restore", slot="20261124T090000Z", started_at=NOW, ended_at=None))
    assert starting.hindrance(operator) == starting.UNFINISHED
    with team.database.writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
    assert starting.hindrance(operator) == starting.UNFINISHED
    for version, why in (("0001", starting.BEHIND), ("9999", starting.AHEAD)):
        with team.database.writing() as session:
            session.execute(text("DELETE FROM alembic_version"))
            session.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
        assert starting.hindrance(operator) == why


def test_a_restore_killed_before_the_tables_are_back_is_not_migrated_into_an_empty_database(
    postgres_url: str,
) -> None:
    lose(Settings(database_url=postgres_url, secret_key=SECRET))
    assert migrations.state(postgres_url) == "new"
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA replaced_20261124t090000z")
    engine.dispose()
    assert migrations.state(postgres_url) == "unfinished"
    settings = Settings(database_url=postgres_url, secret_key=SECRET)
    assert starting.migrate(settings, argparse.Namespace(new=True)) == starting.FAILED


def test_tables_outside_public_are_not_left_out_in_silence(
    postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """PostgreSQL puts them into a schema of the role's name when there is one."""
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA rdv")
    engine.dispose()
    (tmp_path / "to").mkdir()
    settings = Settings(database_url=postgres_url, secret_key=SECRET, pg_bin=PG_BIN)
    assert typed(backing_up, settings, "--to", str(tmp_path / "to")) == backing_up.REFUSED
    assert "lie in the schema rdv" in capsys.readouterr().err
    assert list((tmp_path / "to").iterdir()) == []


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of nobody, in a folder with an uncommon name."""
    folder = tmp_path_factory.mktemp("é #1 50%")
    migrations.upgrade(f"sqlite:///{folder.parent / 'small.db'}")
    settings = Settings(database_url=f"sqlite:///{folder.parent / 'small.db'}", secret_key=SECRET)
    assert typed(backing_up, settings, "--to", str(folder)) == 0
    return manifest.every(folder)[-1]


def test_a_log_that_the_lost_file_left_is_not_read_into_what_is_restored(tmp_path: Path, small: Path) -> None:
    """SQLite takes what lies beside a file for its log, whatever file it was written for."""
    file = tmp_path / "rdv.db"
    settings = Settings(database_url=f"sqlite:///{file}", secret_key=SECRET)
    with closing(sqlite3.connect(file)) as lost:
        lost.execute("PRAGMA journal_mode=WAL")
        lost.execute("CREATE TABLE written_since (id INTEGER)")
        log = (tmp_path / "rdv.db-wal").read_bytes()
    file.unlink()
    (tmp_path / "rdv.db-wal").write_bytes(log)
    assert typed(restoring, settings, str(small)) == 0
    with closing(sqlite3.connect(file)) as found:
        assert not found.execute("SELECT name FROM sqlite_master WHERE name = 'written_since'").fetchall()
    assert [one.read_bytes() for one in tmp_path.glob("*.replaced-*-wal")] == [log]


def test_a_damaged_file_is_put_aside_and_a_folder_that_takes_nothing_is_said(
    tmp_path: Path, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rdv.db"
    file.write_bytes(b"what a broken disk gives back. " * 1000)
    settings = Settings(database_url=f"sqlite:///{file}", secret_key=SECRET)
    assert typed(restoring, settings, str(small)) == restoring.REFUSED
    assert typed(restoring, settings, str(small), "--replace") == 0
    assert migrations.state(settings.database_url) == "current"
    assert [one.stat().st_size for one in tmp_path.glob("*.replaced-*")] == [31_000]
    nowhere = replace(settings, database_url=f"sqlite:///{tmp_path / 'no' / 'rdv.db'}")
    assert typed(restoring, nowhere, str(small)) == restoring.REFUSED
    assert "can't be written: No such file or directory" in capsys.readouterr().err


def test_nobody_else_reads_a_backup_and_the_oldest_go(
    operator: Settings, team: Post, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(operator.backup_folder)
    for _ in range(2):
        clock.pass_by(timedelta(days=1))
        assert typed(backing_up, operator, "--keep", "1", clock=clock) == 0
    kept = manifest.every(folder)
    assert [one.stem for one in kept] == ["rdv-20261126T090000Z"]
    assert len(list(folder.iterdir())) == 2
    assert {one.stat().st_mode & 0o777 for one in folder.iterdir()} == {0o600}
    assert typed(backing_up, operator, "--check", str(kept[0])) == 0
    assert "whole" in capsys.readouterr().out
    kept[0].write_bytes(kept[0].read_bytes()[:-100])
    assert typed(backing_up, operator, "--check", str(kept[0])) == backing_up.REFUSED
    assert typed(backing_up, replace(operator, backup_folder="")) == backing_up.REFUSED
    assert "--to FOLDER" in capsys.readouterr().err


def test_an_old_pg_dump_is_named_with_what_to_do(
    postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "to").mkdir()
    settings = Settings(database_url=postgres_url, secret_key=SECRET, pg_bin=str(tmp_path))
    assert typed(backing_up, settings, "--to", str(tmp_path / "to")) == backing_up.REFUSED
    assert "pg_dump is not in PG_BIN" in capsys.readouterr().err
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    program.chmod(0o700)
    assert typed(backing_up, settings, "--to", str(tmp_path / "to")) == backing_up.REFUSED
    assert "of version 9 and can't read" in capsys.readouterr().err
    assert list((tmp_path / "to").iterdir()) == []


def test_texts_that_the_provider_would_not_recognise_are_not_risked(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It knows them by their words, and a link is of an address and a key."""
    then = Settings(database_url=sqlite_url, secret_key=SECRET, backup_folder=str(tmp_path), twilio_from="+33937000000")
    made = backup(then)
    now = replace(then, public_url="https://rdv.drome.example", secret_key="x" * 40, twilio_account_sid="AC1")
    assert typed(restoring, now, str(made)) == restoring.REFUSED
    assert "PUBLIC_URL, SECRET_KEY had another value" in capsys.readouterr().err
    assert SECRET not in manifest.beside(made).read_text()
    assert typed(restoring, now, str(made), "--anyway") == restoring.REFUSED
    assert "does not know" in capsys.readouterr().err, "it got as far as the next check"


def test_a_backup_of_one_engine_is_not_put_on_the_other(
    sqlite_url: str, postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = Settings(database_url=sqlite_url, secret_key=SECRET, backup_folder=str(tmp_path))
    made = backup(one)
    assert typed(restoring, replace(one, database_url=postgres_url), str(made)) == restoring.REFUSED
    assert "rdv move-database" in capsys.readouterr().err
