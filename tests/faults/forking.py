"""A process that has loaded the product and forks: `rdv` starts in a tenth of a second, where importing takes two of processor.

`python -m tests.faults.forking` reads orders on stdin, a line of JSON each, and answers with the pid. What it forks is a real process
with its own session, environment, folder and log. The suite uses it; `python -m tests.bench faults` starts `rdv` as an operator does.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import configure_mappers

from tests.browser import ROOT

# What `rdv jobs run` and the provider's double need; the double itself is run as a program.
LOADED = (
    "app.commands",
    "tests.doubles.twilio_calls",
    "tests.faults.other_clock",
    "twilio.request_validator",
    "twilio.rest",
)


class Process(Protocol):
    """What we need of `subprocess.Popen`."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def terminate(self) -> None: ...


@dataclass(frozen=True)
class Forked:
    """Not our child, but the forking process's: its status lies in a file."""

    pid: int
    log: Path

    def poll(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            said = status_file(self.log, self.pid)
            return int(said.read_text()) if said.exists() else -signal.SIGKILL
        return None

    def wait(self, timeout: float | None = None) -> int:
        deadline = time.monotonic() + (60 if timeout is None else timeout)
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"forked {self.pid}", timeout or 60)
            time.sleep(0.01)
        return status

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)


def kill(process: Process) -> None:
    """SIGKILL, for it and its children: what a power cut does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def status_file(log: Path, pid: int) -> Path:
    return log.with_name(f"{log.name}.{pid}")


def fork(*command: str, env: dict[str, str], folder: Path, log: Path) -> Forked:
    """`rdv WORDS…` or `-m MODULE WORDS…`, perhaps after `--clock FILE` (other_clock.py)."""
    log.touch()
    parent = loaded()
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(json.dumps({"command": command, "env": env, "folder": str(folder), "log": str(log)}) + "\n")
    parent.stdin.flush()
    return Forked(int(parent.stdout.readline()), log)


@cache
def loaded() -> subprocess.Popen[str]:
    """One for this process's life; it ends with it."""
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.forking"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(end, started)
    return started


def end(parent: subprocess.Popen[str]) -> None:
    with suppress(OSError):
        parent.communicate(timeout=10)


def main() -> None:
    for one in LOADED:
        import_module(one)
    configure_mappers()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children here
    while line := sys.stdin.readline():
        if os.fork() == 0:
            become(json.loads(line))


def become(order: dict[str, Any]) -> None:
    """Never returns: this is the child."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.write(1, f"{os.getpid()}\n".encode())
    log = Path(order["log"])
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream, number in ((os.open(os.devnull, os.O_RDONLY), 0), (written, 1), (written, 2)):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["folder"])
    status = status_of(order["command"])
    with suppress(OSError):
        status_file(log, os.getpid()).write_text(str(status))
    os._exit(status)


def status_of(command: list[str]) -> int:
    from tests.faults.other_clock import perform, travel

    try:
        if command[0] == "--clock":
            travel(Path(command[1]))
            command = command[2:]
        return perform(*command)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  (a traceback in its log, as of any process)
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    main()
