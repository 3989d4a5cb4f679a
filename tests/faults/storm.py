"""Web, scheduler and database server are killed in turn, or hindered, while people book and their confirmations leave."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random

from app.clock import utc_now
from invitations.database import Base, Database
from tests.browser import Installation
from tests.faults.bookers import Bookers, booking
from tests.faults.cluster import FLUSHING, SHORT_LOG, TRUSTING, Cluster, cluster_of_its_own
from tests.faults.forking import Process, fork, kill
from tests.faults.other_clock import set_clock
from tests.faults.provider import Provider, running_provider
from tests.faults.stage import LATENCY_MS, RUN, SIGNED_IN
from tests.faults.storm_hindrances import AHEAD, HINDRANCES, clock_in, living_by
from tests.faults.storm_judge import Found, judge, quiet, sent_since
from tests.faults.storm_kills import KILLS
from tests.faults.storm_town import wishes_of
from tests.racing.crowd import SECRET, Person

SLOW_MS = 250  # of the provider: the scheduler is sending most of the time
ON_ITS_WAY = 0.3  # seconds, for what the provider takes although its sender is dead
LONGEST = 0.6  # seconds between everything being well and the next kill
PATIENCE = 240  # seconds; only a machine out of breath needs them
SETTINGS = SIGNED_IN | {
    "SECRET_KEY": SECRET,
    "DELIVERY_LEASE_SECONDS": "4",
    "SETTLE_EVERY_SECONDS": "2",
}
VICTIMS = {"SQLite": ("web", "scheduler", "all"), "PostgreSQL": ("web", "scheduler", "database", "all")}
# Nobody is killed by these (storm_hindrances.py).
HINDERED = {
    "SQLite": ("file held", "disk full", "disk slow", "provider silent", "clock wrong", "machine paused"),
    "PostgreSQL": ("no connection left", "disk full", "disk slow", "provider silent", "clock wrong", "machine paused"),
}


@dataclass
class Storm:
    """`up` does what a supervisor does: whatever does not run is started again."""

    database: Database
    installation: Installation
    provider: Provider
    bookers: Bookers
    chance: Random
    quick: bool
    cluster: Cluster | None = None
    lasting: float = 3.0  # seconds that a hindrance lasts
    clock: Path | None = None  # what the web lives by, when that can be set
    later: Path | None = None  # the scheduler's: what was owed for later leaves later
    web: Process | None = None
    scheduler: Process | None = None
    recoveries: dict[str, list[float]] = field(default_factory=dict)

    def up(self) -> None:
        if self.cluster is not None and not self.cluster.runs:
            self.cluster.start_again()
        if self.web is None or self.web.poll() is not None:
            self.web = living_by(self.clock, self.installation).start("serve")
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.scheduler = self.started()

    def started(self) -> Process:
        where = living_by(self.later, self.installation)
        if not self.quick:
            return where.start(*RUN)
        return fork("rdv", *RUN, env=where.env, folder=where.folder, log=where.folder / "jobs-run.log")

    def until(self, holds: Callable[[], bool]) -> bool:
        """False when there is nobody left who wants to book."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if self.bookers.ran_out:
                return False
            if time.monotonic() > deadline:
                raise RuntimeError(f"it does not come back: {self.bookers.unanswered=} {self.bookers.sent_away=}")
            self.up()
            time.sleep(0.02)
        return True

    def all_well(self, since: float) -> bool:
        """Somebody who asked after that moment has booked, and another text has left."""
        taken = self.provider.taken
        return self.until(lambda: self.bookers.last_success > since) and self.until(lambda: self.provider.taken > taken)

    def strike(self, what: str) -> bool:
        """One fault, at a moment drawn; the time until what it stopped works again. False when people ran out first.

        Counted from the kill, and from the end of what lasts.
        """
        time.sleep(self.chance.random() * LONGEST)
        began = self.hinder(what) if what in HINDRANCES else self.kill(what)
        self.up()
        time.sleep(ON_ITS_WAY if what in {"scheduler", "all"} else 0)
        taken = self.provider.taken
        now = utc_now()
        works = {
            "scheduler": lambda: self.provider.taken > taken,
            "web": lambda: self.bookers.last_success > began,
            "database": lambda: self.bookers.last_success > began,
            # What it takes late, of what it was asked, is no sign of life of ours.
            "provider silent": lambda: self.bookers.last_success > began and sent_since(self.database, now),
        }
        came_back = self.until(
            works.get(what, lambda: self.bookers.last_success > began and self.provider.taken > taken)
        )
        self.recoveries.setdefault(what, []).append(time.monotonic() - began)
        return came_back and self.all_well(began)

    def hinder(self, what: str) -> float:
        HINDRANCES[what](self, self.lasting)
        return time.monotonic()

    def kill(self, what: str) -> float:
        began = time.monotonic()
        KILLS[what](self)
        return began

    def close(self) -> None:
        for one in (self.web, self.scheduler):
            if one is not None:
                kill(one)


