"""`/i/<code>` against a bare Flask page, asked for in turns from one granian process, over one kept connection."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median

from invitations.codes import Codes
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers, url_of
from tests.bench.figures import ROOT, Figure, milliseconds_of
from tests.postgres import free_port

SUBJECT = "public page"
TURNS = 5
PER_TURN = 30


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            world = territory.build(database)
            with database.writing() as world.session:
                (code,) = territory.invite(world, Codes(territory.SECRET), people=1)
            with granian(url_of(database)) as connection:
                yield from figures(connection, engine, f"/i/{code}")


def figures(connection: HTTPConnection, engine: str, address: str) -> Iterator[Figure]:
    turns = [(turn(connection, "/bare/"), turn(connection, address)) for _ in range(TURNS)]
    page = get(connection, address)
    sizes = {"kB": round(len(page) / 1000, 1), "kB gzipped": round(len(gzip.compress(page, 6)) / 1000, 1)}
    bare, ours = ([run for pair in turns for run in pair[place]] for place in (0, 1))
    yield Figure(SUBJECT, "bare Flask page, one query", engine, "ms", bare)
    yield Figure(SUBJECT, "/i/<code>, 20 places, 50 agents, 4 weeks", engine, "ms", ours, notes=sizes)
    ratios = [median(one) / median(other) for other, one in turns]
    yield Figure(SUBJECT, "ratio to the bare page", engine, "×", ratios)


def turn(connection: HTTPConnection, address: str) -> list[float]:
    """One address some times in a row: both meet the same minutes of a machine that others may use too."""
    return milliseconds_of(lambda: get(connection, address), runs=PER_TURN, warm_up=5)


def get(connection: HTTPConnection, address: str) -> bytes:
    connection.request("GET", address)
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
