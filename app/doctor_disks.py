"""Part of `rdv doctor`: backups and what lies beside them, the file of deletions, room on the disks."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from app import backing_up
from app.doctor_trouble import Trouble
from app.runtime import Runtime
from invitations.backups import manifest, parts
from invitations.backups.manifest import BackupTrouble

# One a night, and half a day for whoever mends it.
OLDEST_BACKUP = timedelta(hours=36)
# The longest that a backup may outlive a deletion (docs/backups.md), and the night in which it goes.
LONGEST_KEPT = timedelta(days=32)
# Below this a list of 100,000 people, or a night's log, fills it.
LEAST_ROOM = 1024**3
# SQLite's log is written back within minutes; one of this size waits for a reader who never ends.
LARGEST_LOG = 1024**3


def check_backups(runtime: Runtime) -> str:
    if not runtime.settings.backup_folder:
        if runtime.settings.is_local:
            return "BACKUP_FOLDER is not set: nobody looks at backups"
        raise Trouble("BACKUP_FOLDER is not set: nobody knows whether there are backups.")
    folder = Path(runtime.settings.backup_folder)
    every = manifest.ours(folder, backing_up.is_of(runtime.settings))
    if not every:
        raise Trouble(f"there is no backup of this installation in {folder}: is its disk mounted? If so, `rdv backup`.")
    try:
        age = runtime.clock() - manifest.read(every[-1]).taken_at
    except BackupTrouble as trouble:
        raise Trouble(str(trouble)) from trouble
    if age > OLDEST_BACKUP:
        raise Trouble(f"the last backup is {age // timedelta(hours=1)} hours old: does rdv-backup.timer run?")
    if not _may_write(folder):
        raise Trouble(f"{folder} can't be written to: there will be no next one.")
    found = f"{len(every)}, the last one {age // timedelta(hours=1)} hours old"
    return "; ".join((found, *_beside(runtime, folder, every)))


def _beside(runtime: Runtime, folder: Path, ours: list[Path]) -> Iterator[str]:
    """Nothing to get up for, and to be known."""
    now = runtime.clock()
    old = [one for one in ours if now - manifest.read(one).taken_at > LONGEST_KEPT]
    if old:
        yield f"WARNING: {len(old)} are older than a month and hold people deleted since: `rdv backup --keep 30`"
    if left := parts.left(folder, now=now):
        yield f"{len(left)} files that a killed backup left go with the next one"
    if _is_same_disk(runtime, folder):
        yield "on the database's own disk: another one would outlive it"


def check_erased_log(runtime: Runtime) -> str:
    """It has to outlive the database: without it a restore brings back whoever was deleted since."""
    if not runtime.settings.erased_log:
        return "ERASED_LOG is not set: a restored backup would bring back whoever was deleted since"
    file = Path(runtime.settings.erased_log)
    if not _may_write(file.parent) or (file.exists() and not _may_write(file)):
        raise Trouble(
            f"ERASED_LOG can't be written: {file}. A restored backup would bring back whoever was deleted since."
        )
    same = "; on the database's own disk: another one would outlive it" if _is_same_disk(runtime, file.parent) else ""
    return f"can be written{same}"


def check_disk(runtime: Runtime) -> str:
    """Where the database lies, if here; where backups go; where files pass through."""
    free = {folder: shutil.disk_usage(folder).free for folder in folders(runtime) if folder.is_dir()}
    full = [f"{folder} has {room // 1024**2} MB left" for folder, room in free.items() if room < LEAST_ROOM]
    full += [f"{one} takes no more files" for one in free if _has_no_file_left(one)]
    if full:
        raise Trouble(f"{'; '.join(full)}.")
    if (size := _log_size(runtime)) > LARGEST_LOG:
        raise Trouble(
            f"the database's log has {size // 1024**2} MB: somebody reads and never ends; restart rdv-web, rdv-jobs."
        )
    put_aside = _replaced(runtime)
    aside = (
        f"; {put_aside} put aside by a restore, which holds people's data: delete it once you are sure"
        if put_aside
        else ""
    )
    return f"{min(free.values()) // 1024**3} GB left at least{aside}"


def folders(runtime: Runtime) -> list[Path]:
    file, log = _file(runtime), runtime.settings.erased_log
    named = (
        file.parent if file else None,
        runtime.settings.backup_folder,
        Path(log).parent if log else None,
        tempfile.gettempdir(),
    )
    return list(dict.fromkeys(Path(one) for one in named if one))


def _file(runtime: Runtime) -> Path | None:
    found = runtime.database.engine.url.database if runtime.database.is_sqlite else None
    return Path(found) if found else None


def _may_write(path: Path) -> bool:
    """False on a file system that an error has made read-only, too."""
    return os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0))


def _is_same_disk(runtime: Runtime, folder: Path) -> bool:
    file = _file(runtime)
    return file is not None and file.exists() and folder.exists() and file.stat().st_dev == folder.stat().st_dev


def _has_no_file_left(folder: Path) -> bool:
    """Out of inodes; file systems that count none say 0 of 0."""
    told = os.statvfs(folder)
    return bool(told.f_files) and not told.f_favail


def _log_size(runtime: Runtime) -> int:
    file = _file(runtime)
    log = file.with_name(f"{file.name}-wal") if file else None
    return log.stat().st_size if log and log.exists() else 0


def _replaced(runtime: Runtime) -> str:
    file = _file(runtime)
    found = sorted(file.parent.glob(f"{file.name}.replaced-*")) if file else []
    return ", ".join(one.name for one in found)
