"""`rdv backup [--to FOLDER] [--keep N]` takes a backup while everybody works; `--check FILE` reads one to its end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.clock import utc_now
from app.settings import Settings
from invitations.backups import checking, manifest, taking
from invitations.backups.manifest import BackupTrouble
from invitations.codes import Codes

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv backup` takes."""
    parser.add_argument("--to", metavar="FOLDER", type=Path, help="where to; BACKUP_FOLDER without it")
    parser.add_argument("--keep", metavar="N", type=at_least_one, help="then delete all but the last N in that folder")
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
    folder = arguments.to or (Path(settings.backup_folder) if settings.backup_folder else None)
    if folder is None:
        raise BackupTrouble("Where to? Say --to FOLDER, or set BACKUP_FOLDER: best on another disk or another machine.")
    path = taking.take(settings.database_url, folder, pg_bin=settings.pg_bin, terms=terms_of(settings), clock=clock)
    tell(path, "written", manifest.read(path))
    if arguments.keep:
        gone = taking.drop_old(folder, keep=arguments.keep)
        sys.stdout.write(f"{len(gone)} older ones deleted, {arguments.keep} kept at most.\n")


def terms_of(settings: Settings) -> dict[str, str]:
    """What our texts are known by at the provider: their link's address, the key it is derived from, and their sender."""
    return {
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEY": Codes(settings.secret_key).hide("backup", "made with"),
        "TWILIO_FROM": settings.twilio_from,
        "TWILIO_MESSAGING_SERVICE_SID": settings.twilio_messaging_service_sid,
    }


def tell(path: Path, word: str, told: manifest.Manifest) -> None:
    sys.stdout.write(
        f"{path}: {word}; {told.total} rows in {len(told.rows)} tables, {told.size / 1e6:.1f} MB, "
        f"of {told.taken_at.isoformat(timespec='seconds')}, at migration {told.schema}.\n"
    )
