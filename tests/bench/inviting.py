"""Inviting 10,000 people, as a batch would: checked, slots counted, invitation, link, words, message, status, journal.

Through the workflow that an agent's click on a selection goes through, in one transaction; nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select, update

from invitations import inviting
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import AppointmentType, CategorySettings, Channel, FollowUp, Message, MessageState
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers, analyse
from tests.bench.figures import Figure, seconds
from tests.factories import World
from tests.racing.crowd import make_people

SUBJECT = "inviting"
PEOPLE = 10_000
LIMIT = 10  # seconds
FOR_ALL = 60  # days: 50 agents receive 600 people a day
CODES = Codes(territory.SECRET)


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            world = room_for_all(database)
            analyse(database)
            took = seconds(lambda database=database, world=world: invite_all(database, world))
            check(database)
            notes = {"people": PEOPLE, "a second": PEOPLE / took}
            yield Figure(SUBJECT, "10,000 written, slots counted", engine, "s", [took], limit=LIMIT, notes=notes)


def room_for_all(database: Database) -> World:
    """The big team, its agendas empty for the months that so many people take, and the people, not invited yet."""
    world = territory.build(database, appointments=1)
    with database.writing() as session:
        world.session = session
        session.execute(update(AppointmentType).values(max_delay=timedelta(days=FOR_ALL)))
        session.execute(update(CategorySettings).values(validity_days=FOR_ALL))
        make_people(world, PEOPLE, invited=False)
    return world


def invite_all(database: Database, world: World) -> None:
    with database.writing() as session:
        selected = session.scalars(select(FollowUp).order_by(FollowUp.id)).all()
        batch = inviting.invite_selection(
            session,
            selected,
            organisation_id=world.organisation.id,
            channels=[Channel.SMS],
            agent_id=world.agent.id,
            codes=CODES,
            now=territory.NOW,
        )
        if len(batch.invited) != PEOPLE:
            raise RuntimeError(f"{len(batch.invited)} of {PEOPLE} were invited, {len(batch.refused)} refused")


def check(database: Database) -> None:
    with database.reading() as session:
        owed = session.scalar(
            select(func.count(Message.beneficiary_id.distinct())).where(Message.state == MessageState.PENDING)
        )
        if owed != PEOPLE:
            raise RuntimeError(f"{owed} texts are owed to {PEOPLE} people")
