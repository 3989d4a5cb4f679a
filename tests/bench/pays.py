"""`python -m tests.bench pays --share 0.05`: a share of the whole country (2 million people, 100 départements, a year), on PostgreSQL.

What was run is told first, then, as a subject of its own, what follows from it for the whole country by plain proportion.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import territory
from tests.bench.country.generating import Plan
from tests.bench.departement import everything, filled
from tests.bench.engines import Servers
from tests.bench.figures import Figure

PEOPLE, DEPARTMENTS, MONTHS, SEED = 2_000_000, 100, 12, 26
ENGINE, PROCESSES = "PostgreSQL", 2
RUNS = 9
# What grows as people do; times of answers are not proportional to anything, and are not extrapolated.
GROWS = {
    "the whole database": "GB",
    "the first count of everybody": "min",
    "VACUUM (ANALYZE) of every table that was filled": "min",
}
PER = {"GB": 1000, "min": 60}


def measure(servers: Servers) -> Iterator[Figure]:
    people = round(PEOPLE * servers.share)
    departments = max(1, round(DEPARTMENTS * min(1.0, servers.share)))
    subject = f"pays, run with {people:,} people in {departments} départements"
    plan = Plan(departments, people, MONTHS, SEED, territory.NOW, territory.SECRET)
    done: list[Figure] = []
    with servers.database(ENGINE) as database:
        done.append(filled(database, subject, ENGINE, plan, processes=PROCESSES))
        done += everything(database, subject, ENGINE, plan, runs=RUNS)
    yield from done
    if people < PEOPLE:
        yield from extrapolated(done, PEOPLE / people)


def extrapolated(done: list[Figure], times: float) -> Iterator[Figure]:
    subject = f"pays, EXTRAPOLATED by {times:,.0f}"
    for one in done:
        if one.what in GROWS:
            unit = GROWS[one.what]
            yield Figure(subject, one.what, ENGINE, unit, [one.value * times / PER[unit]])
        if "messages" in one.notes:
            yield Figure(subject, "messages", ENGINE, "millions", [one.notes["messages"] * times / 1e6])
            yield Figure(subject, "filling it", ENGINE, "min", [one.notes["rows"] * times / one.value / 60])
