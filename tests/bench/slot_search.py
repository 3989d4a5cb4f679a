"""The search for free slots, alone: its time, its queries, the rows it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from invitations.agenda.search import find_slots, next_slot
from invitations.agenda.slots import Slot
from invitations.models import AppointmentType
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers, rows_read, statements
from tests.bench.figures import Figure, milliseconds_of

SUBJECT = "slot search"


HALF_A_YEAR = 26  # weeks


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            world = territory.build(database)
            with database.reading() as session:
                yield from figures(session, engine, type_id=world.type.id, agent_id=world.agent.id)
        with servers.database(engine) as database:
            world = territory.build(database, weeks=HALF_A_YEAR, appointments=None)
            with database.reading() as session:
                yield next_one(session, engine, type_id=world.type.id)


def figures(session: Session, engine: str, *, type_id: int, agent_id: int) -> Iterator[Figure]:
    type_ = session.get_one(AppointmentType, type_id)
    yield figure(
        session,
        engine,
        "50 agents, 4 weeks, 7,200 appointments",
        lambda: search(session, type_, weeks=territory.WEEKS),
        limit=10,
    )
    yield figure(
        session, engine, "one agent, one week", lambda: search(session, type_, weeks=1, agent_ids=[agent_id]), limit=2
    )


def next_one(session: Session, engine: str, *, type_id: int) -> Figure:
    """The next free slot, when all 78,000 to the horizon are taken."""
    type_ = session.get_one(AppointmentType, type_id)

    def nothing_free() -> list[Slot]:
        found = next_slot(session, types=[type_], now=territory.NOW)
        return [found] if found else []

    return figure(session, engine, "next free slot, 50 agents, a half-year taken", nothing_free, limit=60)


def figure(session: Session, engine: str, what: str, act: Callable[[], list[Slot]], *, limit: float) -> Figure:
    with statements(session) as said:
        found = act()
    notes = {"queries": len(said), "rows read": rows_read(session, said), "slots": len(found)}
    runs = milliseconds_of(act, runs=31, warm_up=5)
    return Figure(SUBJECT, what, engine, "ms", runs, limit=limit, notes=notes)


def search(session: Session, type_: AppointmentType, *, weeks: int, agent_ids: list[int] | None = None) -> list[Slot]:
    after = datetime.combine(territory.MONDAY, time(), territory.PARIS)
    return find_slots(
        session,
        types=[type_],
        agent_ids=agent_ids,
        after=after,
        before=after + timedelta(weeks=weeks),
        now=territory.NOW,
    )
