"""A PostgreSQL that can be stopped as by a power cut, and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import postgres
from tests.faults.small_disk import SmallDisk, small_disk

# Whoever restarts after a crash must find every commit that was answered: the system's cache survives whatever we kill.
TRUSTING = ("fsync=off", "max_connections=100")
# `commit_delay` is heeded only by those who flush. Few connections: they can all be held.
FLUSHING = ("fsync=on", "wal_sync_method=fdatasync", "max_connections=20")

# On a small disk: a log in files of 1 MB (`prepare`), none kept for later, so that the next is soon refused.
SHORT_LOG = ("min_wal_size=2MB", "max_wal_size=8MB", "wal_recycle=off")
SMALL_MB = 160


@dataclass
class Cluster:
    folder: Path
    binaries: Path
    demoted: dict[str, int]
    options: tuple[str, ...] = TRUSTING
    port: int = field(default_factory=postgres.free_port)
    server: subprocess.Popen[bytes] | None = None
    disk: SmallDisk | None = None  # that its data alone lie on

    @property
    def data(self) -> Path:
        return (self.disk.folder if self.disk else self.folder / "disk") / "data"

    @property
    def runs(self) -> bool:
        return self.server is not None and self.server.poll() is None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://rdv@127.0.0.1:{self.port}/postgres"

    @property
    def quiet(self) -> dict[str, Any]:
        return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder, **self.demoted}

    def prepare(self) -> None:
        words = ["-U", "rdv", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
        words += ["--wal-segsize=1"] if self.disk else []
        subprocess.run([self.binaries / "initdb", "-D", self.data, *words], check=True, **self.quiet)

    def start(self) -> None:
        where = ["-D", str(self.data), "-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1"]
        options = [part for one in self.options for part in ("-c", one)]
        started = subprocess.Popen([str(self.binaries / "postgres"), *where, *options], **self.quiet)
        postgres._wait_for(self.binaries, self.port, started)
        self.server = started

    def start_again(self) -> None:
        """As a supervisor would: the killed server's last processes may hold its memory for a moment."""
        for _ in range(200):
            try:
                self.start()
            except RuntimeError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("PostgreSQL does not start again")

    def stop(self) -> None:
        """As `pg_ctl stop -m immediate`: nobody is waited for, nothing is tidied."""
        if self.server is not None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(timeout=60)
            self.server = None

    def kill(self) -> None:
        """SIGKILL, the server and each of its processes: memory is gone, nothing was flushed or tidied."""
        if self.server is not None:
            for one in (self.server.pid, *children(self.server.pid)):
                end(one)
            self.server.wait(timeout=60)
            self.server = None


def end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def cluster_of_its_own(options: tuple[str, ...] = TRUSTING, *, on_a_small_disk: bool = False) -> Iterator[Cluster]:
    """Raises NotPossible where a small disk can't be had."""
    folder = Path(tempfile.mkdtemp(prefix="rdv-pg-faults-"))
    (folder / "disk").mkdir()
    binaries, demoted = postgres.binaries(), {}
    if os.geteuid() == 0:  # PostgreSQL does not start as root
        binaries = postgres.within_reach(binaries, folder)
        for one in (folder, folder / "disk"):
            os.chown(one, postgres.NOBODY, postgres.NOBODY)
        demoted = {"user": postgres.NOBODY, "group": postgres.NOBODY}
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        disk = small_disk(folder / "disk", megabytes=SMALL_MB, owner=demoted) if on_a_small_disk else nullcontext()
        cluster = Cluster(folder, binaries, demoted, options, disk=ending.enter_context(disk))
        ending.callback(cluster.stop)
        cluster.prepare()
        cluster.start()
        yield cluster
