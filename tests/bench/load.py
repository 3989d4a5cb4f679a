"""`python -m tests.bench load`: people who follow their link and book, so many a second whatever the answers take, on PostgreSQL.

Steps of 25 to 200 people a second until one breaks the promise (no error, 99 % within 300 ms); then five minutes at
the highest rate that kept it, and at the one below when it does not hold for so long: 14 minutes at most. Of 100 people
60 look at the times and leave; 40 choose one, confirm it and see their appointment; 10 of these take it into their
calendar: 2.3 requests each. Everything shares this machine: server, database, people.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any
from urllib.request import urlopen

from sqlalchemy import func, make_url, select

from invitations.codes import Codes
from invitations.database import Database
from invitations.models import FollowUpStatus, Invitation, Mode, Participation
from tests.bench import race, territory
from tests.bench.bookings import fields, seconds_of
from tests.bench.country.generating import Plan, fill, parts
from tests.bench.country.habits import VALIDITY
from tests.bench.country.lives import ORIENTATION, Lives, Story
from tests.bench.country.moments import text_of
from tests.bench.country.people import Person
from tests.bench.country.sheets import asleep
from tests.bench.engines import Servers, analyse, url_of
from tests.bench.figures import ROOT, Figure
from tests.postgres import free_port

SUBJECT, ENGINE = "load", "PostgreSQL"
STEPS = (25, 37, 50, 60, 75, 100, 150, 200)
STEP, LAST = 20.0, 300.0  # seconds
WARM_UP, WARM = 10.0, 20
LIMIT, WANTED = 300.0, 200.0
DEPARTMENTS, MONTHS = 20, 6
WORKERS, THREADS = 2, 4
MEGABYTE = 1024 * 1024
BARE_RUNS = 200
TRIES = 2  # of the long run: at the highest rate that kept the promise for a while, else at the next


@dataclass(frozen=True)
class Step:
    """What one rate met."""

    rate: float
    seconds: float
    took: dict[str, list[float]]
    errors: dict[str, int]
    ends: dict[str, int]
    late: float
    cpu: float  # of the people, in seconds
    served: float  # seconds of CPU of the web processes
    stored: float  # and of the database's
    memory: tuple[float, float]

    @property
    def all(self) -> list[float]:
        return sorted(1000 * one for many in self.took.values() for one in many)

    def at(self, part: float) -> float:
        return self.all[int(part * (len(self.all) - 1))]

    @property
    def holds(self) -> bool:
        return not self.errors and self.at(0.99) <= LIMIT


@dataclass
class Served:
    """Granian with the product and the bare page, as `rdv serve` starts it, on a free port."""

    url: str
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(WORKERS)),
            *(
                "--blocking-threads",
                str(THREADS),
                "--port",
                str(self.port),
                "--log-level",
                "error",
                "tests.bench.served:app",
            ),
        ]
        now = territory.NOW.isoformat()
        env = os.environ | {"BENCH_DATABASE_URL": self.url, "BENCH_SECRET_KEY": territory.SECRET, "BENCH_NOW": now}
        self.processes.append(subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True))
        for _ in range(300):
            try:
                urlopen(f"http://127.0.0.1:{self.port}/bare/", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("granian did not answer within 30 s")

    def family(self) -> list[Path]:
        """Its processes, in /proc."""
        group = {one.pid for one in self.processes}
        told = {one: fields(one) for one in Path("/proc").glob("[0-9]*")}
        return [one for one, words in told.items() if words and int(words[2]) in group]

    def memory(self) -> float:
        """MB that all its processes hold."""
        size = os.sysconf("SC_PAGE_SIZE")
        return sum(int(words[21]) * size for words in map(fields, self.family()) if words) / MEGABYTE

    def cpu(self) -> float:
        """Seconds of CPU that they have had so far."""
        return sum(map(seconds_of, self.family()))

    def database_cpu(self) -> float:
        """The same of the database's processes that are there."""
        port = make_url(self.url).port
        every = list(Path("/proc").glob("[0-9]*"))
        head = {one.name for one in every if f"\0-p\0{port}\0" in words_of(one)}
        return sum(seconds_of(one) for one in every if one.name in head or (fields(one) or ["", ""])[1] in head)

    def stop(self) -> None:
        for one in self.processes:
            one.terminate()
            one.wait(timeout=20)


def measure(servers: Servers) -> Iterator[Figure]:
    steps = [(rate, STEP * min(1, servers.share * 2)) for rate in STEPS]
    last = LAST * servers.share
    needed = int(1.2 * (WARM * WARM_UP + sum(rate * length for rate, length in steps) + TRIES * WANTED * last)) + 500
    with servers.database(ENGINE) as database:
        codes = invited(database, needed)
        with serving(database) as served:
            yield from climb(served, database, [f"/i/{code}" for code in codes], steps, last)


def words_of(process: Path) -> str:
    """The command line of a process, its words apart by NUL."""
    try:
        return (process / "cmdline").read_text()
    except OSError:  # it has just ended
        return ""


@contextmanager
def serving(database: Database) -> Iterator[Served]:
    served = Served(url_of(database))
    try:
        served.start()
        yield served
    finally:
        served.stop()


