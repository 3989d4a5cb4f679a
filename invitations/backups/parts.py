"""What a backup is written into before it is whole, and what one that was killed leaves: named after who writes it.

Several installations, and several machines, may share a folder: nothing is taken from under somebody who still writes.
"""

from __future__ import annotations

import os
import platform
import re
from datetime import datetime, timedelta
from pathlib import Path

from invitations.backups import manifest

ENDING = ".part"
# Of somebody whom nobody here can ask after, on another machine or in another container. What is being written is younger.
ABANDONED = timedelta(days=1)
_NAMED = re.compile(r"rdv-\d{8}T\d{6}Z\.(?:db|dump)(?:\.json)?\.(?:(?P<place>.+)-(?P<pid>\d+)\.)?part(?:-journal)?")
# Processes are numbered anew in each container, under a host's name that several of them may bear.
_NUMBERING = Path("/proc/self/ns/pid")


def beside(path: Path) -> Path:
    """Where this process writes what will be `path`."""
    return path.with_name(f"{path.name}.{_place()}-{os.getpid()}{ENDING}")


def drop(aside: Path, path: Path) -> None:
    """The end, good or bad: no part is left, and no manifest of a backup that there is not."""
    for one in (aside, aside.with_name(f"{aside.name}-journal"), beside(manifest.beside(path))):
        one.unlink(missing_ok=True)
    if not path.exists():
        manifest.beside(path).unlink(missing_ok=True)


def left(folder: Path, *, now: datetime) -> list[Path]:
    """What backups that were killed have left: their process is dead, or nobody has written for a day."""
    unfinished = [one for one in folder.glob("rdv-*") if _NAMED.fullmatch(one.name) or _says_nothing(one)]
    return sorted(one for one in unfinished if _is_left(one, now))


def sweep(folder: Path, *, now: datetime) -> int:
    """Delete it; how many files went."""
    found = left(folder, now=now)
    for one in found:
        one.unlink(missing_ok=True)
    return len(found)


def _says_nothing(path: Path) -> bool:
    """A manifest whose backup never got its name."""
    return path.name.endswith(manifest.SUFFIX) and not path.with_name(path.name.removesuffix(manifest.SUFFIX)).exists()


def _is_left(path: Path, now: datetime) -> bool:
    named = _NAMED.fullmatch(path.name)
    try:
        is_old = path.stat().st_mtime < (now - ABANDONED).timestamp()
    except FileNotFoundError:  # another one swept it
        return False
    return is_old or (named is not None and named["place"] == _place() and not _lives(int(named["pid"])))


def _place() -> str:
    numbering = str(_NUMBERING.readlink()) if _NUMBERING.is_symlink() else ""
    return re.sub(r"[^\w-]+", "-", f"{platform.node()}-{numbering}").strip("-")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
