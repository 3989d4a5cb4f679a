"""Part of `rdv doctor`: what the machine and its surroundings must offer. Backups, room on the disks, the clock, the account provider."""

from __future__ import annotations

import ctypes
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from app.runtime import Runtime
from invitations.backups import manifest
from invitations.backups.manifest import BackupTrouble
from notifications.single_sign_on import Provider, SignOnFailed

# One a night, and half a day for whoever mends it.
OLDEST_BACKUP = timedelta(hours=36)
# Below this a list of 100,000 people, or a night's log, fills it.
LEAST_ROOM = 1024**3
# What adjtimex(2) answers while nothing keeps the clock right.
_UNKEPT = 5
_LARGEST_TIMEX = 512


class Trouble(Exception):
    """What is wrong, in a sentence."""


def check_backups(runtime: Runtime) -> str:
    if not runtime.settings.backup_folder:
        if runtime.settings.is_local:
            return "BACKUP_FOLDER is not set: nobody looks at backups"
        raise Trouble("BACKUP_FOLDER is not set: nobody knows whether there are backups.")
    every = manifest.every(Path(runtime.settings.backup_folder))
    if not every:
        raise Trouble(f"there is no backup in {runtime.settings.backup_folder}: `rdv backup`.")
    try:
        age = runtime.clock() - manifest.read(every[-1]).taken_at
    except BackupTrouble as trouble:
        raise Trouble(str(trouble)) from trouble
    if age > OLDEST_BACKUP:
        raise Trouble(f"the last backup is {age // timedelta(hours=1)} hours old: does rdv-backup.timer run?")
    return f"{len(every)}, the last one {age // timedelta(hours=1)} hours old"


def check_disk(runtime: Runtime) -> str:
    """Where the database lies, if here; where backups go; where files pass through."""
    free = {folder: shutil.disk_usage(folder).free for folder in folders(runtime) if folder.is_dir()}
    full = [f"{folder} has {room // 1024**2} MB left" for folder, room in free.items() if room < LEAST_ROOM]
    if full:
        raise Trouble(f"{'; '.join(full)}.")
    return f"{min(free.values()) // 1024**3} GB left at least"


def folders(runtime: Runtime) -> list[Path]:
    file = runtime.database.engine.url.database if runtime.database.is_sqlite else None
    named = (Path(file).parent if file else None, runtime.settings.backup_folder, tempfile.gettempdir())
    return list(dict.fromkeys(Path(one) for one in named if one))


def check_time(runtime: Runtime) -> str:
    """Whether the system keeps the clock right (NTP, chrony, systemd-timesyncd): the kernel knows. Elsewhere than on Linux, nobody."""
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_LARGEST_TIMEX))
    except (OSError, AttributeError):
        return "not known on this system"
    if answer == _UNKEPT and runtime.settings.is_local:
        return "nothing keeps it right: an installation that others open must"
    if answer == _UNKEPT:
        raise Trouble("nothing keeps this machine's clock right: install chrony or systemd-timesyncd.")
    return "kept right" if answer >= 0 else "not known on this system"


def check_sign_on(runtime: Runtime) -> str:
    """What the provider publishes about itself is read, and its keys; nobody signs in."""
    settings = runtime.settings
    if not settings.oidc_issuer:
        return "not set: passwords alone"
    try:
        Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, "").check()
    except SignOnFailed as failed:
        raise Trouble(f"the provider of OIDC_ISSUER does not answer as it should ({failed}).") from failed
    return "the provider answers, and shows its keys"
