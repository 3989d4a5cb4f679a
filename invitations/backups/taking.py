"""Taking a backup while everybody works: one moment of the database in one file, checked before it gets its name.

SQLite copies itself (its online backup holds a reading of one moment, writers go on); PostgreSQL's `pg_dump` reads from the
same snapshot as the count of rows. Written aside and renamed: a file with a manifest is whole.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from invitations.backups import counting, manifest, parts, programs
from invitations.backups.manifest import BackupTrouble, Manifest
from invitations.database import make_engine

# Nobody but who runs this reads it: it holds everything.
_MODE = 0o600
_NEXT = timedelta(seconds=1)  # names are of whole seconds
NONE: Mapping[str, str] = {}


def take(
    url: str, folder: Path, *, pg_bin: str = "", terms: Mapping[str, str] = NONE, clock: Callable[[], datetime]
) -> Path:
    """A new backup of the database of `url` in `folder`; its path. Raises BackupTrouble, and nothing is left then.

    `terms` are kept in its manifest.
    """
    check_there(folder)
    path = claim(folder, clock(), "sqlite" if url.startswith("sqlite") else "postgresql")
    aside = parts.beside(path)
    try:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE))
        made = (
            from_sqlite(url, aside, clock) if url.startswith("sqlite") else from_postgresql(url, aside, pg_bin, clock)
        )
        flush(aside)
        # First: a backup without a manifest is not counted, a manifest without a backup is refused.
        replace(made, terms=terms).write(path, aside=parts.beside(manifest.beside(path)))
        aside.replace(path)
        flush(folder)
    except OSError as full:
        raise BackupTrouble(f"{folder} can't be written to: {full.strerror}.") from full
    finally:
        parts.drop(aside, path)
    return path


def claim(folder: Path, moment: datetime, engine: str) -> Path:
    """A name that nobody has, held by its manifest, empty as yet: two installations may begin in the same second."""
    while True:
        path = folder / manifest.name_at(moment, engine)
        moment += _NEXT
        try:
            os.close(os.open(manifest.beside(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE))
        except FileExistsError:
            continue
        except OSError as refused:
            raise BackupTrouble(f"{folder} can't be written to: {refused.strerror}.") from refused
        return path


def check_there(folder: Path) -> None:
    """It is never made: below the disk that is not mounted it would be a folder of another one. Raises BackupTrouble."""
    try:
        is_there = folder.is_dir()
    except OSError as refused:
        raise BackupTrouble(f"{folder} can't be looked at: {refused.strerror}.") from refused
    if not is_there:
        raise BackupTrouble(
            f"There is no folder {folder}: is its disk mounted? For the first backup: `mkdir -m 700 {folder}`."
        )


def from_sqlite(url: str, aside: Path, clock: Callable[[], datetime]) -> Manifest:
    source = Path(make_url(url).database or "")
    if not source.is_file():
        raise BackupTrouble(f"There is no database {source}.")
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(aside)) as other:
        taken_at = clock()
        try:
            one.backup(other)
            other.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            (word,) = other.execute("PRAGMA quick_check").fetchone()
        except sqlite3.Error as error:
            raise BackupTrouble(f"The database could not be copied: {error}.") from error
    if word != "ok":
        raise BackupTrouble("The database is damaged: PRAGMA quick_check does not say ok. See docs/backups.md.")
    return describe(address(aside), aside, taken_at)


def address(database: Path | str, **query: str) -> str:
    """Of an SQLite file, whatever its name has in it."""
    return URL.create("sqlite", database=str(database), query=query).render_as_string()


def describe(url: str, path: Path, taken_at: datetime) -> Manifest:
    """The manifest of an SQLite file."""
    with plainly(url) as connection:
        rows, schema = counting.rows(connection), counting.schema(connection)
    return Manifest("sqlite", schema, taken_at, rows, path.stat().st_size, manifest.fingerprint(path))


@contextmanager
def plainly(url: str) -> Iterator[Connection]:
    """A connection to an SQLite file that leaves no log beside it."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        yield connection


def from_postgresql(url: str, aside: Path, pg_bin: str, clock: Callable[[], datetime]) -> Manifest:
    """Rows are counted in the snapshot that `pg_dump` reads: of the same moment, whoever writes meanwhile."""
    engine = make_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            check_schema(connection)
            version = connection.execute(text("SHOW server_version_num")).scalar_one()
            program = programs.find("pg_dump", pg_bin, server=int(version) // 10_000)
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            taken_at = clock()
            words = [program, "--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--schema=public"]
            programs.run([*words, "--snapshot", snapshot, "--file", str(aside)], url)
            rows, schema = counting.rows(connection), counting.schema(connection)
    finally:
        engine.dispose()
    size, sha256 = aside.stat().st_size, manifest.fingerprint(aside)
    return Manifest("postgresql", schema, taken_at, rows, size, sha256, server=version)


def check_schema(connection: Connection) -> None:
    """What is counted is what `pg_dump` takes. Raises BackupTrouble."""
    schema = connection.execute(text("SELECT current_schema()")).scalar()
    if schema != "public":
        raise BackupTrouble(
            f"The tables lie in the schema {schema}, and a backup takes public: PostgreSQL prefers a schema of the role's own "
            "name, or what its search_path says. Move them there (`ALTER TABLE … SET SCHEMA public`), and "
            "`ALTER ROLE … SET search_path = public`."
        )


def flush(path: Path) -> None:
    """On the disk before this returns."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def drop_old(folder: Path, *, keep: int, is_ours: Callable[[Manifest], bool]) -> list[Path]:
    """Delete all but the last `keep` backups of this installation; those that went."""
    gone = manifest.ours(folder, is_ours)[: -keep or None]
    for one in gone:
        one.unlink()
        manifest.beside(one).unlink(missing_ok=True)
    return gone
