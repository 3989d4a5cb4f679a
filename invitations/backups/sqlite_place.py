"""Where a backup goes on SQLite: into a file aside, which takes the database's place at the very end, in one rename."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DatabaseError

from invitations.backups import counting, taking
from invitations.backups.manifest import BackupTrouble

# What SQLite keeps beside a database.
_LOGS = ("-wal", "-shm", "-journal")
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class SqlitePlace:
    """`stamp` names what is put aside. `work_url`: where the backup is made ready, before anybody sees it."""

    url: str
    stamp: str

    @property
    def path(self) -> Path:
        return Path(make_url(self.url).database or "")

    @property
    def aside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.restoring")

    @property
    def replaced(self) -> Path:
        return self.path.with_name(f"{self.path.name}.replaced-{self.stamp}")

    @property
    def work_url(self) -> str:
        return taking.address(self.aside)

    def is_empty(self) -> bool:
        if not self.path.exists() or not self.path.stat().st_size:
            return True
        try:
            with taking.plainly(self.url) as connection:
                return not counting.rows(connection)
        except DatabaseError:  # damaged, or somebody's: there is something, whatever it is
            return False

    def at_work(self) -> str:
        """Who has the database open, in words; empty when nobody has, and of a damaged one, which nobody can ask. Only one who
        is alone may turn its log off."""
        if self.is_empty():
            return ""
        with closing(sqlite3.connect(self.path, timeout=1, isolation_level=None)) as alone:
            try:
                (mode,) = alone.execute("PRAGMA journal_mode=DELETE").fetchone()
            except sqlite3.DatabaseError as error:
                mode = "delete" if error.sqlite_errorcode & 0xFF in _DAMAGED else "locked"
        return "" if mode == "delete" else f"a process has {self.path.name} open, or this user may not write it"

    def bring_in(self, backup: Path, pg_bin: str) -> None:  # noqa: ARG002  (PostgreSQL's needs it)
        """A copy of the backup, aside. Raises BackupTrouble."""
        try:
            self.drop_aside()
            self.aside.touch(mode=0o600)
            shutil.copyfile(backup, self.aside)
        except OSError as refused:
            self.drop_aside()
            raise BackupTrouble(
                f"{self.aside} can't be written: {refused.strerror}. Nothing was replaced."
            ) from refused

    def finish(self) -> str:
        """It takes the database's place. Returns where the old one is; empty when there was none. Raises BackupTrouble."""
        with closing(sqlite3.connect(self.aside, timeout=5, isolation_level=None)) as alone:
            alone.execute("PRAGMA journal_mode=DELETE")
        taking.flush(self.aside)
        if at_work := self.at_work():  # somebody came meanwhile: a file is not taken from under them
            raise BackupTrouble(f"Meanwhile {at_work}: nothing was replaced. Stop everything and begin again.")
        kept = self._put_aside()
        self.aside.replace(self.path)
        taking.flush(self.path.parent)
        return " and ".join(str(one) for one in kept)

    def _put_aside(self) -> list[Path]:
        """What is there gets another name, the database without a moment at which there is none. Its log goes with it, if it
        left one: SQLite would write that into the new file (https://www.sqlite.org/howtocorrupt.html, 1.4)."""
        kept = [self.replaced] if self.path.exists() else []
        for ending in _LOGS:
            log = self.path.with_name(self.path.name + ending)
            if log.exists():
                kept.append(log.replace(self.replaced.with_name(self.replaced.name + ending)))
        if self.path.exists():
            try:
                os.link(self.path, self.replaced)
            except OSError:  # a file system without links
                self.path.replace(self.replaced)
        return kept

    def undo(self) -> None:
        """Nothing has been touched but the copy."""
        self.drop_aside()

    def drop_aside(self) -> None:
        for ending in ("", *_LOGS):
            self.aside.with_name(self.aside.name + ending).unlink(missing_ok=True)

    def check_server(self, pg_bin: str) -> None:
        """SQLite needs no program."""
