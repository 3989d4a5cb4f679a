"""What is written beside each backup: by it a file is judged before it takes a database's place. Nobody's data is in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

SUFFIX = ".json"
_PIECE = 1 << 20
_NAMED = "rdv-%Y%m%dT%H%M%SZ"
_ENDINGS = {"sqlite": ".db", "postgresql": ".dump"}


class BackupTrouble(Exception):
    """A backup can't be made, or can't be used; the message says why and what to do, in a sentence or two."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`taken_at`: the moment whose state it is. `rows` by table; `schema` the migration it is at; `size` in bytes.

    `terms`: by setting, what the provider knows our texts by (of the key a keyed hash).
    """

    engine: str
    schema: str
    taken_at: datetime
    rows: Mapping[str, int]
    size: int
    sha256: str
    server: str = ""  # PostgreSQL's version
    terms: Mapping[str, str] = field(default_factory=dict)

    def write(self, backup: Path, *, aside: Path) -> None:
        """Beside its backup, whole or not at all; `aside` is where it is written first."""
        path, words = beside(backup), asdict(self) | {"taken_at": self.taken_at.isoformat(timespec="seconds")}
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(words, indent=1, sort_keys=True) + "\n")
        aside.replace(path)

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    def differs(self, terms: Mapping[str, str]) -> list[str]:
        """Which settings are others than when it was taken."""
        return sorted(name for name, value in self.terms.items() if terms.get(name) != value)


def read(backup: Path) -> Manifest:
    """Raises BackupTrouble."""
    if not backup.is_file():
        raise BackupTrouble(f"There is no file {backup}.")
    path = beside(backup)
    try:
        words = json.loads(path.read_text())
        return Manifest(**words | {"taken_at": datetime.fromisoformat(words["taken_at"])})
    except FileNotFoundError as missing:
        raise BackupTrouble(
            f"{path.name} is missing beside {backup.name}: without it nobody can say what it holds."
        ) from missing
    except (ValueError, TypeError, KeyError) as unreadable:
        raise BackupTrouble(f"{path.name} is no manifest of a backup.") from unreadable


def beside(backup: Path) -> Path:
    return backup.with_name(backup.name + SUFFIX)


def name_at(moment: datetime, engine: str) -> str:
    """Names sort by time."""
    return moment.astimezone(UTC).strftime(_NAMED) + _ENDINGS[engine]


def every(folder: Path) -> list[Path]:
    """The whole backups of a folder, the oldest first: what has a manifest."""
    found = [one for ending in _ENDINGS.values() for one in folder.glob(f"rdv-*{ending}") if beside(one).is_file()]
    return sorted(found, key=lambda one: one.name)


def ours(folder: Path, is_ours: Callable[[Manifest], bool]) -> list[Path]:
    """Those of one installation, the oldest first: several may write into one folder. One that says nothing is nobody's."""
    return [one for one in every(folder) if (told := _told(one)) is not None and is_ours(told)]


def _told(backup: Path) -> Manifest | None:
    try:
        return read(backup)
    except BackupTrouble:
        return None


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
