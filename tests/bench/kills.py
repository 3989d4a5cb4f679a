"""`python -m tests.bench faults --kills 1000`: storms (tests/faults/storm.py) until so many kills, on both engines in turn.

Each storm is kept in var/faults-kills.json as soon as it is over: stopped and started again, this goes on where it was, and does
not repeat what it has. Delete the file to begin anew. The table in docs/faults.md, between its two marks, is written from it.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from statistics import median
from typing import Any

from app.clock import utc_now
from tests.bench.engines import ENGINES, Servers
from tests.bench.figures import ROOT, Figure, machine
from tests.bench.written import keep, kept, write_between
from tests.faults import storm
from tests.faults.storm import Result
from tests.faults.storm_judge import Found

SUBJECT = "kills"
FILE = ROOT / "var" / "faults-kills.json"
PAGE = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- kills: written by python -m tests.bench faults --kills 1000 -->", "<!-- end of kills -->"
EACH = 25  # kills a storm; then what is there is judged
NAMES = {
    "web": "the web: its service, or one of its processes",
    "scheduler": "the scheduler",
    "database": "the database server, or one connection's process",
    "all": "all of them at once",
}
TIMES = "| engine | SIGKILL of | kills | next success after: median | longest |\n|---|---|---:|---:|---:|\n"
TOTALS = (
    "| engine | kills | bookings | requests lost | bookings lost | doubled | messages lost | doubled | attempts unanswered, tried again | "
    "told to come back, tried again | texts asked about |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)
SHOWN = (
    "bookings",
    "requests_lost",
    "bookings_lost",
    "bookings_doubled",
    "messages_lost",
    "messages_doubled",
    "unanswered",
    "sent_away",
    "doubted",
)
Storm = dict[str, Any]


def measure(servers: Servers) -> Iterator[Figure]:
    storms = kept(FILE)
    while (left := servers.kills - kills(storms)) > 0:
        engine = servers.engines[len(storms) % len(servers.engines)]
        storms.append(one_storm(engine, len(storms), min(EACH, left)))
        keep(FILE, storms)
    write_between(PAGE, BEGIN, END, table(storms))
    for engine in ENGINES:
        if mine := [one for one in storms if one["engine"] == engine]:
            yield figure(engine, mine)


def one_storm(engine: str, seed: int, kills: int) -> Storm:
    with tempfile.TemporaryDirectory(prefix="rdv-storm-", ignore_cleanup_errors=True) as folder:
        result: Result = storm.run(Path(folder), engine, seed=seed, victims=storm.in_turn(engine, kills))
    return {"engine": engine, "seed": seed, "made_at": utc_now().isoformat(), "machine": machine()} | asdict(result)


def figure(engine: str, storms: list[Storm]) -> Figure:
    found = total(storms)
    notes = {
        "faults": float(kills(storms)),
        "lost": found["requests_lost"] + found["bookings_lost"] + found["messages_lost"],
        "given twice": found["bookings_doubled"],
        "sent twice": found["messages_doubled"],
        "bookings": found["bookings"],
        "unanswered, tried again": found["unanswered"],
        "sent away, tried again": found["sent_away"],
        "seconds in all": sum(one["seconds"] for one in storms),
    }
    return Figure(SUBJECT, "next success after", engine, "s", recoveries(storms), notes=notes)


def kills(storms: list[Storm]) -> int:
    return sum(sum(one["kills"].values()) for one in storms)


def recoveries(storms: list[Storm], what: str = "") -> list[float]:
    return [
        seconds for one in storms for name, all_ in one["recoveries"].items() for seconds in all_ if what in {"", name}
    ]


def total(storms: list[Storm]) -> dict[str, float]:
    return {one.name: sum(storm["found"][one.name] for storm in storms) for one in fields(Found)}


def table(storms: list[Storm]) -> str:
    by_engine = {engine: mine for engine in ENGINES if (mine := [one for one in storms if one["engine"] == engine])}
    counts = "".join(
        f"| {engine} | {kills(mine):,} | " + " | ".join(f"{total(mine)[name]:,}" for name in SHOWN) + " |\n"
        for engine, mine in by_engine.items()
    )
    times = "".join(
        f"| {engine} | {NAMES[what]} | {len(found):,} | {median(found):.1f} s | {max(found):.1f} s |\n"
        for engine, mine in by_engine.items()
        for what in NAMES
        if (found := recoveries(mine, what))
    )
    return f"{about(storms)}\n\n{TOTALS}{counts}\n{TIMES}{times}"


def about(storms: list[Storm]) -> str:
    """When, for how long, and on what. The load before each storm is all that tells a quiet machine from a busy one."""
    minutes = math.ceil(sum(one["seconds"] for one in storms) / 60)
    loads = [one["machine"]["load_before"] for one in storms]
    last = storms[-1]
    return (
        f"{kills(storms):,} kills in {len(storms)} storms, {minutes} minutes, until {last['made_at'][:10]}; "
        f"{last['machine']['processor']}, {last['machine']['cores']} cores, load before a storm {min(loads)} to {max(loads)}."
    )
