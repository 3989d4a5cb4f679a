"""Putting a backup in place of a database, step by step: judged before, made ready out of sight, counted, put in place.

The steps belong to whoever restores (`app/restoring.py`), which does its own work between `bring_in` and `finish`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.exc import DatabaseError

from invitations.backups import counting
from invitations.backups.manifest import BackupTrouble, Manifest
from invitations.backups.postgresql_place import PostgresqlPlace
from invitations.backups.sqlite_place import SqlitePlace
from invitations.database import make_engine
from invitations.models import Beat

# A scheduler beats every 30 s.
ALIVE = timedelta(seconds=60)

Place = PostgresqlPlace | SqlitePlace


def place_of(url: str, *, now: datetime) -> Place:
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return SqlitePlace(url, stamp) if url.startswith("sqlite") else PostgresqlPlace(url, stamp)


def check_engine(place: Place, told: Manifest) -> None:
    """Raises BackupTrouble."""
    engine = "sqlite" if isinstance(place, SqlitePlace) else "postgresql"
    if engine != told.engine:
        raise BackupTrouble(
            f"The backup is of {told.engine} and DATABASE_URL leads to {engine}: restore it on {told.engine}, "
            "then `rdv move-database`."
        )


def check_nobody_is_there(url: str, *, now: datetime) -> None:
    """Raises BackupTrouble while a process has the database open, or a scheduler beat a moment ago."""
    place = place_of(url, now=now)
    at_work = place.at_work()
    if not at_work and not place.is_empty() and (beat := last_beat(url)) is not None and abs(now - beat) < ALIVE:
        at_work = f"a scheduler said {int(abs(now - beat).total_seconds())} s ago that it is alive"
    if at_work:
        raise BackupTrouble(
            f"Somebody is at work: {at_work}. Stop `rdv serve` and `rdv jobs run` everywhere; wait a minute."
        )


def last_beat(url: str) -> datetime | None:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(Beat.__tablename__):
                return None
            return connection.execute(select(Beat.at).order_by(Beat.at.desc()).limit(1)).scalar()
    except DatabaseError:  # damaged: it can't be asked, and is about to be replaced
        return None
    finally:
        engine.dispose()


def bring_in(place: Place, backup: Path, told: Manifest, *, pg_bin: str) -> None:
    """The backup's tables, out of sight, with the rows that its manifest counts. Raises BackupTrouble; nothing has changed then."""
    place.bring_in(backup, pg_bin)
    engine = make_engine(place.work_url)
    with engine.connect() as connection:
        found = counting.rows(connection)
    engine.dispose()
    if found != dict(told.rows):
        place.undo()
        wrong = sorted(name for name in found.keys() | told.rows.keys() if found.get(name) != told.rows.get(name))
        raise BackupTrouble(
            f"What came back is not what the manifest counts, in {', '.join(wrong[:5])}: nothing was replaced."
        )
