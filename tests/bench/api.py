"""Machines at work: 40 programs hand in 25 people each, all at once and then again; then each kind of call as fast as it goes."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import time as hour
from statistics import quantiles
from threading import local
from typing import Any

from sqlalchemy import func, select

from app import make_runtime
from app.clock import utc_now
from app.machine_acts import invite_handed_in
from app.settings import Settings
from invitations.database import Database
from invitations.machines import keys
from invitations.models import ApiBatchRow, ApiRowState, Beneficiary, KeyScope, Message, MessageKind, Organisation
from tests.bench.engines import ENGINES, Servers, analyse, url_of
from tests.bench.figures import Figure
from tests.bench.http_race import make_world, serving
from tests.racing.crowd import SECRET

SUBJECT = "API"
CALLS, PEOPLE = 40, 25
LIMIT = 300.0  # ms, 95 % of the bulk calls (issue 8)
SERVERS, AGENTS, AT_ONCE, SECONDS, WARM_UP = 2, 40, 8, 4.0, 20
# What one key may call in a minute is no part of what is measured.
UNLIMITED = {"API_CALLS_PER_MINUTE": "10000000"}


@dataclass
class Client:
    """A program with one connection for each of its threads."""

    port: int
    token: str
    users: str

    def __post_init__(self) -> None:
        self.own = local()

    def call(self, method: str, path: str, body: Any = None) -> int:
        """The status; the answer is read whole."""
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self.own.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.own.connection.getresponse()
        answer.read()
        return int(answer.status)


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            token, users = furnish(database)
            with serving(database, processes=SERVERS, more=UNLIMITED) as installation:
                client = Client(installation.port, token, users)
                for number in range(WARM_UP):  # each process has its modules and its statements before it counts
                    client.call("POST", f"{users}/create_and_invite_many", {"users": [person(60, number)]})
                analyse(database)
                yield from handed_in(engine, database, client)
                yield from every_kind(engine, client)


def furnish(database: Database) -> tuple[str, str]:
    """A team of so many that a thousand people find a slot, and a key for all of it."""
    world = make_world(database)
    with database.writing() as session:
        world.session = session
        for _ in range(AGENTS):
            world.make_opening(agent_id=world.make_agent().id, starts_at_time=hour(8), ends_at_time=hour(18))
        by = keys.By(world.agent, session.get_one(Organisation, world.organisation.id))
        _, token = keys.create(session, "Bench", list(KeyScope), of_department=False, by=by, now=utc_now())
    return token, f"/api/v1/organisations/{world.organisation.id}/users"


def handed_in(engine: str, database: Database, client: Client) -> Iterator[Figure]:
    """The same thousand people twice, as a machine that lost its answers would."""
    path = f"{client.users}/create_and_invite_many"
    lists = [{"users": [person(call, one) for one in range(PEOPLE)]} for call in range(CALLS)]
    took, errors = [], 0
    for _ in range(2):
        with ThreadPoolExecutor(CALLS) as pool:
            for status, length in pool.map(lambda body: timed(lambda: client.call("POST", path, body)), lists):
                took.append(length)
                errors += status != 200
    notes = {"calls": float(len(took)), "at once": float(CALLS), "errors": float(errors)}
    yield Figure(SUBJECT, "25 people handed in, 95 %", engine, "ms", [quantiles(took, n=20)[-1]], LIMIT, notes=notes)
    yield done_afterwards(engine, database)


def done_afterwards(engine: str, database: Database) -> Figure:
    runtime = make_runtime(Settings(database_url=url_of(database), secret_key=SECRET))
    began, done = time.perf_counter(), 0
    while now_done := invite_handed_in(runtime):
        done += now_done
    rate = done / (time.perf_counter() - began)
    runtime.database.engine.dispose()
    return Figure(
        SUBJECT, "people known and invited afterwards", engine, "/s", [rate], more_is_better=True, notes=left(database)
    )


def left(database: Database) -> dict[str, float]:
    """What the tables hold: nobody twice, nothing sent twice, nobody forgotten."""
    people, wanted = select(func.count()).select_from(Beneficiary), CALLS * PEOPLE
    texts = select(func.count()).select_from(Message).where(Message.kind == MessageKind.INVITATION)
    waiting = select(func.count()).where(ApiBatchRow.state != ApiRowState.INVITED)
    with database.reading() as session:
        known = (session.scalar(people.where(Beneficiary.email.like("bench-%"))) or 0) - WARM_UP
        sent = session.scalar(texts) or 0
        return {
            "people": known,
            "given twice": max(0, known - wanted),
            "sent twice": max(0, sent - 2 * (wanted + WARM_UP)),
            "lost": (session.scalar(waiting) or 0) + max(0, wanted - known),
        }


def every_kind(engine: str, client: Client) -> Iterator[Figure]:
    """Each kind of call, from eight connections, for some seconds."""
    client.own = local()  # the server has closed what waited meanwhile
    numbers = iter(range(10_000, 10_000_000))
    kinds: dict[str, Callable[[], int]] = {
        "a page of 25 people": lambda: client.call("GET", client.users),
        "a département": lambda: client.call("GET", "/api/v1/departments/26"),
        "a person added": lambda: client.call("POST", client.users, {"user": person(9, next(numbers))}),
        "a person added and invited": lambda: client.call(
            "POST", f"{client.users}/create_and_invite", {"user": person(9, next(numbers))}
        ),
    }
    for what, call in kinds.items():
        call()
        runs = at_once(call)
        took = [length for _, length in runs]
        notes = {
            "median ms": quantiles(took, n=20)[9],
            "95 % ms": quantiles(took, n=20)[-1],
            "errors": float(sum(status != 200 for status, _ in runs)),
        }
        yield Figure(SUBJECT, what, engine, "/s", [len(runs) / SECONDS], more_is_better=True, notes=notes)


def at_once(call: Callable[[], int]) -> list[tuple[int, float]]:
    until = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one for many in pool.map(lambda _: as_often(call, until), range(AT_ONCE)) for one in many]


def as_often(call: Callable[[], int], until: float) -> Sequence[tuple[int, float]]:
    found = []
    while time.perf_counter() < until:
        found.append(timed(call))
    return found


def timed(call: Callable[[], int]) -> tuple[int, float]:
    """The status, and milliseconds."""
    began = time.perf_counter()
    status = call()
    return status, (time.perf_counter() - began) * 1000


def person(call: int, number: int) -> dict[str, Any]:
    """Somebody with an email of their own, and one of Arcep's fictional numbers as long as there is one for each."""
    phone = f"+336399{80000 + call * 31 + number}" if number < 31 else None
    return {
        "first_name": "Inès",
        "last_name": f"Nom{call} {number}",
        "email": f"bench-{call}-{number}@exemple.fr",
        "phone_number": phone,
    }
