"""Who books in a storm: people with a telephone and no email, and a time for each of them with one of many agents."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

from sqlalchemy import update

from app.clock import utc_now
from invitations.database import Database
from invitations.models import AppointmentType, Beneficiary
from invitations.offers import Choice
from tests.factories import World
from tests.racing.crowd import Person, make_people, working_days
from tests.racing.stage import PARIS

DAYS = 4
OPENS, CLOSES, LENGTH = time(9), time(15), timedelta(minutes=30)
STARTS = DAYS * 12


def wishes_of(database: Database, number: int, seed: int) -> list[tuple[Person, str]]:
    """So many people, in an order drawn, and the slot that each wants. Nobody is refused for want of an agent."""
    with database.writing() as session:
        world = World(session, utc_now())
        session.delete(session.merge(world.opening))
        world.type = session.get_one(AppointmentType, world.type.id)
        world.type.duration = LENGTH
        days = working_days(world.now, DAYS)
        agents = -(-number // STARTS)
        for _ in range(agents):
            agent = world.make_agent()
            for day in days:
                world.make_opening(
                    agent_id=agent.id, starts_on=day, rrule=None, starts_at_time=OPENS, ends_at_time=CLOSES
                )
        first = [datetime.combine(day, OPENS, PARIS).astimezone(UTC) for day in days]
        moments = [one + place * LENGTH for one in first for place in range(STARTS // DAYS)]
        wanted = [Choice(one, world.place.id, world.type.id, one + LENGTH).token for one in moments] * agents
        Random(seed).shuffle(wanted)
        people = make_people(world, number)
        # An email that may have left is sent again, the same: the only thing here that may come twice (docs/faults.md).
        session.execute(update(Beneficiary).values(email=None, email_key=None))
        return list(zip(people, wanted[:number], strict=True))
