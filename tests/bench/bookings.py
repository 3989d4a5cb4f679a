"""Bookings over HTTP, with every check and the messages owed: how many a second with 8 clients, and how long each takes.

Eight client processes send forms that all succeed, on one set of agents: 10 of them are free at each start of a place,
so that who receives is chosen, and agents' rows are waited for. Server and clients share the machine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import create_app
from app.settings import Settings
from invitations.database import Database
from invitations.models import AppointmentType, Participation
from invitations.offers import Choice
from tests.bench.engines import ENGINES, Servers, analyse, statements, url_of
from tests.bench.figures import Figure
from tests.bench.http_race import make_world, serving
from tests.browser import Installation
from tests.factories import World
from tests.racing.clients import Answer, Crowd, Request, crowd
from tests.racing.crowd import SECRET, Person, make_people, working_days
from tests.racing.stage import PARIS, book

SUBJECT = "bookings over HTTP"
CLIENTS = 8
SERVERS = 2
PLACES, AGENTS_EACH, DAYS, STARTS_A_DAY = 5, 10, 4, 12
BOOKINGS, RUNS, WARM_UP = 600, 3, 120
LENGTH = timedelta(minutes=30)
OPENS, CLOSES = time_of_day(9), time_of_day(15)
PER_SECOND, MILLISECONDS = 250, 100
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """What 8 clients met. Times in seconds; `cpu` of the server's processes, for each booking."""

    per_second: float
    latencies: list[float]
    cpu: float
    errors: int

    def percentile(self, part: float) -> float:
        return sorted(self.latencies)[int(part * (len(self.latencies) - 1))] * 1000


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            world = make_world(database)
            wishes = prepare(database, world)
            count = statements_for_one(database, *wishes.pop())
            with (
                serving(database, processes=SERVERS) as installation,
                crowd(installation.port, clients=CLIENTS) as all_,
            ):
                run(all_, installation, [wishes.pop() for _ in range(WARM_UP)])
                runs = [run(all_, installation, [wishes.pop() for _ in range(BOOKINGS)]) for _ in range(RUNS)]
            yield from figures(engine, runs, count, missing=WARM_UP + RUNS * BOOKINGS - booked(database) + 1)


def figures(engine: str, runs: list[Run], count: int, *, missing: int) -> Iterator[Figure]:
    notes = {
        "server's ms of CPU each": median(one.cpu * 1000 for one in runs),
        "statements each": count,
        "bookings": BOOKINGS,
        "errors": sum(one.errors for one in runs),
        "not given": missing,
    }
    rates = [one.per_second for one in runs]
    yield Figure(
        SUBJECT, "8 clients, 50 agents", engine, "/s", rates, limit=PER_SECOND, more_is_better=True, notes=notes
    )
    yield Figure(SUBJECT, "the same, p50", engine, "ms", [one.percentile(0.5) for one in runs])
    yield Figure(SUBJECT, "the same, p95", engine, "ms", [one.percentile(0.95) for one in runs], limit=MILLISECONDS)


def prepare(database: Database, world: World) -> list[tuple[Person, str]]:
    """50 agents in 5 places, a person for every slot of theirs, in an order drawn with a fixed seed."""
    with database.writing() as session:
        world.session = session
        session.delete(session.merge(world.opening))
        world.type = session.get_one(AppointmentType, world.type.id)
        world.type.duration = LENGTH
        days = working_days(world.now, DAYS)
        places = [world.place, *(world.make_place() for _ in range(1, PLACES))]
        for place in places:
            for _ in range(AGENTS_EACH):
                agent = world.make_agent()
                for day in days:
                    hours = {"starts_at_time": OPENS, "ends_at_time": CLOSES}
                    world.make_opening(agent_id=agent.id, place_id=place.id, starts_on=day, rrule=None, **hours)
        moments = [
            datetime.combine(day, OPENS, PARIS).astimezone(UTC) + number * LENGTH
            for day in days
            for number in range(STARTS_A_DAY)
        ]
        tokens = [Choice(one, place.id, world.type.id, one + LENGTH).token for one in moments for place in places]
        tokens *= AGENTS_EACH
        Random(250).shuffle(tokens)
        people = make_people(world, len(tokens))
    analyse(database)
    return list(zip(people, tokens, strict=True))


def run(clients: Crowd, installation: Installation, wishes: list[tuple[Person, str]]) -> Run:
    requests = [book(person, token) for person, token in wishes]
    shares: list[list[Request]] = [requests[number::CLIENTS] for number in range(CLIENTS)]
    cpu, began = cpu_of(installation), time.perf_counter()
    answers: list[Answer] = [one for share in clients.work(shares) for one in share]
    took, spent = time.perf_counter() - began, cpu_of(installation) - cpu
    errors = sum(one.status != 303 for one in answers)
    return Run(len(answers) / took, [one.seconds for one in answers], spent / len(answers), errors)


def cpu_of(installation: Installation) -> float:
    """Seconds of CPU that the web processes have had so far; 0 where there is no /proc."""
    group = {process.pid for process in installation.processes}
    return sum(seconds_of(one) for one in Path("/proc").glob("[0-9]*") if group_of(one) in group)


def fields(process: Path) -> list[str]:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return []


def group_of(process: Path) -> int:
    """The process group: `Installation` gives each command one of its own."""
    words = fields(process)
    return int(words[2]) if words else 0


def seconds_of(process: Path) -> float:
    words = fields(process)
    return (int(words[11]) + int(words[12])) / TICK if words else 0.0


def statements_for_one(database: Database, person: Person, token: str) -> int:
    """How many statements one booking sends, BEGIN included, counted in this process."""
    product = create_app(Settings(database_url=url_of(database), secret_key=SECRET))
    with Session(product.extensions["rdv"].database.engine) as session, statements(session) as said:
        answer = product.test_client().post(f"/i/{person.code}", data={"creneau": token})
    product.extensions["rdv"].database.engine.dispose()
    if answer.status_code != 303:
        raise RuntimeError(f"a booking answered {answer.status_code}")
    return len(said)


def booked(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Participation)) or 0
