"""Faults at full size: 10,000 texts owed, or people who book for as long as the fault lasts, and what the judges found (tests/faults).

Takes an hour: it is measured when it is named, `python -m tests.bench faults`. Each row is kept in var/faults.json as soon as it is
over: stopped and started again, this makes what is missing. Delete the file to begin anew. The table in docs/faults.md, between
its two marks, is written from it (fault_table.py). With `--kills 1000`: tests/bench/kills.py.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.clock import utc_now
from invitations.database import Base, Database
from tests.bench import kills
from tests.bench.engines import Servers
from tests.bench.fault_table import BEGIN, END, PAGE, Row, key, table
from tests.bench.figures import ROOT, Figure, machine
from tests.bench.written import keep, kept, write_between
from tests.faults import scenarios, storm
from tests.faults.scenarios import OF_ITS_OWN, SCENARIOS, Result, Scenario
from tests.faults.small_disk import NotPossible

SUBJECT = "faults"
FILE = ROOT / "var" / "faults.json"
OWED = 10_000
WITHIN = 600  # seconds, for what is left after the fault
LASTING = 30  # seconds of a fault while people book
PEOPLE = 2_400


@dataclass(frozen=True)
class Trial:
    """A row that can be made. `meanwhile`: what is there to be lost, texts owed or people who book."""

    fault: str
    engine: str
    meanwhile: str
    play: Callable[[], Row]


def measure(servers: Servers) -> Iterator[Figure]:
    if servers.kills:
        yield from kills.measure(servers)
        return
    done = kept(FILE)
    for trial in trials(servers):
        if key(asdict(trial)) in map(key, done) or servers.fault not in {"", trial.fault}:
            continue
        try:
            done.append(made(trial))
        except NotPossible as lacking:
            sys.stderr.write(f"NOT RUN: {trial.fault}, {trial.engine}: {lacking}\n")
            continue
        keep(FILE, done)
        write_between(PAGE, BEGIN, END, table(done))
    yield from map(figure, done)


def made(trial: Trial) -> Row:
    about = {"fault": trial.fault, "engine": trial.engine, "meanwhile": trial.meanwhile}
    before = {"made_at": utc_now().isoformat(), "machine": machine()}
    return about | before | trial.play()


def trials(servers: Servers) -> Iterator[Trial]:
    for engine in servers.engines:
        for one in SCENARIOS:
            if engine in one.engines:
                yield Trial(one.name, engine, "texts", partial(play, servers, one, engine))
        for fault in storm.HINDERED[engine]:
            yield Trial(fault, engine, "people", partial(weather, engine, fault))
    if "PostgreSQL" in servers.engines:
        for name in OF_ITS_OWN:
            yield Trial(name, "PostgreSQL", "texts", partial(play_alone, servers, name))


def play(servers: Servers, scenario: Scenario, engine: str) -> Row:
    url = servers.new_url(engine)
    database = Database(url)
    Base.metadata.create_all(database.engine)
    database.engine.dispose()
    with scratch() as folder:
        owed = owed_of(servers)
        return texts(scenarios.run(scenario, owed=owed, folder=Path(folder), database_url=url, within=WITHIN))


def play_alone(servers: Servers, name: str) -> Row:
    with scratch() as folder:
        return texts(scenarios.run_alone(name, owed=owed_of(servers), folder=Path(folder), within=WITHIN))


def weather(engine: str, fault: str) -> Row:
    with scratch() as folder:
        result = storm.run(Path(folder), engine, seed=9, victims=[fault], people=PEOPLE, lasting=LASTING)
    return {"recovery": max(result.recoveries[fault]), "seconds": result.seconds} | asdict(result.found)


def scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="rdv-faults-", ignore_cleanup_errors=True)


def owed_of(servers: Servers) -> int:
    return max(int(OWED * servers.share), 1)


def texts(result: Result) -> Row:
    verdict = result.verdict
    return {
        "recovery": result.recovery,
        "seconds": result.seconds,
        "texts": verdict.owed,
        "messages_lost": verdict.lost + verdict.misattributed,
        "messages_doubled": verdict.twice,
        "doubted": verdict.doubted,
    }


def figure(row: Row) -> Figure:
    asked: dict[str, Any] = {
        "messages": row.get("texts"),
        "bookings": row.get("bookings"),
        "lost": row["messages_lost"] + row.get("requests_lost", 0) + row.get("bookings_lost", 0),
        "given twice": row.get("bookings_doubled", 0),
        "sent twice": row["messages_doubled"],
        "asked about": row["doubted"],
        "seconds in all": row["seconds"],
    }
    notes = {name: float(value) for name, value in asked.items() if value is not None}
    what = f"{row['fault']}, {row['meanwhile']}: well again after"
    return Figure(SUBJECT, what, row["engine"], "s", [row["recovery"]], notes=notes)
