"""Alembic migrations, and the two questions asked of them at start: is the database current, and bring it there.

`upgrade` may be called by several processes at once: one works, the others wait and find nothing left to do.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from invitations import numbering
from invitations.backups import afterwards, counting, postgresql_place
from invitations.copying import leaving
from invitations.database import make_engine

FOLDER = Path(__file__).resolve().parent

# Any number will do, as long as every process takes the same one ("rdv" in ASCII).
ADVISORY_LOCK = 0x726476


def upgrade(database_url: str) -> None:
    """Bring the database to the last migration, in one transaction: all of it or nothing."""
    engine = make_engine(database_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _let_tables_be_copied)
    try:
        with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            _take_turn(connection)
            if _version(connection) != head():
                config = configuration()
                config.attributes["connection"] = connection
                before = numbering.counted(connection)
                command.upgrade(config, "head")
                numbering.never_again(connection, before)
                _check_references(connection)
    finally:
        engine.dispose()


def is_current(database_url: str) -> bool:
    """True when the last migration has been applied. Changes nothing; raises what the driver raises when out of reach."""
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            return _version(connection) == head()
    finally:
        engine.dispose()


def state(database_url: str) -> str:
    """Is it "current", "behind" or "ahead" of this release, "unfinished" (a restore), "moved" elsewhere, "arriving" (a move into
    it was cut short), "new" (nothing in it) or "missing" (no file)? "" when the database can't be asked. Makes no file."""
    if not exists(database_url):
        return "missing"
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            version = counting.schema(connection)
            if not version:
                return _unversioned(connection)
            return leaving.state(connection) or _release(connection, version)
    except SQLAlchemyError:
        return ""
    finally:
        engine.dispose()


def exists(database_url: str) -> bool:
    """False of an SQLite file that is not there, or has nothing in it; a server has to be asked."""
    file = Path(database_of(database_url))
    return not database_url.startswith("sqlite") or (file.is_file() and file.stat().st_size > 0)


def database_of(database_url: str) -> str:
    """The file, or what the server calls it."""
    return make_url(database_url).database or ""


def _release(connection: Connection, version: str) -> str:
    if version != head():
        return "behind" if knows(version) else "ahead"
    return "unfinished" if afterwards.is_unfinished(connection) else "current"


def _unversioned(connection: Connection) -> str:
    """Tables without any table of the version were made from the models, by a test. A restore on PostgreSQL that is cut short
    leaves an empty database and a schema aside, or tables whose version is not said yet."""
    is_made = inspect(connection).has_table("departments")
    if is_made and not inspect(connection).has_table(counting.VERSION):
        return leaving.state(connection) or "current"
    return "unfinished" if is_made or postgresql_place.put_aside(connection) else "new"


def knows(version: str) -> bool:
    """True when this release can bring a database of that version forward."""
    return version in {one.revision for one in ScriptDirectory.from_config(configuration()).walk_revisions()}


@cache
def head() -> str | None:
    """The identifier of the last migration in this release."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _let_tables_be_copied(connection: Any, _record: Any) -> None:
    """SQLite alters a table by copying and dropping it, which references to it forbid while they are enforced.

    The pragma does nothing inside a transaction (https://www.sqlite.org/lang_altertable.html, section 7).
    """
    connection.execute("PRAGMA foreign_keys=OFF")


def _check_references(connection: Connection) -> None:
    """Nothing that was copied points to what is no longer there; raises, and so rolls back, otherwise."""
    if connection.dialect.name == "sqlite":
        lost = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        if lost:
            raise RuntimeError(f"the migration broke {len(lost)} references, the first in {lost[0][0]}")


def _take_turn(connection: Connection) -> None:
    """SQLite's IMMEDIATE transaction is the turn already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def configuration() -> Config:
    """What alembic needs to find these files; a connection may be put into `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