def climb(
    served: Served, database: Database, paths: list[str], steps: list[tuple[int, float]], last: float
) -> Iterator[Figure]:
    visit(served, paths, WARM, WARM_UP)
    bare = quick(served, "/bare/")
    yield Figure(SUBJECT, "bare Flask page, one query, alone", ENGINE, "ms", bare)
    done: list[Step] = []
    for rate, seconds in steps:
        done.append(visit(served, paths, rate, seconds))
        yield from told(f"{rate} people a second", done[-1], bare)
        if not done[-1].holds:
            break
    kept = [one.rate for one in done if one.holds] or [steps[0][0]]
    most = 0.0
    for rate in reversed(kept[-TRIES:]):
        sustained = visit(served, paths, rate, last)
        yield from told(f"{rate:.0f} people a second, for {last:.0f} s", sustained, bare)
        if sustained.holds:
            most = rate
            break
    yield Figure(SUBJECT, "highest rate sustained", ENGINE, "people/s", [most], limit=WANTED, more_is_better=True)
    yield judged(database)


def visit(served: Served, paths: list[str], rate: float, seconds: float) -> Step:
    """People arrive for so long; those who came are taken off the list. Nobody follows a link twice."""
    before, cpu, stored = served.memory(), served.cpu(), served.database_cpu()
    told = people_in(served, {"paths": paths[: int(rate * seconds * 1.2) + 50], "rate": rate, "seconds": seconds})
    came = len(told["took"].get("link", ()))
    del paths[:came]
    spent = served.cpu() - cpu, served.database_cpu() - stored
    return Step(
        rate,
        seconds,
        told["took"],
        told["errors"],
        told["ends"],
        told["late"],
        told["cpu"],
        *spent,
        memory=(before, served.memory()),
    )


def people_in(served: Served, asked: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.load_client"]
    given = json.dumps(asked | {"port": served.port, "seed": 26})
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def quick(served: Served, path: str) -> list[float]:
    """Milliseconds of one page asked alone, each over a connection of its own."""
    found = []
    for _ in range(BARE_RUNS):
        began = time.perf_counter()
        urlopen(f"http://127.0.0.1:{served.port}{path}", timeout=20).read()
        found.append((time.perf_counter() - began) * 1000)
    return found


def told(what: str, step: Step, bare: list[float]) -> Iterator[Figure]:
    requests = len(step.all)
    notes = {
        "p50": step.at(0.5),
        "p95": step.at(0.95),
        "requests/s": requests / step.seconds,
        "booked": float(step.ends.get("booked", 0)),
        "told it was taken": float(step.ends.get("told that it had just been taken", 0)),
        "errors": float(sum(step.errors.values())),
        "times a bare page": step.at(0.5) / sorted(bare)[len(bare) // 2],
        "ms of CPU a request, web": 1000 * step.served / requests,
        "database": 1000 * step.stored / requests,
        "people": 1000 * step.cpu / requests,
        "late by ms": 1000 * step.late,
    }
    yield Figure(SUBJECT, f"{what}, p99", ENGINE, "ms", [step.at(0.99)], limit=LIMIT, notes=notes)
    kinds = {kind: quantiles(took, n=100)[98] * 1000 for kind, took in step.took.items() if len(took) > 1}
    yield Figure(SUBJECT, f"{what}, p99 of bookings alone", ENGINE, "ms", [kinds.get("book", 0.0)], notes=kinds)
    grown = step.memory[1] - step.memory[0]
    held = {"MB at its start": step.memory[0], "MB at its end": step.memory[1]}
    yield Figure(SUBJECT, f"{what}, memory of the web processes grown by", ENGINE, "MB", [grown], notes=held)


def judged(database: Database) -> Figure:
    """What the database holds afterwards: overlaps, and people with two appointments."""
    booked, overlapping = race.look(database)
    twice = select(Participation.follow_up_id).group_by(Participation.follow_up_id).having(func.count() > 1)
    with database.reading() as session:
        doubled = len(session.scalars(twice).all())
    notes = {"given twice": float(overlapping + doubled)}
    return Figure(SUBJECT, "appointments that the database holds", ENGINE, "rows", [float(booked)], notes=notes)


class Invited(Lives):
    """People who have just been invited, and nothing more."""

    def live(self, person: Person) -> None:
        team, at = self.drawn.choices(self.territory.teams, self.territory.weights)[0], self.now - 60
        self.sheets.add("memberships", self.sheets.new("memberships"), person.id, team.id, text_of(at))
        story = Story(self.sheets.new("follow_ups"), person, team, ORIENTATION, at)
        story.changes.append((at, FollowUpStatus.INVITATION_PENDING))
        self.addressed(story, self.sheets.new("invitations"), Mode.INVITATION, at, at + VALIDITY, None, None)
        self.end(story)


def invited(database: Database, many: int) -> list[str]:
    """So many people of twenty départements, each with an open invitation; their codes, in an order drawn."""
    plan = Plan(DEPARTMENTS, many, MONTHS, 26, territory.NOW, territory.SECRET)
    with asleep(database, without_indexes=True):
        for part in parts(plan):
            fill(database, part, Invited)
    analyse(database)
    keys = Codes(territory.SECRET)
    with database.reading() as session:
        codes = [
            keys.derive("invitation", one) for one in session.scalars(select(Invitation.id).order_by(Invitation.id))
        ]
    Random(26).shuffle(codes)
    return codes
