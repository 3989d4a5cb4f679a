"""Whoever was deleted since a backup is deleted again when it is restored, by traces that say nothing of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app import erased_file, night_acts
from app.runtime import Runtime
from invitations import erasing, erasures, forgetting, purging
from invitations.database import Database
from invitations.models import AuditEvent, Beneficiary, Erasure
from tests.conftest import NOW, Clock
from tests.factories import World

A_DAY = timedelta(days=1)


def ids(world: World) -> list[int]:
    return list(world.session.scalars(select(Beneficiary.id).order_by(Beneficiary.id)))


def forgotten(world: World, count: int = 2) -> list[dict[str, object]]:
    """Their rows, as a backup of before still holds them."""
    people = [world.make_beneficiary() for _ in range(count)]
    columns = Beneficiary.__table__.columns
    rows = [{column.key: getattr(person, column.key) for column in columns} for person in people]
    forgetting.forget(world.session, [person.id for person in people], now=world.now)
    return rows


def restored(world: World, rows: list[dict[str, object]]) -> None:
    world.session.execute(insert(Beneficiary), rows)


def test_a_deletion_leaves_a_fingerprint_and_a_time_and_nothing_of_the_person(world: World) -> None:
    [row] = forgotten(world, 1)
    [trace] = world.session.scalars(select(Erasure))
    assert (trace.fingerprint, trace.erased_at) == (erasures.fingerprint(str(row["uid"])), world.now)
    assert erasures.lines(world.session) == [f"2026-11-24T09:00:00+00:00 {trace.fingerprint}\n"]


def test_after_a_restore_they_are_deleted_again_and_nobody_else_is(world: World) -> None:
    stays = world.make_beneficiary().id
    rows = forgotten(world)
    told = erasures.read(erasures.lines(world.session))
    restored(world, rows)
    world.now += A_DAY
    assert erasing.replay(world.session, told, now=world.now) == 2
    assert ids(world) == [stays]
    assert erasing.replay(world.session, told, now=world.now) == 0
    [noted] = world.session.scalars(select(AuditEvent).where(AuditEvent.action == "erasures.replayed"))
    assert noted.details == {"people": 2}


def test_a_restored_database_learns_the_traces_too_for_the_next_restore(world: World) -> None:
    told = {erasures.fingerprint("of a later day")}
    erasing.replay(world.session, told, now=world.now)
    assert erasures.read(erasures.lines(world.session)) == told
    assert erasures.unwritten(world.session, most=9) == {}


def test_what_is_no_line_says_nobody() -> None:
    good = f"2026-11-24T09:00:00+00:00 {'a' * 64}\n"
    assert erasures.read([good, "\n", "2026-11-24T09:00:00+00:00 aaa", "a" * 64, "# note"]) == {"a" * 64}


def test_traces_go_when_no_backup_needs_them(world: World) -> None:
    forgotten(world, 1)
    assert erasures.forget(world.session, now=world.now + erasures.KEPT) == 0
    assert erasures.forget(world.session, now=world.now + erasures.KEPT + A_DAY) == 1


# The file outside the database


@pytest.fixture
def runtime(flask_app: Flask, tmp_path: Path) -> Runtime:
    found: Runtime = flask_app.extensions["rdv"]
    return replace(found, settings=replace(found.settings, erased_log=str(tmp_path / "erased.log")))


def purged(database: Database, clock: Clock, count: int = 1) -> None:
    """People to whom nothing has happened for years go in the night."""
    with database.writing() as session:
        world = World(session, clock() - timedelta(days=1000))
        for _ in range(count):
            world.make_beneficiary()
    purging.purge(database, clock=clock)


def test_the_scheduler_writes_each_deletion_once_to_the_file(
    runtime: Runtime, database: Database, clock: Clock, tmp_path: Path
) -> None:
    path = tmp_path / "erased.log"
    assert night_acts.write_erasures(runtime) == 0
    purged(database, clock, 2)
    assert (night_acts.write_erasures(runtime), night_acts.write_erasures(runtime)) == (2, 0)
    with database.reading() as session:
        assert path.read_text().splitlines(keepends=True) == erasures.lines(session)
    assert path.stat().st_mode & 0o777 == 0o600


def line(mark: str, at: datetime) -> str:
    return erasures.line(Erasure(fingerprint=mark * 64, erased_at=at))


def test_half_a_line_costs_nobody_else_theirs(tmp_path: Path) -> None:
    path = tmp_path / "erased.log"
    path.write_text("2026-11-23T09:00:00+00:00 abc")
    erased_file.append(path, [line("b", NOW)], now=NOW)
    assert erased_file.read(path) == {"b" * 64}


def test_old_lines_leave_the_file_when_new_ones_come(tmp_path: Path) -> None:
    path = tmp_path / "erased.log"
    long_ago, lately = NOW - erasures.KEPT - A_DAY, NOW - A_DAY
    for at, mark in ((long_ago, "a"), (lately, "b"), (NOW, "c")):
        erased_file.append(path, [line(mark, at)], now=at)
    assert erased_file.read(path) == {"b" * 64, "c" * 64}


def test_without_a_file_nothing_is_written_and_nothing_is_lost(
    flask_app: Flask, database: Database, clock: Clock
) -> None:
    purged(database, clock)
    assert night_acts.write_erasures(flask_app.extensions["rdv"]) == 0
    with database.reading() as session:
        assert len(erasures.unwritten(session, most=9)) == 1
    assert erased_file.read(Path("/nowhere/erased.log")) == set()
