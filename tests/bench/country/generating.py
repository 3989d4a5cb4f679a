"""Filling an empty database: each département drawn from its own seed, so that who writes it, and when, changes nothing."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random

from sqlalchemy import func, select

from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Department
from tests.bench.country import people, teams
from tests.bench.country.habits import DAY
from tests.bench.country.lives import Lives
from tests.bench.country.messages import Pen
from tests.bench.country.moments import Place, minute_of
from tests.bench.country.sheets import ROOM, Sheets, asleep, write
from tests.bench.engines import analyse, url_of

MONTH = 30.4375 * DAY
# From so many people on, PostgreSQL's indexes are built afterwards.
MANY = 20_000
AT_ONCE = 5_000  # people written in one transaction
SPREAD = 0.75  # of the logarithm of a département's size


class NotEmpty(Exception):
    """The database holds something: nothing invented is ever written beside it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is generated. `now`: the moment at which the invented lives stop; everything is told as of then."""

    departments: int
    people: int
    months: float
    seed: int
    now: datetime
    secret: str

    @property
    def since(self) -> int:
        return minute_of(self.now) - int(self.months * MONTH)

    def sizes(self) -> list[tuple[str, int]]:
        """Numbers of the départements, and how many people each has: the larger first, log-normal between them."""
        numbers = [one for one in people.capitals() if people.homes(one)[0]]
        Random(f"order {self.seed}").shuffle(numbers)
        if "26" in numbers:  # with one département alone, the Drôme of the other benches
            numbers.sort(key=lambda one: one != "26")
        numbers = numbers[: self.departments]
        drawn = Random(f"sizes {self.seed}")
        weights = sorted((drawn.lognormvariate(0, SPREAD) for _ in numbers), reverse=True)
        shares = [max(1, int(self.people * one / sum(weights))) for one in weights]
        shares[0] += self.people - sum(shares)
        return list(zip(numbers, shares, strict=True))


@dataclass(frozen=True, slots=True)
class Part:
    """One département's: its place among them, and the number of people before."""

    plan: Plan
    id: int
    number: str
    size: int
    before: int

    @property
    def room(self) -> int:
        return int(self.before * ROOM * max(1.0, self.plan.months / 12)) + self.id * 1_000


def generate(database: Database, plan: Plan, *, processes: int = 1) -> int:
    """Fill the database. Returns how many rows were written in bulk. Raises NotEmpty."""
    check_empty(database)
    with asleep(database, without_indexes=plan.people >= MANY):
        if processes == 1:
            written = sum(fill(database, part) for part in parts(plan))
        else:
            written = fill_together(url_of(database), plan, processes)
    analyse(database)
    return written


def check_empty(database: Database) -> None:
    with database.reading() as session:
        if session.scalar(select(func.count()).select_from(Department)):
            raise NotEmpty


def parts(plan: Plan) -> list[Part]:
    told, before = [], 0
    for place, (number, size) in enumerate(plan.sizes(), start=1):
        told.append(Part(plan, place, number, size, before))
        before += size
    return told


def fill_together(url: str, plan: Plan, processes: int) -> int:
    """By several processes at once, a département each. Whoever is stopped meanwhile does not begin the rest."""
    with ProcessPoolExecutor(processes, multiprocessing.get_context("forkserver")) as pool:
        try:
            return sum(pool.map(partial(fill_from, url), parts(plan)))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def fill_from(url: str, part: Part) -> int:
    """The same in a process of its own."""
    database = Database(url, pool_size=1)
    try:
        return fill(database, part)
    finally:
        database.engine.dispose()


def fill(database: Database, part: Part, lived: type[Lives] = Lives) -> int:
    """One département, to the last message. `lived`: what happens to its people."""
    plan, now = part.plan, minute_of(part.plan.now)
    drawn = Random(f"{plan.seed} {part.number}")
    with database.writing() as session:
        territory = teams.settle(session, part.id, part.number, part.size, drawn, since=plan.since)
    sheets = Sheets(part.room)
    for team in territory.teams:
        teams.staff(sheets, team, part.size, since=plan.since, now=now)
    wall = Place(teams.ZONES.get(part.number, "Europe/Paris"))
    lives = lived(territory, sheets, drawn, Codes(plan.secret), Pen(sheets, drawn, wall, now), now)
    written = 0
    for number in range(part.size):
        row, person = people.invent(
            part.room + 1 + number, number, (part.id, part.number), drawn, since=plan.since, now=now
        )
        sheets.add("beneficiaries", *row)
        lives.live(person)
        if number % AT_ONCE == AT_ONCE - 1:
            written += write(database, sheets)
    return written + write(database, sheets)