@dataclass(frozen=True)
class Result:
    kills: dict[str, int]
    recoveries: dict[str, list[float]]
    found: Found
    seconds: float


def run(
    folder: Path,
    engine: str,
    *,
    seed: int,
    victims: Sequence[str],
    people: int = 2_400,
    lasting: float = 3.0,
    quick: bool = False,
) -> Result:
    """One storm on a database of its own: so many faults, one after the other, while people last; then what is left is done."""
    began = time.monotonic()
    with ExitStack() as ending:
        cluster = ending.enter_context(cluster_for(victims)) if engine == "PostgreSQL" else None
        database = Database(cluster.url if cluster else f"sqlite:///{folder / 'rdv.db'}")
        ending.callback(database.engine.dispose)
        Base.metadata.create_all(database.engine)
        wishes = wishes_of(database, people, seed)
        clocks = "clock wrong" in victims
        with storm(folder, database, wishes, cluster, seed, quick=quick, lasting=lasting, clocks=clocks) as made:
            done = brew(made, victims)
            made.bookers.stop.set()
            calm(made, database)
            found = judge(database, made.provider, made.bookers)
        return Result({one: done.count(one) for one in set(done)}, made.recoveries, found, time.monotonic() - began)


@contextmanager
def storm(
    folder: Path,
    database: Database,
    wishes: list[tuple[Person, str]],
    cluster: Cluster | None,
    seed: int,
    *,
    quick: bool,
    lasting: float,
    clocks: bool,
) -> Iterator[Storm]:
    url = database.engine.url.render_as_string(hide_password=False)
    with running_provider(folder, quick=quick) as provider:
        provider.script(latency_ms=SLOW_MS)
        installation = Installation(
            folder, url, more=SETTINGS | {"TWILIO_API_URL": provider.url, "WEB_PROCESSES": "1" if quick else "2"}
        )
        with booking(wishes, installation.port) as bookers:
            made = Storm(database, installation, provider, bookers, Random(seed), quick, cluster, lasting)
            try:
                if clocks:
                    made.clock, made.later = clock_in(folder / "web.clock"), clock_in(folder / "scheduler.clock")
                made.up()
                made.all_well(0.0)
                yield made
            finally:
                bookers.stop.set()
                made.close()


def in_turn(engine: str, kills: int) -> list[str]:
    """So many victims."""
    return list(islice(cycle(VICTIMS[engine]), kills))


def cluster_for(victims: Sequence[str]) -> AbstractContextManager[Cluster]:
    """A disk can be slow only for who waits for it, and full only when it is small."""
    if "disk full" in victims:
        return cluster_of_its_own((*TRUSTING, *SHORT_LOG), on_a_small_disk=True)
    return cluster_of_its_own((*FLUSHING[:2], "max_connections=60") if "disk slow" in victims else TRUSTING)


def brew(made: Storm, victims: Sequence[str]) -> list[str]:
    done: list[str] = []
    for one in victims:
        done.append(one)
        if not made.strike(one):
            break
    return done


def calm(made: Storm, database: Database) -> None:
    """Nothing is killed any more: everybody is answered, and every text leaves."""
    made.provider.script(latency_ms=LATENCY_MS)
    if made.later is not None:
        set_clock(made.later, hours=AHEAD + 0.1)
    deadline = time.monotonic() + PATIENCE
    while not (made.bookers.is_over and quiet(database)):
        if time.monotonic() > deadline:
            raise RuntimeError("what is left does not get done")
        made.up()
        time.sleep(0.1)
