"""The file of ERASED_LOG: a line for each deletion, so that a restored backup deletes again who was deleted after it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from invitations import erasures

# Read and written by whoever runs this alone.
_MODE = 0o600


def append(path: Path, lines: Sequence[str], *, now: datetime) -> None:
    """Write these at the end, on the disk before this returns; those too old to be of use go first. Raises OSError."""
    _drop_old(path, now)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _MODE), "a", encoding="ascii") as file:
        if file.tell() and not path.read_bytes().endswith(b"\n"):
            file.write("\n")  # half a line, which a crash left
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> set[str]:
    """The fingerprints it holds; nobody's when there is no such file yet."""
    return erasures.read(path.read_text("ascii", errors="replace").splitlines()) if path.exists() else set()


def _drop_old(path: Path, now: datetime) -> None:
    """Only when its first line is old: once in a while, and never half."""
    told = path.read_text("ascii", errors="replace").splitlines(keepends=True) if path.exists() else []
    if not told or erasures.lasting(told[:1], now=now):
        return
    aside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "w", encoding="ascii") as file:
        file.writelines(erasures.lasting(told, now=now))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
