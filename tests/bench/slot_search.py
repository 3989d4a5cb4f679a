"""The search for free slots, alone: its time, its queries, the rows it reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from invitations.agenda.search import find_slots
from invitations.agenda.slots import Slot
from invitations.models import AppointmentType
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers, rows_read, statements
from tests.bench.figures import Figure, milliseconds_of

SUBJECT = "slot search"


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            world = territory.build(database)
            with database.reading() as session:
                yield from figures(session, engine, type_id=world.type.id, agent_id=world.agent.id)


def figures(session: Session, engine: str, *, type_id: int, agent_id: int) -> Iterator[Figure]:
    type_ = session.get_one(AppointmentType, type_id)

    def four_weeks() -> list[Slot]:
        return search(session, type_, weeks=territory.WEEKS)

    def one_week() -> list[Slot]:
        return search(session, type_, weeks=1, agent_ids=[agent_id])

    with statements(session) as said:
        found = four_weeks()
    notes = {"queries": len(said), "rows read": rows_read(session, said), "slots": len(found)}
    runs = milliseconds_of(four_weeks, runs=31, warm_up=5)
    yield Figure(SUBJECT, "50 agents, 4 weeks, 7,200 appointments", engine, "ms", runs, limit=10, notes=notes)
    with statements(session) as said:
        found = one_week()
    notes = {"queries": len(said), "rows read": rows_read(session, said), "slots": len(found)}
    runs = milliseconds_of(one_week, runs=51, warm_up=5)
    yield Figure(SUBJECT, "one agent, one week", engine, "ms", runs, limit=2, notes=notes)


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
