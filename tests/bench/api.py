"""Machines at work: 40 programs hand in 25 people each, all at once and then again; 25 programs make 40 calls of all kinds
each; then each kind of call as fast as it goes. Each says how many a second, and within how long 95 of 100 are answered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import time as hour
from statistics import quantiles
from threading import local

from sqlalchemy import func, select

from app import make_runtime
from app.clock import utc_now
from app.machine_acts import invite_handed_in
from app.settings import Settings
from invitations.database import Database
from invitations.machines import keys
from invitations.models import (
    ApiBatchRow,
    ApiRowState,
    AppointmentAgent,
    Beneficiary,
    KeyScope,
    Message,
    MessageKind,
    Organisation,
    Outcome,
    Participation,
)
from tests.bench.api_kinds import OK, TAKEN, Client, person, reading, timed, writing
from tests.bench.engines import ENGINES, Servers, analyse, url_of
from tests.bench.figures import Figure
from tests.bench.http_race import make_world, serving
from tests.racing.crowd import SECRET

SUBJECT = "API"
CALLS, PEOPLE = 40, 25
PROGRAMS, EACH = 25, 40
STRANGERS = 1_900  # as many as are booked for: 50 starts, and 40 agents
LIMIT = 300.0  # ms, 95 % of the calls (issue 8)
SERVERS, AGENTS, AT_ONCE, SECONDS, WARM_UP, WARM_UPS = 2, 40, 8, 4.0, 20, 4
# What one key may call in a minute is no part of what is measured.
UNLIMITED = {"API_CALLS_PER_MINUTE": "10000000"}


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            token, organisation, strangers = furnish(database)
            with serving(database, processes=SERVERS, more=UNLIMITED) as installation:
                client = Client(installation.port, token, organisation, strangers)
                warm_up(client)
                analyse(database)
                yield from handed_in(engine, database, client)
                client.own = local()  # the server has closed what waited meanwhile
                kinds = reading(client) | writing(client)
                yield from everybody_at_once(engine, database, client, kinds)
                yield from every_kind(engine, client, kinds)


def warm_up(client: Client) -> None:
    """Each process has its modules, its connections and its statements before it counts; one caller alone reaches one process.
    The same people each time: they are counted once."""
    path = f"{client.users}/create_and_invite_many"
    lists = [{"users": [person(60, number)]} for number in range(WARM_UP)]
    for _ in range(WARM_UPS):
        with ThreadPoolExecutor(WARM_UP) as pool:
            list(pool.map(lambda body: client.call("POST", path, body), lists))


def furnish(database: Database) -> tuple[str, str, list[int]]:
    """A team of so many that a thousand people find a slot, and a key for all of it. People of whom nobody has heard."""
    world = make_world(database)
    with database.writing() as session:
        world.session = session
        for _ in range(AGENTS):
            world.make_opening(agent_id=world.make_agent().id, starts_at_time=hour(8), ends_at_time=hour(18))
        by = keys.By(world.agent, session.get_one(Organisation, world.organisation.id))
        _, token = keys.create(session, "Bench", list(KeyScope), of_department=False, by=by, now=utc_now())
        strangers = [world.make_beneficiary(phone=None).id for _ in range(STRANGERS)]
    return token, f"/api/v1/organisations/{world.organisation.id}", strangers


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


def everybody_at_once(
    engine: str, database: Database, client: Client, kinds: Mapping[str, Callable[[], int]]
) -> Iterator[Figure]:
    """25 programs that make 40 calls each, of all kinds in turn: how long each kind takes then."""
    client.own = local()  # the server has closed what waited meanwhile
    names = list(kinds)
    began = time.perf_counter()
    with ThreadPoolExecutor(PROGRAMS) as pool:
        turns = ([names[(program + turn) % len(names)] for turn in range(EACH)] for program in range(PROGRAMS))
        runs = [
            one for many in pool.map(lambda turn: [(name, *timed(kinds[name])) for name in turn], turns) for one in many
        ]
    rate = len(runs) / (time.perf_counter() - began)
    errors, beaten = refusals(status for _, status, _ in runs)
    what = f"{PROGRAMS} × {EACH} calls of all kinds"
    notes = {"errors": errors, "told that it is taken": beaten, "given twice": float(twice(database))}
    yield Figure(SUBJECT, what, engine, "/s", [rate], more_is_better=True, notes=notes)
    for name in names:
        took = [length for kind, _, length in runs if kind == name]
        notes = {"calls": float(len(took)), "median ms": quantiles(took, n=20)[9]}
        yield Figure(SUBJECT, f"then, {name}, 95 %", engine, "ms", [quantiles(took, n=20)[-1]], LIMIT, notes=notes)


def twice(database: Database) -> int:
    """How many live appointments an agent has beside another that begins at the same time, and people two to come."""
    times = (
        select(func.count())
        .where(AppointmentAgent.is_live)
        .group_by(AppointmentAgent.agent_id, AppointmentAgent.starts_at)
    )
    people = select(func.count()).where(Participation.outcome == Outcome.UNKNOWN).group_by(Participation.follow_up_id)
    with database.reading() as session:
        counts = [*session.scalars(times), *session.scalars(people)]
    return sum(one > 1 for one in counts)


def every_kind(engine: str, client: Client, kinds: Mapping[str, Callable[[], int]]) -> Iterator[Figure]:
    """Each kind of call, from eight connections, for some seconds."""
    for what, call in kinds.items():
        client.own = local()
        call()
        runs = at_once(call)
        took = [length for _, length in runs]
        notes = {
            "median ms": quantiles(took, n=20)[9],
            "95 % ms": quantiles(took, n=20)[-1],
        }
        notes["errors"], notes["told that it is taken"] = refusals(status for status, _ in runs)
        yield Figure(SUBJECT, what, engine, "/s", [len(runs) / SECONDS], more_is_better=True, notes=notes)


def refusals(statuses: Iterable[int]) -> tuple[float, float]:
    """Errors; and 409, which is how whoever comes second learns that a time is taken."""
    told = Counter(statuses)
    return float(told.total() - told[OK] - told[TAKEN]), float(told[TAKEN])


def at_once(call: Callable[[], int]) -> list[tuple[int, float]]:
    until = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one for many in pool.map(lambda _: as_often(call, until), range(AT_ONCE)) for one in many]


def as_often(call: Callable[[], int], until: float) -> Sequence[tuple[int, float]]:
    found = []
    while time.perf_counter() < until:
        found.append(timed(call))
    return found
