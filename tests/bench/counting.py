"""A million participations: what the statistics page reads, one event, the night, the first count; what triggers cost a writer.

`python -m tests.bench figures`: some ten minutes an engine with nothing else running. `--engine PostgreSQL`
for one of them, `--share 0.1` for a tenth of the people.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from statistics import median
from time import perf_counter
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import bindparam, func, select, update

from app import create_app
from app.agents import results_asked
from app.settings import Settings
from invitations.codes import fingerprint
from invitations.database import Database
from invitations.models import (
    AgentSession,
    FigureDelays,
    Figures,
    FigureSpan,
    Outcome,
    Participation,
    Role,
    UnitFacts,
)
from invitations.statistics import counting, recounting, results
from invitations.statistics.results import Asked
from tests.bench import million, territory
from tests.bench.engines import Servers, url_of
from tests.bench.figures import Figure, milliseconds_of, seconds
from tests.bench.served import make_bare
from tests.factories import World

SUBJECT = "figures"
RUNS = 15
EVENTS = 60
PAGE, EVENT, NIGHT = 200.0, 5.0, 60.0  # promised: ms, ms, s
PAGE_OF = "/agents/resultats"
# What is asked of the page: as it opens, and through the filters that leave it most to add up.
PAGES = {
    "one organisation": Asked(),
    "the whole département": Asked(of_department=True),
    "the whole département since mid-2024": Asked(of_department=True, since=date(2024, 6, 1)),
}


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in servers.engines:
        with servers.database(engine) as database:
            began = perf_counter()
            world = million.build(database, round(million.PEOPLE * servers.share))
            built = perf_counter() - began
            yield from figures(database, world, engine, built)


def figures(database: Database, world: World, engine: str, built: float) -> Iterator[Figure]:
    first = seconds(lambda: count_everything(database))
    notes = sizes(database) | {"built in s": round(built)}
    yield Figure(SUBJECT, "the first count of everybody", engine, "s", [first], notes=notes)
    with database.writing() as session:
        recounting.tidy(session, now=million.NOW)
    for what, asked in PAGES.items():
        runs = milliseconds_of(partial(read_page, database, world, asked), runs=RUNS)
        yield Figure(SUBJECT, f"all that a page reads, {what}", engine, "ms", runs, limit=PAGE)
    yield from pages(database, world, engine)
    yield Figure(SUBJECT, "after one event", engine, "ms", list(events(database)), limit=EVENT)
    yield Figure(SUBJECT, "the night's check", engine, "s", [seconds(lambda: night(database))], limit=NIGHT)
    with_triggers, without = writes(database)
    yield Figure(SUBJECT, "an outcome written, with its triggers", engine, "ms", with_triggers,
                 notes={"without": round(median(without), 3)})  # fmt: skip


def pages(database: Database, world: World, engine: str) -> Iterator[Figure]:
    """The page itself, whole, and the least a Flask page can be: in one process, without a network between."""
    browser, bare = signed_in(database, world), make_bare(url_of(database)).test_client()
    for what, asked in PAGES.items():
        address = f"{PAGE_OF}?{urlencode(results_asked.written(asked))}"
        assert browser.get(address).status_code == 200
        plain = median(milliseconds_of(partial(bare.get, "/"), runs=RUNS))
        runs = milliseconds_of(partial(browser.get, address), runs=RUNS)
        notes = {"times a bare page": round(median(runs) / plain, 1)}
        yield Figure(SUBJECT, f"the page of results, {what}", engine, "ms", runs, limit=PAGE, notes=notes)


def signed_in(database: Database, world: World) -> FlaskClient:
    """A browser in which an administrator of the world's organisation is signed in."""
    token = "a token of this measure"
    with database.writing() as world.session:
        agent = world.make_agent(role=Role.ADMIN)
        ends_at = million.NOW + timedelta(hours=12)
        world.add(
            AgentSession(agent_id=agent.id, token_hash=fingerprint(token), created_at=million.NOW, expires_at=ends_at)
        )
    settings = Settings(database_url=url_of(database), secret_key=territory.SECRET)
    browser = create_app(settings, clock=lambda: million.NOW).test_client()
    with browser.session_transaction() as cookie:
        cookie["token"] = token
    return browser


def read_page(database: Database, world: World, asked: Asked) -> None:
    with database.reading() as session:
        found = results.read(session, world.organisation, asked, is_admin=True, today=million.NOW.date())
    assert found.everyone.counted


def count_everything(database: Database) -> None:
    while True:
        with database.writing() as session:
            if not counting.is_due(session, now=million.NOW) or not counting.count(session, now=million.NOW):
                return


def events(database: Database) -> Iterator[float]:
    """Outcomes noted one at a time, each counted at once, as the scheduler would: the counting alone is measured."""
    with database.reading() as session:
        step = (session.scalar(select(func.max(Participation.id))) or 0) // (EVENTS + 1)
    for number in range(EVENTS):
        with database.writing() as session:
            later = select(Participation).where(Participation.id > number * step).order_by(Participation.id)
            drawn = session.scalars(later.limit(1)).one()
            drawn.outcome = Outcome.NOSHOW if drawn.outcome is Outcome.SEEN else Outcome.SEEN
        began = perf_counter()
        with database.writing() as session:
            counted = counting.count(session, now=million.NOW)
        yield (perf_counter() - began) * 1000
        assert counted == 1


def night(database: Database) -> None:
    """What the job `check_figures` does: a seventh of the organisations, the whole département, what is read no more."""
    with database.reading() as session:
        teams = recounting.organisations(session, tonight=million.NOW.date())
        wholes = recounting.departments(session)
    for one in teams:
        with database.writing() as session:
            assert recounting.recount_organisation(session, one) == 0
    for one in wholes:
        with database.writing() as session:
            assert recounting.recount_department(session, one) == 0
    with database.writing() as session:
        recounting.tidy(session, now=million.NOW)


def writes(database: Database) -> tuple[list[float], list[float]]:
    """Outcomes written one statement each, in a transaction that is thrown away: with triggers, and without."""
    engine = million.Sqlite() if database.is_sqlite else million.Postgres()
    found: list[list[float]] = []
    for is_asleep in (False, True):
        with database.engine.connect() as connection, connection.begin() as transaction:
            if is_asleep:
                engine.fall_asleep(connection)
            noting = update(Participation).where(Participation.id == bindparam("one")).values(outcome=Outcome.EXCUSED)
            ids = connection.scalars(select(Participation.id).order_by(Participation.id).limit(EVENTS)).all()
            found.append([seconds(partial(connection.execute, noting, {"one": one})) * 1000 for one in ids])
            transaction.rollback()
    return found[0], found[1]


def sizes(database: Database) -> dict[str, float]:
    """How many rows there are of what."""
    asked = {
        "participations": select(func.count()).select_from(Participation),
        "people": select(func.count()).select_from(UnitFacts),
        "sums": select(func.count()).select_from(Figures),
        "sums by day": select(func.count()).select_from(Figures).where(Figures.span == FigureSpan.DAY),
        "delays": select(func.count()).select_from(FigureDelays),
    }
    with database.reading() as session:
        return {what: float(session.scalar(query) or 0) for what, query in asked.items()}
