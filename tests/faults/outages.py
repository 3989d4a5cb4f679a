"""The provider, the database or the disk fails for a while, and comes back; clocks jump."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from tests.browser import ROOT
from tests.faults.cluster import Cluster
from tests.faults.crashes import between_taking_and_answer
from tests.faults.hindrances import connections_held, flush_after
from tests.faults.stage import Stage

STEP = timedelta(seconds=120)  # of the clock; shorter than half a lease, so that nobody looks dead
STEP_LASTS = 0.1  # seconds, really
SLOW_STEP_LASTS = 6.0
STEP_BACK_LASTS = 2.5  # a look at the clock lies in it (app.jobs.CLOCK_LOOK)
LOOKS_AND_MORE = 3  # times the pause between two looks: after two, a text that was not found goes again
FULL = 4096  # bytes: one page of SQLite's


def provider_down_for_an_hour(stage: Stage) -> None:
    """The hour passes on the clock that schedulers and provider share, in steps."""
    stage.start()
    stage.taken(stage.owed // 4)
    stage.provider.stop()
    now = pass_by(stage, timedelta(), timedelta(hours=1))
    stage.provider.start()
    go_on(stage, now)


def go_on(stage: Stage, now: timedelta) -> None:
    """Time passes until the next text leaves, and until all have left.

    Nobody looks at the clock more often than every five seconds of the machine's: to know how long it took, it passes slowly.
    """
    taken, back = stage.provider.taken, now
    while stage.provider.taken == taken:
        now = pass_by(stage, now, STEP, lasts=STEP_LASTS if stage.quick else SLOW_STEP_LASTS)
    stage.recovery = (now - back).total_seconds()
    while stage.verdict().waiting + stage.verdict().unknown:
        now = pass_by(stage, now, STEP)


def pass_by(stage: Stage, now: timedelta, length: timedelta, *, lasts: float = STEP_LASTS) -> timedelta:
    until = now + length
    while now < until:
        now += STEP
        stage.set_clock(now / timedelta(hours=1), wait=lasts)
    return now


def clock_jumps(stage: Stage) -> None:
    """Three hours ahead, with a crash there; set right while running; three hours behind, and right again.

    The provider's clock is right all along. While ours is behind, nothing is due: that may wait, and nothing else.
    """
    stage.start()
    stage.taken(stage.owed // 8)
    stage.set_clock(3)
    between_taking_and_answer(stage, running=True)
    stage.start()
    stage.taken(stage.owed // 8)
    stage.set_clock(0)
    stage.repaired()
    stage.taken(stage.owed // 8)
    stage.set_clock(-3)
    time.sleep(STEP_BACK_LASTS)
    stage.set_clock(0)
    stage.repaired()


def disk_full(*, times: int, seconds: float) -> Callable[[Stage], None]:
    """Nothing can be written, in the middle of a batch; then there is room again."""

    def play(stage: Stage) -> None:
        stage.start()
        for _ in range(times):
            stage.taken(stage.owed // 6)
            stage.limit_files(FULL)
            time.sleep(seconds)
            stage.limit_files(2**40)
            stage.repaired()

    return play


def black_hole(seconds: float) -> Callable[[Stage], None]:
    """The provider's machine takes connections and says nothing; once it is back it takes, late, what it was asked meanwhile."""

    def play(stage: Stage) -> None:
        stage.start()
        stage.taken(stage.owed // 4)
        assert stage.provider.process is not None
        os.kill(stage.provider.process.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(stage.provider.process.pid, signal.SIGCONT)
        go_on(stage, timedelta())

    return play


def file_locked(seconds: float) -> Callable[[Stage], None]:
    """Another program, a backup perhaps, holds SQLite's file."""

    def play(stage: Stage) -> None:
        stage.start()
        stage.taken(stage.owed // 4)
        subprocess.run(
            [sys.executable, "-m", "tests.faults.holding", str(stage.database.engine.url.database), str(seconds)],
            check=True,
            cwd=ROOT,
        )
        stage.repaired()

    return play


def slow_disk(milliseconds: int) -> Callable[[Stage], None]:
    """Each flush of PostgreSQL's log takes so long, for a while."""

    def play(stage: Stage) -> None:
        stage.start()
        stage.start()
        stage.taken(stage.owed // 6)
        flush_after(stage.database, milliseconds)
        stage.taken(stage.owed // 3)
        stage.kill(stage.schedulers[0])  # a claim that was never flushed was never answered
        stage.start()
        stage.taken(stage.owed // 6)
        flush_after(stage.database, 0)
        stage.repaired()

    return play


def no_connection_left(seconds: float) -> Callable[[Stage], None]:
    """Other programs hold every connection that PostgreSQL gives."""

    def play(stage: Stage) -> None:
        stage.start()
        stage.taken(stage.owed // 4)
        with connections_held(stage.database):
            time.sleep(seconds)
        stage.repaired()

    return play


def database_gone(cluster: Cluster) -> Callable[[Stage], None]:
    """PostgreSQL is stopped as by a power cut, and started again. Twice."""

    def play(stage: Stage) -> None:
        stage.start()
        stage.start()
        for _ in range(2):
            stage.taken(stage.owed // 6)
            cluster.stop()
            time.sleep(2)
            cluster.start()
            stage.repaired()

    return play


def machine_paused(times: int) -> Callable[[Stage], None]:
    """One of two schedulers stands still until its claims were given up and asked about, and goes on: a virtual machine was paused."""

    def play(stage: Stage) -> None:
        stage.start()
        stage.start()
        patience = stage.patience
        for _ in range(times):
            stage.taken(stage.owed // (2 * times))
            victim = stage.chance.choice(stage.schedulers)
            os.kill(victim.pid, signal.SIGSTOP)
            time.sleep(patience.lease_seconds + LOOKS_AND_MORE * patience.settle_seconds)
            os.kill(victim.pid, signal.SIGCONT)
            stage.repaired()

    return play
