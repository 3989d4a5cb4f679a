"""Sixteen real processes race for fifty slots, on both databases: the promise the product exists for."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, time, timedelta
from time import sleep

import pytest
from sqlalchemy import func, select

from invitations import booking
from invitations.addressing import read_terms
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import AlreadyBooked, SlotTaken
from invitations.inviting_written import new_invitation
from invitations.models import AppointmentAgent, Message, MessageKind, Mode, Participation
from invitations.offers import Choice
from tests.conftest import NOW, SECRET
from tests.factories import World
from tests.racing.clients import PRELOADED

PROCESSES, PEOPLE, SLOTS = 16, 160, 50
PATIENCE = timedelta(minutes=5)  # in the queue of sixteen writers, on a machine out of breath


def prepare(database: Database) -> list[str]:
    """Fifty slots with five agents, and many more people than that, each with a link. Returns their codes."""
    codes = Codes(SECRET)
    with database.writing() as session:
        world = World(session, NOW)
        session.delete(world.opening)
        world.type.duration = timedelta(minutes=30)
        for _ in range(5):
            agent = world.make_agent()
            day = (NOW + timedelta(days=2)).date()
            world.make_opening(
                agent_id=agent.id, starts_on=day, rrule=None, starts_at_time=time(9), ends_at_time=time(14)
            )
        terms = read_terms(session, world.organisation.id, world.category.id, now=NOW)
        people = [
            new_invitation(
                session,
                world.make_follow_up(),
                terms,
                Mode.INVITATION,
                agent_id=None,
                codes=codes,
                now=NOW,
                expires_at=terms.expires_at,
            )
            for _ in range(PEOPLE)
        ]
        return [codes.derive("invitation", one.id) for one in people]


def race(url: str, mine: list[str], starts_at: datetime) -> Counter[str]:
    """One process: each of its people takes the first time on the page, and looks again when it is lost."""
    told: Counter[str] = Counter()
    database, codes = Database(url, patience=PATIENCE), Codes(SECRET)
    sleep(max((starts_at - datetime.now(tz=starts_at.tzinfo)).total_seconds(), 0))
    for code in mine:
        while wishes := first_times(database, code):
            try:
                with database.writing() as session:
                    booking.book(session, code, wishes[0].token, codes=codes, now=NOW)
            except SlotTaken:
                told["lost a race"] += 1
            except AlreadyBooked:
                told["booked elsewhere"] += 1
                break
            else:
                told["booked"] += 1
                break
        else:
            told["told that nothing is left"] += 1
    database.engine.dispose()
    return told


def first_times(database: Database, code: str) -> list[Choice]:
    with database.reading() as session:
        return booking.open_invitation(session, code, codes=Codes(SECRET), now=NOW).choices[:1]


@pytest.mark.journey
def test_sixteen_processes_race_for_fifty_slots(database: Database, database_url: str) -> None:
    codes = prepare(database)
    shares = [codes[number::PROCESSES] for number in range(PROCESSES)]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        list(pool.map(abs, range(PROCESSES)))  # every process is up and has its modules before the start
        start = datetime.now().astimezone() + timedelta(seconds=1)
        told = sum(pool.map(race, [database_url] * PROCESSES, shares, [start] * PROCESSES), Counter[str]())
    assert told["booked"] == SLOTS
    assert told["booked"] + told["told that nothing is left"] == PEOPLE
    with database.reading() as session:
        taken = select(AppointmentAgent.agent_id, AppointmentAgent.starts_at).where(AppointmentAgent.is_live)
        times = [tuple(row) for row in session.execute(taken)]
        assert (len(times), len(set(times))) == (SLOTS, SLOTS)
        assert session.scalar(select(func.count()).select_from(Participation)) == SLOTS
        confirmed = select(func.count()).select_from(Message).where(Message.kind == MessageKind.BOOKED)
        assert session.scalar(confirmed) == 2 * SLOTS
