"""What is in the way for a while, in a storm, and kills nobody: each is made, lasts, and ends before the function returns."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from invitations.database import Database
from tests.browser import ROOT, Installation
from tests.faults.cluster import Cluster, children
from tests.faults.hindrances import connections_held, flush_after
from tests.faults.other_clock import set_clock
from tests.faults.slow_flush import flushes_slowed

if TYPE_CHECKING:
    from tests.faults.storm import Storm

FULL = 4096  # bytes: one page of SQLite's
STOPS_WITHIN = 30  # seconds
NO_LIMIT = resource.RLIM_INFINITY
SLOW_FLUSH_MS = 100
AHEAD = 3.0  # hours
LIVING_BY_A_FILE = Path(__file__).parent / "living_by_a_file"


def clock_in(file: Path) -> Path:
    """The file, and in it the right time."""
    set_clock(file, hours=0)
    return file


def living_by(file: Path | None, installation: Installation) -> Installation:
    """The same; every process that is started from it, and those that such a process starts, live by the file."""
    if file is None:
        return installation
    more = {"PYTHONPATH": f"{LIVING_BY_A_FILE}{os.pathsep}{ROOT}", "FAULTS_CLOCK": str(file)}
    return replace(installation, more=installation.more | more)


def file_held(storm: Storm, seconds: float) -> None:
    """Another program is SQLite's only writer."""
    file = str(storm.database.engine.url.database)
    subprocess.run([sys.executable, "-m", "tests.faults.holding", file, str(seconds)], check=True, cwd=ROOT)


def disk_full(storm: Storm, seconds: float) -> None:
    """PostgreSQL's disk has no byte left: it refuses, then stops. With SQLite no file may grow, of none of our processes."""
    if storm.cluster is not None:
        full_below(storm, storm.cluster, seconds)
        return
    limit_files(storm, FULL)
    time.sleep(seconds)
    limit_files(storm, NO_LIMIT)


def full_below(storm: Storm, cluster: Cluster, seconds: float) -> None:
    """Rows are refused from the first moment on. Half way its log needs a new file, for which there is no room either: it stops."""
    assert cluster.disk is not None
    began = time.monotonic()
    cluster.disk.fill()
    time.sleep(seconds / 2)
    while cluster.runs and time.monotonic() < began + seconds + STOPS_WITHIN:
        cluster.disk.fill()  # a checkpoint may have thrown away what it needed no more
        end_the_log(storm.database)
        time.sleep(0.5)
    if cluster.runs:
        raise RuntimeError("PostgreSQL did not stop")
    time.sleep(max(began + seconds - time.monotonic(), 0))
    cluster.disk.make_room()


def end_the_log(database: Database) -> None:
    """As `archive_timeout` would."""
    with suppress(DBAPIError), database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as asking:
        asking.execute(text("SELECT pg_logical_emit_message(false, 'faults', 'one more'), pg_switch_wal()"))


def limit_files(storm: Storm, most: int) -> None:
    for pid in ours(storm):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, NO_LIMIT))


def ours(storm: Storm) -> list[int]:
    """The web's processes and the scheduler."""
    assert storm.web is not None
    assert storm.scheduler is not None
    return [storm.web.pid, *children(storm.web.pid), storm.scheduler.pid]


def disk_slow(storm: Storm, seconds: float) -> None:
    """Each flush takes a tenth of a second: of PostgreSQL's log, or of any file of ours."""
    if storm.cluster is None:
        record = storm.installation.folder / "flushes"
        if not flushes_slowed(ours(storm), milliseconds=SLOW_FLUSH_MS, seconds=seconds, record=record):
            raise RuntimeError("nobody flushed anything: the disk was not slow for anybody")
        return
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


def clock_wrong(storm: Storm, seconds: float) -> None:
    """The web's clock jumps three hours ahead, then to three hours behind, then to what it is. The scheduler's is right."""
    assert storm.clock is not None
    for hours in (AHEAD, -AHEAD):
        set_clock(storm.clock, hours=hours)
        time.sleep(seconds / 2)
    set_clock(storm.clock, hours=0)


def machine_paused(storm: Storm, seconds: float) -> None:
    """A virtual machine stands still for longer than a lease: all processes of ours. PostgreSQL and the provider are elsewhere."""
    stopped = ours(storm)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)


HINDRANCES: dict[str, Callable[[Storm, float], None]] = {
    "file held": file_held,
    "disk full": disk_full,
    "disk slow": disk_slow,
    "no connection left": no_connection_left,
    "provider silent": provider_silent,
    "clock wrong": clock_wrong,
    "machine paused": machine_paused,
}
