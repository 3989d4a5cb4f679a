"""What is in the way for a while, in a storm, and kills nobody: each is made, lasts, and ends before the function returns."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser import ROOT
from tests.faults.cluster import children
from tests.faults.hindrances import connections_held, flush_after

if TYPE_CHECKING:
    from tests.faults.storm import Storm

FULL = 4096  # bytes: one page of SQLite's
NO_LIMIT = resource.RLIM_INFINITY
SLOW_FLUSH_MS = 100


def file_held(storm: Storm, seconds: float) -> None:
    """Another program is SQLite's only writer."""
    file = str(storm.database.engine.url.database)
    subprocess.run([sys.executable, "-m", "tests.faults.holding", file, str(seconds)], check=True, cwd=ROOT)


def disk_full(storm: Storm, seconds: float) -> None:
    """No file may grow: neither the web's processes nor the scheduler write anything."""
    limit_files(storm, FULL)
    time.sleep(seconds)
    limit_files(storm, NO_LIMIT)


def limit_files(storm: Storm, most: int) -> None:
    assert storm.web is not None
    assert storm.scheduler is not None
    for pid in (storm.web.pid, *children(storm.web.pid), storm.scheduler.pid):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, NO_LIMIT))


def disk_slow(storm: Storm, seconds: float) -> None:
    """Each flush of PostgreSQL's log takes a tenth of a second."""
    flush_after(storm.database, SLOW_FLUSH_MS)
    time.sleep(seconds)
    flush_after(storm.database, 0)


def no_connection_left(storm: Storm, seconds: float) -> None:
    with connections_held(storm.database):
        time.sleep(seconds)


def provider_silent(storm: Storm, seconds: float) -> None:
    """It takes connections, says nothing, and later takes what it was asked: shorter than the patience we have with it."""
    assert storm.provider.process is not None
    os.kill(storm.provider.process.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(storm.provider.process.pid, signal.SIGCONT)


HINDRANCES: dict[str, Callable[[Storm, float], None]] = {
    "file held": file_held,
    "disk full": disk_full,
    "disk slow": disk_slow,
    "no connection left": no_connection_left,
    "provider silent": provider_silent,
}
