"""A PostgreSQL that can be stopped as by a power cut, and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import postgres

# Whoever restarts after a crash must find every commit that was answered: only the disk's own cache is trusted here.
TRUSTING = ("-c", "fsync=off", "-c", "max_connections=100")


@dataclass
class Cluster:
    folder: Path
    binaries: Path
    demoted: dict[str, int]
    port: int = field(default_factory=postgres.free_port)
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://rdv@127.0.0.1:{self.port}/postgres"

    @property
    def quiet(self) -> dict[str, Any]:
        return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder, **self.demoted}

    def prepare(self) -> None:
        words = ["-U", "rdv", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
        subprocess.run([self.binaries / "initdb", "-D", self.folder / "data", *words], check=True, **self.quiet)

    def start(self) -> None:
        where = ["-D", self.folder / "data", "-p", str(self.port), "-k", self.folder, "-h", "127.0.0.1"]
        self.server = subprocess.Popen([self.binaries / "postgres", *where, *TRUSTING], **self.quiet)
        postgres._wait_for(self.binaries, self.port, self.server)

    def stop(self) -> None:
        """As `pg_ctl stop -m immediate`: nobody is waited for, nothing is tidied."""
        if self.server is not None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(timeout=20)
            self.server = None


@contextmanager
def cluster_of_its_own() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="rdv-pg-faults-"))
    binaries, demoted = postgres.binaries(), {}
    if os.geteuid() == 0:  # PostgreSQL does not start as root
        binaries = postgres.within_reach(binaries, folder)
        os.chown(folder, postgres.NOBODY, postgres.NOBODY)
        demoted = {"user": postgres.NOBODY, "group": postgres.NOBODY}
    cluster = Cluster(folder, binaries, demoted)
    try:
        cluster.prepare()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
