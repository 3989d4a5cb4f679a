"""Faults at full size: 10,000 texts owed, real schedulers, and what the judge found afterwards (tests/faults).

Takes half an hour: it is measured when it is named, `python -m tests.bench faults`. With `--kills 1000`: tests/bench/kills.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from invitations.database import Base, Database
from tests.bench import kills
from tests.bench.engines import Servers
from tests.bench.figures import Figure
from tests.faults import scenarios
from tests.faults.scenarios import ENGINES, OF_ITS_OWN, SCENARIOS, Result, Scenario

SUBJECT = "faults"
OWED = 10_000
WITHIN = 600  # seconds, for what is left after the fault


def measure(servers: Servers) -> Iterator[Figure]:
    if servers.kills:
        yield from kills.measure(servers)
        return
    for engine in ENGINES:
        for scenario in SCENARIOS:
            if engine in scenario.engines:
                yield figure(scenario.name, engine, play(servers, scenario, engine))
    for name in OF_ITS_OWN:
        result = scenarios.run_alone(name, owed=OWED, folder=folder_for(servers, name), within=WITHIN)
        yield figure(name, "PostgreSQL", result)


def play(servers: Servers, scenario: Scenario, engine: str) -> Result:
    url = servers.new_url(engine)
    made = Database(url)
    Base.metadata.create_all(made.engine)
    made.engine.dispose()
    folder = folder_for(servers, f"{scenario.name} {engine}")
    return scenarios.run(scenario, owed=OWED, folder=folder, database_url=url, within=WITHIN)


def folder_for(servers: Servers, name: str) -> Path:
    folder = servers.folder / name.replace(" ", "-").replace(",", "")
    folder.mkdir()
    return folder


def figure(name: str, engine: str, result: Result) -> Figure:
    verdict = result.verdict
    notes = {
        "messages": verdict.owed,
        "lost": verdict.lost,
        "sent twice": verdict.twice,
        "violations": verdict.misattributed,
        "unknown, then settled": verdict.doubted - verdict.unknown,
        "unknown": verdict.unknown,
        "seconds in all": result.seconds,
    }
    return Figure(SUBJECT, f"{name}: next text leaves after", engine, "s", [result.recovery], notes=notes)
