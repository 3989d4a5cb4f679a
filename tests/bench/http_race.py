"""Races over HTTP (tests/racing): 10,000 attempts an engine, and what the database holds afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.clock import utc_now
from invitations.database import Database
from tests.bench.engines import ENGINES, Servers, analyse, url_of
from tests.bench.figures import Figure
from tests.browser import Installation
from tests.factories import World
from tests.racing.clients import crowd
from tests.racing.crowd import SECRET
from tests.racing.scenarios import CLIENTS, SCENARIOS, Result, play

SUBJECT = "race over HTTP"
ATTEMPTS = 10_000
ROUNDS = -(-ATTEMPTS // (len(SCENARIOS) * CLIENTS))
SERVERS, WARM_UP = 4, 10
NOTHING: Mapping[str, str] = {}


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            world = make_world(database)
            with (
                serving(database, processes=SERVERS) as installation,
                crowd(installation.port, clients=CLIENTS) as all_,
            ):
                game = {"database": database, "world": world, "installation": installation, "crowd": all_}
                play("last slot", WARM_UP, **game)  # every process has its modules and its statements before it counts
                for name in SCENARIOS:
                    analyse(database)
                    yield figure(engine, play(name, ROUNDS, **game))


def make_world(database: Database) -> World:
    with database.writing() as session:
        return World(session, utc_now())


@contextmanager
def serving(database: Database, *, processes: int, more: Mapping[str, str] = NOTHING) -> Iterator[Installation]:
    """`rdv serve` with so many processes on this database, and `more` settings, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="rdv-serve-") as folder:
        settings = {"WEB_PROCESSES": str(processes), "SECRET_KEY": SECRET, **more}
        installation = Installation(Path(folder), url_of(database), more=settings)
        try:
            installation.serve()
            yield installation
        finally:
            installation.close()


def figure(engine: str, result: Result) -> Figure:
    tally = result.tally
    notes = {
        "attempts": tally.attempts,
        "done": tally.done,
        "told": tally.told,
        "violations": result.violations,
        "error pages": tally.errors,
    }
    rate = tally.attempts / tally.seconds
    return Figure(SUBJECT, result.name, engine, "/s", [rate], more_is_better=True, notes=notes)
