"""`rdv backup [--to FOLDER] [--keep N]` takes a backup while everybody works; `--check FILE` reads one to its end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app import migrations, starting
from app.clock import utc_now
from app.settings import Settings
from invitations.backups import checking, manifest, parts, taking
from invitations.backups.manifest import BackupTrouble, Manifest
from invitations.codes import Codes

DONE, REFUSED = 0, 1
# Moved elsewhere or not yet here, half restored, or lost with its disk.
NOT_WORKED_WITH = ("moved", "arriving", "unfinished", *starting.NOTHING_THERE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv backup` takes."""
    parser.add_argument("--to", metavar="FOLDER", type=Path, help="where to; BACKUP_FOLDER without it")
    parser.add_argument(
        "--keep", metavar="N", type=at_least_one, help="then delete all but the last N of this installation"
    )
    parser.add_argument("--check", metavar="FILE", type=Path, help="take none; open this one and read it to its end")


def at_least_one(words: str) -> int:
    if not words.isdecimal() or int(words) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return int(words)


def run(settings: Settings, arguments: argparse.Namespace, *, clock: Callable[[], datetime] = utc_now) -> int:
    """Take one, or look at one. Returns the exit status; says on stdout where it is, on stderr what is wrong."""
    try:
        if arguments.check is not None:
            tell(arguments.check, "whole", checking.check(arguments.check, pg_bin=settings.pg_bin))
        else:
            take(settings, arguments, clock)
    except BackupTrouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return REFUSED
    return DONE


def take(settings: Settings, arguments: argparse.Namespace, clock: Callable[[], datetime]) -> None:
    state = migrations.state(settings.database_url)
    if state in NOT_WORKED_WITH:  # every night, of what nobody works with: `--keep` would delete those of the other one
        raise BackupTrouble(starting.sentence(state, settings))
    folder = arguments.to or Path(settings.backup_folder)
    if not (arguments.to or settings.backup_folder):
        raise BackupTrouble("Where to? Say --to FOLDER, or set BACKUP_FOLDER: best on another disk or another machine.")
    if swept := parts.sweep(folder, now=clock()):
        sys.stdout.write(f"{swept} files deleted that a backup which was killed had left.\n")
    is_first = not manifest.ours(folder, is_of(settings))
    path = taking.take(settings.database_url, folder, pg_bin=settings.pg_bin, terms=terms_of(settings), clock=clock)
    tell(path, "written", manifest.read(path))
    if is_first:
        sys.stdout.write(
            f"The first of this installation in {folder}: if others were there, its disk is not mounted.\n"
        )
    if arguments.keep:
        drop_old(settings, folder, arguments.keep)


def drop_old(settings: Settings, folder: Path, keep: int) -> None:
    gone = taking.drop_old(folder, keep=keep, is_ours=is_of(settings))
    others = len(manifest.every(folder)) - len(manifest.ours(folder, is_of(settings)))
    left = f" {others} of another PUBLIC_URL or SECRET_KEY are left alone." if others else ""
    sys.stdout.write(f"{len(gone)} older ones deleted, {keep} kept at most.{left}\n")


def is_of(settings: Settings) -> Callable[[Manifest], bool]:
    """Whether a backup is of this installation: its address, and a key it has or had. A copy that is tried elsewhere has another
    address, and another installation another key."""
    known = _marks(settings)
    return lambda told: told.terms.get("PUBLIC_URL") == settings.public_url and told.terms.get("SECRET_KEY") in known


def _marks(settings: Settings) -> list[str]:
    """By which the keys are known that it has and had, the one in force first."""
    return Codes(settings.secret_key, settings.previous_secret_keys).every_hidden("backup", "made with")


def terms_of(settings: Settings) -> dict[str, str]:
    """What our texts are known by at the provider: their link's address, the key it is derived from, and their sender."""
    return {
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEY": _marks(settings)[0],
        "TWILIO_FROM": settings.twilio_from,
        "TWILIO_MESSAGING_SERVICE_SID": settings.twilio_messaging_service_sid,
    }


def tell(path: Path, word: str, told: Manifest) -> None:
    sys.stdout.write(
        f"{path}: {word}; {told.total} rows in {len(told.rows)} tables, {told.size / 1e6:.1f} MB, "
        f"of {told.taken_at.isoformat(timespec='seconds')}, at migration {told.schema}.\n"
    )
