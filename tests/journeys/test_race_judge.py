"""The judge of the races finds every kind of wrong that it looks for: a race it calls fair was fair."""

from __future__ import annotations

import uuid
from datetime import timedelta

from app.clock import utc_now
from invitations.database import Database
from invitations.models import Appointment, AppointmentAgent, Author, Participation
from tests.factories import World
from tests.racing.crowd import Person
from tests.racing.judge import Finding, judge
from tests.racing.stage import PAUSE, SEATS, TALK, Stage, set_up

FAIR = Finding(overlapping=0, booked_twice=0, overfull=0, empty=0, told_wrongly=0)


def appoint(world: World, stage: Stage, after: timedelta, *people: Person, collective: bool = False) -> None:
    """An appointment written past every check, so long after a moment tomorrow; nobody is told."""
    starts_at = world.now.replace(second=0, microsecond=0) + timedelta(days=1) + after
    times = {"starts_at": starts_at, "ends_at": starts_at + TALK}
    about = {"organisation_id": stage.organisation.id, "place_id": stage.place_id, "created_at": world.now}
    about |= {"type_id": stage.group.id if collective else stage.type.id, "created_by": Author.AGENT}
    made = world.add(Appointment(uid=str(uuid.uuid4()), seats=SEATS, **about, **times))
    busy = {"agent_id": stage.agent.id, "busy_until": starts_at + TALK + PAUSE, "is_live": True}
    world.add(AppointmentAgent(appointment_id=made.id, **busy, **times))
    for person in people:
        ids = {"beneficiary_id": person.beneficiary_id, "follow_up_id": person.follow_up_id}
        row = Participation(uid=str(uuid.uuid4()), appointment_id=made.id, created_by=Author.AGENT, **ids)
        row.created_at = world.now
        world.add(row)


def test_the_judge_finds_what_is_wrong(database: Database) -> None:
    with database.writing() as session:
        world = World(session, utc_now())
    stage = set_up(database, world, starts=1, people=6)
    assert judge(database, stage.organisation.id) == FAIR
    first, second, *others = stage.people
    with database.writing() as world.session:
        appoint(world, stage, timedelta(), first)
        appoint(world, stage, TALK, first)  # inside the pause
        appoint(world, stage, timedelta(hours=2), second)
        appoint(world, stage, timedelta(hours=3))
        appoint(world, stage, timedelta(hours=4), *others, collective=True)  # four people, none counted
    found = judge(database, stage.organisation.id)
    assert found == Finding(overlapping=1, booked_twice=1, overfull=1, empty=1, told_wrongly=3 + len(others))
    assert found.total == 4 + 3 + len(others)
