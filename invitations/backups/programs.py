"""PostgreSQL's own programs, `pg_dump` and `pg_restore`: found, of a version that will do, and run with a password nobody sees."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

from invitations.backups.manifest import BackupTrouble

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def find(name: str, folder: str, *, server: int) -> str:
    """The program's path, in `folder` (PG_BIN) when it is given. `server`: the major version it has to understand.

    Raises BackupTrouble.
    """
    path = shutil.which(name, path=folder or None)
    if path is None:
        where = f"PG_BIN ({folder})" if folder else "PATH"
        raise BackupTrouble(
            f"{name} is not in {where}: install PostgreSQL's client of version {server} or newer, or say its folder in PG_BIN."
        )
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    known = _VERSION.search(said)
    if known is None or int(known[1]) < server:
        raise BackupTrouble(
            f"{path} is of version {known[1] if known else 'unknown'} and can't read what PostgreSQL {server} holds: "
            f"install version {server} or newer, or say its folder in PG_BIN."
        )
    return path


def run(words: Sequence[str], url: str) -> None:
    """Run one of them on the database of `url`. Raises BackupTrouble with its last words."""
    with _password(url) as passfile:
        where = [*words, "--no-password", "--dbname", address(url, passfile)]
        done = subprocess.run(where, capture_output=True, text=True, check=False)
    if done.returncode:
        last = " ".join(done.stderr.strip().splitlines()[-3:])
        raise BackupTrouble(f"{Path(words[0]).name} stopped: {last}")


def address(url: str, passfile: str) -> str:
    """Where the database is, as PostgreSQL's programs have it. The password is in a file: arguments are seen by everybody."""
    told = make_url(url)
    parts: dict[str, Any] = {
        "host": told.host,
        "port": told.port,
        "user": told.username,
        "dbname": told.database,
        "passfile": passfile,
    }
    return make_conninfo(**{name: value for name, value in (parts | dict(told.query)).items() if value})


@contextmanager
def _password(url: str) -> Iterator[str]:
    """A password file of PostgreSQL's, which nobody else reads; empty when the address has no password."""
    password = make_url(url).password
    if not password:
        yield ""
        return
    with tempfile.NamedTemporaryFile("w", prefix="rdv-pgpass-") as file:  # mode 600
        escaped = str(password).replace("\\", "\\\\").replace(":", "\\:")
        file.write(f"*:*:*:*:{escaped}\n")
        file.flush()
        yield file.name
