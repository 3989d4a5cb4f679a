"""`/i/<code>` against a bare Flask page, asked for in turns from one granian process, over one kept connection.

Thirty people of thirty communes ask, each for their own page, in gzip as browsers do. Between two bookings most of them
find what the one before has had worked out (`invitations.memory`); the last figure is the page of who comes right after a
commit, of whatever kind, and finds nothing: the search is in it.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count, cycle
from statistics import median

from invitations import communes
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import JobRun
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers, url_of
from tests.bench.figures import ROOT, Figure, milliseconds_of, seconds
from tests.postgres import free_port

SUBJECT = "public page"
PEOPLE = 30
TURNS = 7
PER_TURN = 2 * PEOPLE
HALF_AS_FAST = 2.0  # promised: at least half the throughput of the bare page


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            world = territory.build(database)
            homes = [one.code for one in communes.of_department("26")[:PEOPLE]]
            with database.writing() as world.session:
                codes = territory.invite(world, Codes(territory.SECRET), people=PEOPLE, communes=homes)
            with granian(url_of(database)) as connection:
                yield from figures(connection, engine, [f"/i/{code}" for code in codes], database)


def figures(connection: HTTPConnection, engine: str, addresses: list[str], database: Database) -> Iterator[Figure]:
    pages = cycle(addresses)
    turn(connection, pages)  # to warm up
    turns = [turn(connection, pages) for _ in range(TURNS)]
    packed = get(connection, addresses[0])
    sizes = {"kB": round(len(gzip.decompress(packed)) / 1000, 1), "kB gzipped": round(len(packed) / 1000, 1)}
    bare, ours = ([run for one in turns for run in one[which]] for which in (0, 1))
    yield Figure(SUBJECT, "bare Flask page, one query", engine, "ms", bare)
    yield Figure(SUBJECT, "/i/<code>, 20 places, 50 agents, 4 weeks", engine, "ms", ours, notes=sizes)
    ratios = [median(ours) / median(bare) for bare, ours in turns]
    yield Figure(SUBJECT, "ratio to the bare page", engine, "×", ratios, limit=HALF_AS_FAST)
    yield Figure(
        SUBJECT, "the same, right after a commit", engine, "ms", after_commits(connection, addresses, database)
    )


def turn(connection: HTTPConnection, pages: Iterator[str]) -> tuple[list[float], list[float]]:
    """The bare page and ours, one after the other: both meet the same moments of a machine that others may use too."""
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(PER_TURN):
        bare += milliseconds_of(lambda: get(connection, "/bare/"), runs=1, warm_up=0)
        ours += milliseconds_of(lambda: get(connection, next(pages)), runs=1, warm_up=0)
    return bare, ours


def after_commits(connection: HTTPConnection, addresses: list[str], database: Database) -> list[float]:
    numbers = count(1)

    def after_one(address: str) -> float:
        with database.writing() as session:
            session.add(JobRun(job="bench", slot=str(next(numbers)), started_at=territory.NOW))
        return seconds(lambda: get(connection, address)) * 1000

    return [after_one(address) for address in addresses]


def get(connection: HTTPConnection, address: str) -> bytes:
    connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{address.split('/')[1]} answered {answer.status}")
    return content


@contextmanager
def granian(database_url: str) -> Iterator[HTTPConnection]:
    """One worker on a free port, and one connection to it."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "1"),
        *("--port", str(port), "--log-level", "warning", "tests.bench.served:app"),
    ]
    env = os.environ | {
        "BENCH_DATABASE_URL": database_url,
        "BENCH_SECRET_KEY": territory.SECRET,
        "BENCH_NOW": territory.NOW.isoformat(),
    }
    server = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        connection = connected(port, server)
        yield connection
        connection.close()
    finally:
        server.terminate()
        server.wait(timeout=20)


def connected(port: int, server: subprocess.Popen[bytes]) -> HTTPConnection:
    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError("granian stopped at start")
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.connect()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return connection
    raise RuntimeError("granian did not answer within 10 s")
