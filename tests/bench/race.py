"""16 processes that all want the same 50 slots: who books, who is told, and that nothing is given twice."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import time as time_of_day
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from invitations import booking
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import AlreadyBooked, SlotTaken
from invitations.models import AppointmentAgent, Participation
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers, analyse, url_of
from tests.bench.figures import Figure
from tests.factories import World

SUBJECT = "booking race"
PROCESSES = 16
SLOTS = 50
PEOPLE_EACH = 10
STARTS = range(5)  # from 9:00, every half hour
ENDS = time_of_day(11, 30)
RUNS = 3
SECRET = territory.SECRET


@dataclass(frozen=True)
class Raced:
    """One race: what was tried, and what the database holds afterwards."""

    attempts_per_second: float
    booked: int
    told: int
    doubled: int
    failed: dict[str, int]


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        races = [race(servers, engine) for _ in range(RUNS)]
        notes = {
            "told": races[-1].told,
            "not given": sum(SLOTS - one.booked for one in races),
            "given twice": sum(one.doubled for one in races),
            "errors": sum(sum(one.failed.values()) for one in races),
        }
        runs = [one.attempts_per_second for one in races]
        yield Figure(
            SUBJECT, "16 processes, 50 slots, 160 people", engine, "/s", runs, more_is_better=True, notes=notes
        )


def race(servers: Servers, engine: str) -> Raced:
    with servers.database(engine) as database:
        people = prepare(database)
        analyse(database)
        counts, took = run(url_of(database), people)
        failed = {name: count for name, count in counts.items() if name not in {"booked", "told"}}
        booked, doubled = look(database)
        return Raced(len(people) / took, booked, counts["told"], doubled, failed)


def prepare(database: Database) -> list[tuple[str, str]]:
    """10 agents free at the same 5 times; each person wants one of the times, drawn with a fixed seed."""
    with database.writing() as session:
        world = World(session, territory.NOW)
        world.type.duration = timedelta(minutes=30)
        session.delete(world.opening)
        agents = [world.agent, *(world.make_agent() for _ in range(2, SLOTS // len(STARTS) + 1))]
        for agent in agents:
            world.make_opening(agent_id=agent.id, rrule=None, starts_on=territory.MONDAY, ends_at_time=ENDS)
        codes = territory.invite(world, Codes(SECRET), people=PROCESSES * PEOPLE_EACH)
        offer = booking.open_invitation(session, codes[0], codes=Codes(SECRET), now=territory.NOW)
    starts = [one.token for one in offer.choices]
    if len(starts) != len(STARTS):
        raise RuntimeError(f"{len(starts)} starts are offered")
    draw = random.Random(50)
    return [(code, draw.choice(starts)) for code in codes]


def run(url: str, people: list[tuple[str, str]]) -> tuple[Counter[str], float]:
    """All processes start at one moment; returns what they met, and seconds until the last has done."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    start, results = context.Barrier(PROCESSES + 1), context.Queue()
    shares = [people[number::PROCESSES] for number in range(PROCESSES)]
    racers = [context.Process(target=try_all, args=(url, share, start, results), daemon=True) for share in shares]
    for racer in racers:
        racer.start()
    start.wait(timeout=120)
    began = time.perf_counter()
    counts = sum((results.get(timeout=120) for _ in racers), Counter())
    took = time.perf_counter() - began
    for racer in racers:
        racer.join(timeout=20)
    return counts, took


def try_all(url: str, people: list[tuple[str, str]], start: Any, results: Any) -> None:
    """One process: its own engine, its people one after the other; who finds the slot taken is told."""
    database = Database(url, pool_size=1)
    codes, counts = Codes(SECRET), Counter[str]()
    warm_up(database, codes, *people[0])
    start.wait(timeout=120)
    for code, token in people:
        try:
            with database.writing() as session:
                booking.book(session, code, token, codes=codes, now=territory.NOW)
            counts["booked"] += 1
        except (SlotTaken, AlreadyBooked):
            counts["told"] += 1
        except Exception as error:  # noqa: BLE001  (whatever a person would have met as an error page)
            counts[f"{type(error).__name__}: {type(error.__cause__).__name__}"] += 1
    results.put(counts)
    database.engine.dispose()


class Undone(Exception):
    """Ends a booking that was only made to warm up."""


def warm_up(database: Database, codes: Codes, code: str, token: str) -> None:
    """Book once and take it back: a process of the product has done this before, and need not compile its queries."""
    with suppress(Undone), database.writing() as session:
        booking.book(session, code, token, codes=codes, now=territory.NOW)
        raise Undone


def look(database: Database) -> tuple[int, int]:
    """How many people hold a slot, and how many pairs of live appointments of one agent overlap."""
    other = aliased(AppointmentAgent)
    overlapping = (
        select(func.count())
        .select_from(AppointmentAgent)
        .join(other, other.agent_id == AppointmentAgent.agent_id)
        .where(
            AppointmentAgent.is_live,
            other.is_live,
            AppointmentAgent.appointment_id < other.appointment_id,
            AppointmentAgent.starts_at < other.ends_at,
            other.starts_at < AppointmentAgent.ends_at,
        )
    )
    with database.reading() as session:
        booked = session.scalar(select(func.count()).select_from(Participation)) or 0
        return booked, session.scalar(overlapping) or 0
