"""`python -m tests.bench departement`: 20,000 people over a year, every page and every job asked of them, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from sqlalchemy import func, select

from invitations.database import Database
from invitations.models import Message
from tests.bench import territory
from tests.bench.country import jobs, pages
from tests.bench.country.generating import Plan, generate
from tests.bench.engines import ENGINES, Servers
from tests.bench.figures import Figure

SUBJECT = "département"
PEOPLE, MONTHS, SEED = 20_000, 12, 26
RUNS = 15


def measure(servers: Servers) -> Iterator[Figure]:
    people = round(PEOPLE * servers.share)
    for engine in ENGINES:
        with servers.database(engine) as database:
            plan = Plan(1, people, MONTHS, SEED, territory.NOW, territory.SECRET)
            yield filled(database, SUBJECT, engine, plan)
            yield from everything(database, SUBJECT, engine, plan, runs=RUNS)


def filled(database: Database, subject: str, engine: str, plan: Plan, *, processes: int = 1) -> Figure:
    began = perf_counter()
    written = generate(database, plan, processes=processes)
    rate = written / (perf_counter() - began)
    with database.reading() as session:
        messages = session.scalar(select(func.count()).select_from(Message)) or 0
    notes = {"rows": float(written), "people": float(plan.people), "messages": float(messages)}
    return Figure(subject, "rows generated and written, indexes included", engine, "/s", [rate], limit=20_000,
                  more_is_better=True, notes=notes)  # fmt: skip


def everything(database: Database, subject: str, engine: str, plan: Plan, *, runs: int) -> Iterator[Figure]:
    """Figures first: pages show them. Delivering last: it changes what is there."""
    now = plan.now
    yield from jobs.weigh(database, subject, engine, plan.people)
    yield from jobs.count_figures(database, subject, engine, now)
    yield from pages.measure(database, subject, engine, secret=plan.secret, now=now, runs=runs)
    yield from jobs.asked(database, subject, engine, now)
    yield jobs.deliver(database, subject, engine, now)
    if engine == "PostgreSQL":
        yield jobs.vacuum(database, subject, engine)
