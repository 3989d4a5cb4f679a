"""Schedulers that are killed, by SIGKILL, at every step of a delivery."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.faults.hindrances import claims_held, links_held, somebody_waits, writing_held
from tests.faults.stage import LATENCY_MS, THREADS, Stage

HANGS = 30  # seconds; whoever waits for the answer is dead long before
SLOW_MS = 250


def at_every_step(stage: Stage) -> None:
    """In the order of a delivery; what each kill leaves behind is still there when the next comes."""
    while_claiming(stage)
    before_the_provider_has_it(stage)
    between_taking_and_answer(stage)
    while_marking(stage)
    if not stage.database.is_sqlite:
        while_marking(stage, only_last=True)
    stage.start()
    stage.repaired()


def while_claiming(stage: Stage) -> None:
    """Before the claim is committed: nobody has taken anything."""
    held = writing_held if stage.database.is_sqlite else links_held
    with held(stage.database):
        stage.start()
        wait_at_the_door(stage)
        if stage.sending():
            raise RuntimeError("killed too late: the claim is committed")
        stage.kill()


def before_the_provider_has_it(stage: Stage) -> None:
    """Claimed, and the request has arrived; the provider takes nothing."""
    taken, arrived = stage.provider.taken, stage.provider.arrived
    stage.provider.script({"do": "hang", "seconds": HANGS, "times": THREADS})
    stage.start()
    stage.until(lambda: stage.provider.arrived >= arrived + THREADS)
    stage.kill()
    stage.provider.forget_script()
    if stage.provider.taken != taken or stage.sending() < THREADS:
        raise RuntimeError("killed at the wrong moment: something was taken, or nothing was claimed")


def between_taking_and_answer(stage: Stage, *, running: bool = False) -> None:
    """The provider has them; nobody has heard its answer."""
    wanted = stage.provider.taken + THREADS
    stage.provider.script({"do": "hang_after", "seconds": HANGS, "times": THREADS})
    if not running:
        stage.start()
    stage.until(lambda: stage.provider.taken >= wanted)
    stage.kill()
    stage.provider.forget_script()


def while_marking(stage: Stage, *, only_last: bool = False) -> None:
    """The provider has answered; its answers are not written, or written and not committed."""
    stage.provider.script(latency_ms=SLOW_MS)
    stage.start()
    stage.taken(THREADS)
    with marks_held(stage, only_last=only_last):
        stage.taken(1)  # of those that were on their way
        wait_at_the_door(stage)
        stage.kill()
    stage.provider.script(latency_ms=LATENCY_MS)
    if not stage.sending():
        raise RuntimeError("killed too late: everything is marked")


def marks_held(stage: Stage, *, only_last: bool) -> AbstractContextManager[None]:
    return (
        writing_held(stage.database) if stage.database.is_sqlite else claims_held(stage.database, only_last=only_last)
    )


def wait_at_the_door(stage: Stage) -> None:
    """Until the scheduler waits for a lock that we hold. SQLite tells nobody: it is given the time it takes to get there."""
    if stage.database.is_sqlite:
        stage.until(lambda: b"scheduler.started" in stage.log.read_bytes())
        time.sleep(0.5)
    else:
        stage.until(lambda: somebody_waits(stage.database))


def at_any_moment(schedulers: int, *, kills: int) -> Callable[[Stage], None]:
    """So many schedulers at once; now and then one is killed, and another takes its place."""

    def play(stage: Stage) -> None:
        for _ in range(schedulers):
            stage.start()
        for _ in range(kills):
            stage.taken(stage.owed // (2 * kills))
            time.sleep(stage.chance.random() * 0.1)
            stage.kill(stage.chance.choice(stage.schedulers))
            stage.start()
        stage.repaired()

    return play
