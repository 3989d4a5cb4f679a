"""Whether a backup is what its manifest says: opened and read to its end, before anybody relies on it."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from invitations.backups import manifest, programs, taking
from invitations.backups.manifest import BackupTrouble, Manifest


def check(backup: Path, *, pg_bin: str = "") -> Manifest:
    """Read all of it. Raises BackupTrouble with what is wrong."""
    told = manifest.read(backup)
    if manifest.fingerprint(backup) != told.sha256:
        raise BackupTrouble(
            f"{backup.name} is not the file that was written: its SHA-256 is another. Take another backup."
        )
    if told.engine == "sqlite":
        check_sqlite(backup, told)
    else:
        check_postgresql(backup, told, pg_bin)
    return told


def check_sqlite(backup: Path, told: Manifest) -> None:
    address = backup.resolve().as_uri()
    with closing(sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)) as opened:
        (word,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
        lost = opened.execute("PRAGMA foreign_key_check").fetchone()
    if word != "ok" or lost:
        raise BackupTrouble(
            f"{backup.name} is damaged: {word if word != 'ok' else 'a row refers to one that is gone'}."
        )
    looking = taking.address(address, mode="ro", immutable="1", uri="true")
    if taking.describe(looking, backup, told.taken_at).rows != told.rows:
        raise BackupTrouble(f"{backup.name} does not hold the rows that its manifest counts.")


def check_postgresql(backup: Path, told: Manifest, pg_bin: str) -> None:
    """`pg_restore` reads every row of it and writes them nowhere; they are counted once they are in a database."""
    program = programs.find("pg_restore", pg_bin, server=int(told.server) // 10_000)
    words = [program, "--file", "/dev/null", str(backup)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        raise BackupTrouble(f"{backup.name} is damaged: pg_restore can't read it to its end.")
