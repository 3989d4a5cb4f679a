"""Every fault by its name: what is made, on which engine, and what the judge finds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from invitations.database import Base, Database
from tests.faults import crashes, outages
from tests.faults.cluster import FLUSHING, TRUSTING, cluster_of_its_own
from tests.faults.judge import Verdict
from tests.faults.stage import Patience, Stage, stage

ENGINES = ("SQLite", "PostgreSQL")
# A machine that sends 10,000 texts is out of breath for longer.
SMALL, LARGE = Patience(), Patience(lease_seconds=10, settle_seconds=3)
HOUR = Patience(lease_seconds=300, settle_seconds=300)


@dataclass(frozen=True)
class Scenario:
    """`play` makes the fault. `clock`: whose can be set."""

    name: str
    play: Callable[[int], Callable[[Stage], None]]  # how long and how often depends on how many are owed
    engines: tuple[str, ...] = ENGINES
    clock: str = ""  # "ours" or "everybody's"
    patience: Patience | None = None  # else as its size asks for
    in_suite: tuple[str, ...] | None = None  # engines, when not all of them: what the other adds is seen at full size
    least: int = 0  # texts that it needs: each scheduler claims a hundred at once

    @property
    def engines_in_suite(self) -> tuple[str, ...]:
        return self.engines if self.in_suite is None else self.in_suite


@dataclass(frozen=True)
class Result:
    """`recovery`: seconds from the end of the fault until the next text left, of the longest."""

    verdict: Verdict
    recovery: float
    seconds: float


FULL = ({"times": 1, "seconds": 1.5}, {"times": 2, "seconds": 3})
SCENARIOS = (
    Scenario("killed at every step", lambda _: crashes.at_every_step, least=700),
    Scenario(
        "provider down for an hour",
        lambda _: outages.provider_down_for_an_hour,
        clock="everybody's",
        patience=HOUR,
        in_suite=("SQLite",),
    ),
    Scenario("clock jumps by hours", lambda _: outages.clock_jumps, clock="ours", in_suite=("PostgreSQL",), least=500),
    Scenario("disk full", lambda owed: outages.disk_full(**FULL[owed > MANY]), ("SQLite",)),
    Scenario(
        "provider silent",
        lambda owed: outages.black_hole(60 if owed > MANY else 11),  # it is given up after 10
        clock="everybody's",
        patience=HOUR,
        in_suite=("PostgreSQL",),
    ),
    Scenario("file held", lambda owed: outages.file_locked(30 if owed > MANY else 3), ("SQLite",)),
    Scenario("machine paused", lambda owed: outages.machine_paused(4 if owed > MANY else 1), in_suite=()),
    Scenario("one scheduler, kills", lambda owed: crashes.at_any_moment(1, kills=kills(owed)), in_suite=()),
    Scenario(
        "two schedulers, kills", lambda owed: crashes.at_any_moment(2, kills=kills(owed)), ("SQLite",), in_suite=()
    ),
    Scenario(
        "four schedulers, kills", lambda owed: crashes.at_any_moment(4, kills=kills(owed)), ("PostgreSQL",), in_suite=()
    ),
)
MANY = 1_000
GONE = "PostgreSQL stopped and started"
# On a PostgreSQL of their own: they change it for everybody.
OF_ITS_OWN = {
    GONE: (TRUSTING, outages.database_gone),
    "disk slow": (FLUSHING, lambda _: outages.slow_disk(100)),
    "no connection left": (FLUSHING, lambda _: outages.no_connection_left(3)),
}


def kills(owed: int) -> int:
    return 30 if owed > MANY else 2


def run(
    scenario: Scenario, *, owed: int, folder: Path, database_url: str, within: float = 240, quick: bool = False
) -> Result:
    """Play a scenario on an empty database with every table, and judge what it left."""
    owed = max(owed, scenario.least)
    usual = scenario.patience or (LARGE if owed > MANY else SMALL)
    began = time.monotonic()
    with stage(
        folder,
        database_url,
        owed=owed,
        patience=replace(usual, within=within),
        clock=bool(scenario.clock),
        shared_clock=scenario.clock == "everybody's",
        quick=quick,
    ) as set_up:
        scenario.play(owed)(set_up)
        verdict = set_up.finish()
        return Result(verdict, set_up.recovery, time.monotonic() - began)


def run_alone(name: str, *, owed: int, folder: Path, within: float = 240, quick: bool = False) -> Result:
    """One of OF_ITS_OWN."""
    options, make = OF_ITS_OWN[name]
    with cluster_of_its_own(options) as cluster:
        made = Database(cluster.url)
        Base.metadata.create_all(made.engine)
        made.engine.dispose()
        alone = Scenario(name, lambda _: make(cluster), ("PostgreSQL",))
        return run(alone, owed=owed, folder=folder, database_url=cluster.url, within=within, quick=quick)
