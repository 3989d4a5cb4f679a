"""Where faults are made: an installation that sends to the provider's double, its schedulers, and a watch on the time it takes."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from invitations.database import Database
from invitations.models import MessageState
from tests.browser import Installation
from tests.faults.forking import Process, fork, kill
from tests.faults.judge import Verdict, in_state, judge
from tests.faults.other_clock import set_clock
from tests.faults.owing import owe_texts
from tests.faults.provider import Provider, running_provider

RUN = ("jobs", "run")
THREADS = 8
LATENCY_MS = 20
SIGNED_IN = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "a token", "TWILIO_FROM": "+33937000000"}


@dataclass(frozen=True)
class Patience:
    """How long things may take. The lease is far longer than a call, so that a machine out of breath does not look dead."""

    lease_seconds: int = 4
    settle_seconds: int = 2
    within: float = 240  # for all texts to have left, once nothing is in their way


@dataclass
class Stage:
    """`owed` texts, due now. `repaired_at` is when the last fault ended; `recovery` how long after it the next text left."""

    database: Database
    installation: Installation
    provider: Provider
    owed: int
    patience: Patience
    clock: Path | None = None
    quick: bool = False  # schedulers are forked (forking.py)
    schedulers: list[Process] = field(default_factory=list)
    chance: Random = field(default_factory=lambda: Random(5))
    recovery: float = 0.0

    def start(self) -> Process:
        """One more `rdv jobs run`."""
        started = self.forked() if self.quick else self.started()
        self.schedulers.append(started)
        return started

    def forked(self) -> Process:
        clock = ("--clock", str(self.clock)) if self.clock else ()
        return fork(*clock, "rdv", *RUN, env=self.installation.env, folder=self.installation.folder, log=self.log)

    def started(self) -> Process:
        if self.clock is None:
            return self.installation.start(*RUN)
        command = [sys.executable, "-m", "tests.faults.other_clock", str(self.clock), "rdv", *RUN]
        where = self.installation
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, env=where.env, cwd=where.folder, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def log(self) -> Path:
        return self.installation.folder / "jobs-run.log"

    def kill(self, *victims: Process) -> None:
        for victim in victims or tuple(self.schedulers):
            kill(victim)
            self.schedulers.remove(victim)

    def until(self, holds: Callable[[], bool], *, within: float = 240) -> None:
        """Raises when it takes too long, or when every scheduler has stopped by itself."""
        deadline = time.monotonic() + within
        while not holds():
            if self.schedulers and all(one.poll() is not None for one in self.schedulers):
                raise RuntimeError(f"the schedulers stopped by themselves:\n{self.log.read_text()[-2000:]}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"it takes too long: {self.verdict()}\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def taken(self, more: int) -> None:
        """Wait until the provider has taken so many more."""
        wanted = min(self.provider.taken + more, self.owed)
        self.until(lambda: self.provider.taken >= wanted, within=self.patience.within)

    def repaired(self) -> None:
        """The fault is over: notes how long it takes until the next text leaves."""
        began = time.monotonic()
        self.taken(1)
        self.recovery = max(self.recovery, time.monotonic() - began)

    def finish(self) -> Verdict:
        """Nothing is in the way any more: everything left must leave, once."""
        if not self.schedulers:
            self.start()
        left = (MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN)
        self.until(lambda: in_state(self.database, *left) == 0, within=self.patience.within)
        return self.verdict()

    def verdict(self) -> Verdict:
        return judge(self.database, self.provider, owed=self.owed)

    def sending(self) -> int:
        return in_state(self.database, MessageState.SENDING)

    def claimed(self) -> int:
        """How many are on their way, or were when somebody died."""
        return in_state(self.database, MessageState.SENDING, MessageState.UNKNOWN)

    def set_clock(self, hours: float, *, wait: float = 0.2) -> None:
        """Set the schedulers' clock so many hours off; waits until they have seen it."""
        assert self.clock is not None
        set_clock(self.clock, hours=hours)
        time.sleep(wait)

    def limit_files(self, most: int) -> None:
        """No scheduler may write beyond so many bytes of any file: their disk is full."""
        for one in self.schedulers:
            resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@contextmanager
def stage(
    folder: Path,
    database_url: str,
    *,
    owed: int,
    patience: Patience,
    shared_clock: bool = False,
    clock: bool = False,
    quick: bool = False,
) -> Iterator[Stage]:
    """`clock`: the schedulers live by a clock of their own; `shared_clock`: the provider by the same. `quick`: all are forked."""
    file = folder / "clock" if clock or shared_clock else None
    if file is not None:
        set_clock(file, hours=0)
    database = Database(database_url)
    owe_texts(database, owed)
    with running_provider(folder, clock=file if shared_clock else None, quick=quick) as provider:
        provider.script(latency_ms=LATENCY_MS)
        settings = SIGNED_IN | {
            "TWILIO_API_URL": provider.url,
            "DELIVERY_THREADS": str(THREADS),
            "DELIVERY_LEASE_SECONDS": str(patience.lease_seconds),
            "SETTLE_EVERY_SECONDS": str(patience.settle_seconds),
        }
        installation = Installation(folder, database_url, more=settings)
        try:
            made = Stage(database, installation, provider, owed, patience, file, quick)
            yield made
        finally:
            made.kill()
            database.engine.dispose()
