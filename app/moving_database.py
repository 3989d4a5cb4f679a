"""`rdv move-database --to URL`: everything into a database of the other engine, counted and compared; the old one stays as it is."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress, TaskID

from app import migrations
from app.clock import utc_now
from app.settings import Settings
from invitations.backups import bringing_back
from invitations.backups.manifest import BackupTrouble
from invitations.copying import moving

DONE, REFUSED = 0, 1


@dataclass(frozen=True, slots=True)
class Bar:
    """What is seen of it while it lasts."""

    progress: Progress
    task: TaskID

    def tell(self, rows: int) -> None:
        self.progress.advance(self.task, rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv move-database` takes."""
    parser.add_argument("--to", metavar="URL", required=True, help="an empty database: postgresql://… or sqlite:///…")


def run(settings: Settings, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Returns the exit status."""
    out = console or Console()
    try:
        check(settings.database_url, arguments.to)
        migrations.upgrade(arguments.to)
        compared = move(settings.database_url, arguments.to, out)
    except BackupTrouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return REFUSED
    out.print(f"{sum(compared.values())} rows in {len(compared)} tables, counted and compared: the same on both sides.")
    out.print("To do: set DATABASE_URL to the new one for every process, start them, `rdv doctor`, `rdv backup`.")
    out.print(
        "The old database is as it was. Nothing may start on it any more: put it away, and delete it once you are sure."
    )
    return DONE


def check(source: str, target: str) -> None:
    """Raises BackupTrouble."""
    if not target.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise BackupTrouble("--to must be sqlite:///path/to/file or postgresql://user:password@host/name.")
    state = migrations.state(source)
    if not state:
        raise BackupTrouble("No database answers at DATABASE_URL, or it lets nobody in.")
    if state != "current":
        raise BackupTrouble("The database is not at this release, or half restored: `rdv migrate` says.")
    bringing_back.check_nobody_is_there(source, now=utc_now())
    if migrations.state(target) == "ahead":
        raise BackupTrouble("The target is at a later release than this program.")


def move(source: str, target: str, out: Console) -> dict[str, int]:
    """Rows by table. Raises BackupTrouble, and the target is empty then."""
    with closing(moving.Move(source, target)) as prepared, Progress(console=out, transient=True) as progress:
        bar = Bar(progress, progress.add_task("copied and compared", total=2 * prepared.total()))
        return prepared.run(bar.tell)
