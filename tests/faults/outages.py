"""The provider, the database or the disk fails for a while, and comes back; clocks jump."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from tests.browser import ROOT
from tests.faults.cluster import Cluster
from tests.faults.crashes import between_taking_and_answer
from tests.faults.stage import Stage

STEP = timedelta(seconds=45)  # of the clock; shorter than half a lease, so that nobody looks dead
STEP_LASTS = 0.1  # seconds, really
STEP_BACK_LASTS = 3
FULL = 4096  # bytes: one page of SQLite's


def provider_down_for_an_hour(stage: Stage) -> None:
    """The hour passes on the clock that schedulers and provider share, in steps."""
    stage.start()
    stage.taken(stage.owed // 4)
    stage.provider.stop()
    now = pass_by(stage, timedelta(), timedelta(hours=1))
    taken = stage.provider.taken
    stage.provider.start()
    back = now
    while stage.provider.taken == taken:
        now = pass_by(stage, now, STEP)
    stage.recovery = (now - back).total_seconds()
    while stage.verdict().waiting + stage.verdict().unknown:
        now = pass_by(stage, now, STEP)


def pass_by(stage: Stage, now: timedelta, length: timedelta) -> timedelta:
    until = now + length
    while now < until:
        now += STEP
        stage.set_clock(now / timedelta(hours=1), wait=STEP_LASTS)
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


def disk_full(stage: Stage) -> None:
    """Nothing can be written, in the middle of a batch; then there is room again. Twice."""
    stage.start()
    for _ in range(2):
        stage.taken(stage.owed // 6)
        stage.limit_files(FULL)
        time.sleep(3)
        stage.limit_files(2**40)
        stage.repaired()


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
