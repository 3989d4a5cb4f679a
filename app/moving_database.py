"""`rdv move-database --to URL`: everything into a database of the other engine, counted and compared.

Nobody can write to the old one meanwhile, nor afterwards: what would be booked there would be lost. `--undo` opens it again.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from app import migrations, starting
from app.clock import utc_now
from app.settings import Settings
from invitations.backups import bringing_back
from invitations.backups.manifest import BackupTrouble
from invitations.copying import leaving, moving

DONE, REFUSED = 0, 1
# What `migrations.state` says of a target that somebody uses, or has used.
WORKED_WITH = ("behind", "moved", "unfinished")


@dataclass(frozen=True, slots=True)
class Bar:
    """What is seen of it while it lasts."""

    progress: Progress
    task: TaskID

    def tell(self, rows: int) -> None:
        self.progress.advance(self.task, rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv move-database` takes."""
    either = parser.add_mutually_exclusive_group(required=True)
    either.add_argument("--to", metavar="URL", help="an empty database: postgresql://… or sqlite:///…")
    either.add_argument(
        "--undo", action="store_true", help="go on with the old database, which DATABASE_URL names: it was left"
    )


def run(settings: Settings, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Returns the exit status."""
    out = console or Console(soft_wrap=True)
    try:
        check_there(settings)
        if arguments.undo:
            undo(settings.database_url, out)
        elif not finish(settings.database_url, arguments.to, out):
            move(settings.database_url, arguments.to, out)
    except BackupTrouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return REFUSED
    return DONE


def check_there(settings: Settings) -> None:
    """Raises BackupTrouble: opened, SQLite would make the file."""
    if (state := migrations.state(settings.database_url)) in starting.NOTHING_THERE:
        raise BackupTrouble(starting.sentence(state, settings))


def undo(source: str, out: Console) -> None:
    """Raises BackupTrouble."""
    if not migrations.state(source) or not leaving.come_back(source):
        raise BackupTrouble("Nothing was moved out of the database of DATABASE_URL: there is nothing to undo.")
    out.print("The database of DATABASE_URL may be used again. What was done since on the new one is not in it.")


def finish(source: str, target: str, out: Console) -> bool:
    """A move that was killed once everything had been copied and the source left: the target may be used. False: there is none."""
    check_address(target)
    if migrations.state(source) != leaving.LEFT:
        return False
    with closing(moving.Move(source, target)) as begun:
        is_over = migrations.state(target) == leaving.ARRIVING and begun.finish(now=utc_now())
    if not is_over:
        raise BackupTrouble(
            "The database of DATABASE_URL was moved elsewhere already. To move it anew, `rdv move-database --undo` first."
        )
    out.print("The move that was cut short is over: everything had been counted and compared.")
    say_what_is_left(out)
    return True


def move(source: str, target: str, out: Console) -> None:
    """Raises BackupTrouble, and the target is empty then."""
    check(source, target)
    migrations.upgrade(target)
    now = utc_now()
    with closing(moving.Move(source, target)) as prepared, Progress(console=out, transient=True) as progress:
        bar = Bar(progress, progress.add_task("copied and compared", total=2 * prepared.total()))
        compared, is_closed = prepared.run(bar.tell, slot=now.strftime("%Y%m%dT%H%M%SZ"), now=now)
    out.print(f"{sum(compared.values())} rows in {len(compared)} tables, counted and compared: the same on both sides.")
    if not is_closed:
        out.print(
            "This role may not close the old database: stop whatever still runs on it, what it writes would be lost."
        )
    say_what_is_left(out)


def say_what_is_left(out: Console) -> None:
    out.print("To do: set DATABASE_URL to the new one for every process, start them, `rdv doctor`, `rdv backup`.")
    out.print(
        "Nothing starts on the old database any more, and nothing writes to it: delete it once you are sure. "
        "To stay with it after all: `rdv move-database --undo`."
    )


def check_address(target: str) -> None:
    """Raises BackupTrouble."""
    if not target.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise BackupTrouble("--to must be sqlite:///path/to/file or postgresql://user:password@host/name.")


def check(source: str, target: str) -> None:
    """Raises BackupTrouble."""
    state = migrations.state(source)
    if not state:
        raise BackupTrouble("No database answers at DATABASE_URL, or it lets nobody in.")
    if state != "current":
        raise BackupTrouble("The database is not at this release, or half restored: `rdv migrate` says.")
    bringing_back.check_nobody_is_there(source, now=utc_now())
    check_target(source, target)


def check_target(source: str, target: str) -> None:
    """Before it is brought to this release: it may be another installation's. Raises BackupTrouble."""
    state = migrations.state(target)
    if state == "ahead":
        raise BackupTrouble("The target is at a later release than this program.")
    if state in WORKED_WITH or is_same_file(source, target):
        raise BackupTrouble("The target is not empty: give an empty database.")


def is_same_file(source: str, target: str) -> bool:
    """SQLite would wait for itself; a server says that it is not empty."""
    one, other = (Path(migrations.database_of(url)).resolve() for url in (source, target))
    return source.startswith("sqlite") and target.startswith("sqlite") and one == other
