"""Whether anything may start on a database: there, at this release, whole, and the one that is in use."""

from __future__ import annotations

import argparse
import sys

from app import migrations
from app.settings import Settings

BEHIND = "The database is not at this release: run `rdv migrate`."
AHEAD = "The database is at a later release than this program: install that one, or restore a backup of this one."
UNFINISHED = "A restore of this database was not finished: run `rdv restore FILE --replace` again."
MOVED = (
    "This database was moved to another one: set DATABASE_URL to that. What is written here would be lost "
    "(`rdv move-database --undo` goes on with this one)."
)
ARRIVING = (
    "A move into this database was cut short: with DATABASE_URL at the old one, run `rdv move-database --to …` again; "
    "it says whether this one may be used."
)
MISSING = "There is no database {where}: is its disk mounted? Only for a new installation: `rdv migrate --new`."
NEW = (
    "The database {where} has nothing in it: is it the right one, is its disk mounted? Only for a new installation: "
    "`rdv migrate --new`."
)
SENTENCES = {
    "behind": BEHIND,
    "ahead": AHEAD,
    "unfinished": UNFINISHED,
    "moved": MOVED,
    "arriving": ARRIVING,
    "missing": MISSING,
    "new": NEW,
}
# What `rdv migrate` brings to this release.
MIGRATED = ("behind", "current", "")
NOTHING_THERE = ("missing", "new")
DONE, FAILED = 0, 1


def hindrance(settings: Settings) -> str:
    """Why nothing may start, in a sentence; empty when it may, and when nobody can say: the database may be away for a while."""
    return sentence(migrations.state(settings.database_url), settings)


def may_start(settings: Settings) -> bool:
    """False, with a sentence, on a database that is not at this release, not there, half restored, or left."""
    return _is_clear(hindrance(settings))


def add_new(parser: argparse.ArgumentParser) -> None:
    """What `rdv migrate` takes."""
    parser.add_argument(
        "--new", action="store_true", help="a new installation: make its tables, and on SQLite its file"
    )


def migrate(settings: Settings, arguments: argparse.Namespace) -> int:
    """Bring the database to this release. Not one that is half restored, or lost: it would look new, and start."""
    state = migrations.state(settings.database_url)
    is_fine = state in MIGRATED or (arguments.new and state in NOTHING_THERE)
    if not is_fine and not _is_clear(sentence(state, settings)):
        return FAILED
    migrations.upgrade(settings.database_url)
    return DONE


def _is_clear(words: str) -> bool:
    sys.stderr.write(f"{words}\n" if words else "")
    return not words


def sentence(state: str, settings: Settings) -> str:
    """What is said of a state of `migrations.state`."""
    return SENTENCES.get(state, "").format(where=migrations.database_of(settings.database_url))
