"""The job that offers freed slots, as schedulers run it: several at once, beside people who answer and book."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import acts
from app.jobs import TIMETABLE, run_job
from app.runtime import Runtime
from invitations import accepting, booking, changing, offering
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import DomainError, OfferOver, SlotTaken
from invitations.models import (
    Appointment,
    AppointmentAgent,
    FreedSlot,
    Message,
    MessageKind,
    OfferAnswer,
    Participation,
    Waiting,
)
from invitations.offers import Choice
from tests.conftest import Clock
from tests.factories import World
from tests.invitations.queue import Queue, Somebody

THURSDAY = date(2026, 12, 3)
NINE = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)
JOB = next(one for one in TIMETABLE if one.name == "offer_freed")


class Town:
    """A saved world with a few slots, all of them booked, and people who wait for one."""

    def __init__(self, database: Database, clock: Clock, codes: Codes, *, slots: int, waiting: int) -> None:
        self.database, self.clock, self.codes = database, clock, codes
        with database.writing() as session:
            self.queue = Queue(World(session, clock()), codes)
            world = self.queue.world
            invited = [self.queue.invite() for _ in range(slots + waiting)]
            session.delete(world.opening)
            ends = (datetime.combine(THURSDAY, time(9)) + slots * world.type.duration).time()
            world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(9), ends_at_time=ends)
            self.booked = [one.book() for one in invited[:slots]]
            self.waiting = invited[slots:]
            for one in self.waiting:
                one.ask()
                self.queue.pass_by(timedelta(seconds=1))
        clock.now = self.queue.now

    @contextmanager
    def act(self) -> Iterator[Session]:
        with self.database.writing() as session:
            yield session

    def cancel(self, participation: Participation) -> None:
        with self.act() as session:
            changing.cancel(session, self.queue.code_of(participation), codes=self.queue.codes, now=self.clock())

    def take(self, somebody: Somebody) -> int:
        with self.act() as session:
            return accepting.take(
                session, somebody.code, offer_of(session, somebody), codes=self.codes, now=self.clock()
            ).id

    def live(self) -> list[FreedSlot]:
        with self.database.reading() as session:
            found = list(session.scalars(select(FreedSlot).where(FreedSlot.answered_at.is_(None))))
            session.expunge_all()
            return found

    def count(self, query: Any) -> int:
        with self.database.reading() as session:
            return session.scalar(query) or 0


def offer_of(session: Session, somebody: Somebody) -> int:
    """What this person was offered last."""
    mine = select(FreedSlot.id).join(Waiting).where(Waiting.follow_up_id == somebody.follow_up.id)
    return session.scalars(mine.order_by(FreedSlot.id.desc()).limit(1)).one()


@pytest.fixture
def runtime(flask_app: Flask) -> Runtime:
    return flask_app.extensions["rdv"]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of these at the same moment; what each returned, or the refusal it met."""
    start = Barrier(len(acts), timeout=30)

    def begin(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(begin, act) for act in acts]]


def test_two_schedulers_offer_each_slot_once_and_write_each_message_once(
    database: Database, clock: Clock, codes: Codes, runtime: Runtime
) -> None:
    town = Town(database, clock, codes, slots=4, waiting=6)
    for one in town.booked:
        town.cancel(one)
    for _ in range(2):
        at_once(*[lambda: run_job(runtime, JOB)] * 2)
    offers = town.live()
    assert len({one.appointment_id for one in offers}) == len({one.waiting_id for one in offers}) == len(offers) == 4
    first = [somebody.follow_up.id for somebody in town.waiting[:4]]
    with database.reading() as session:
        assert sorted(session.get_one(FreedSlot, one.id).waiting.follow_up_id for one in offers) == first  # type: ignore[union-attr]
    assert town.count(select(func.count(Message.id)).where(Message.kind == MessageKind.SLOT_FREED)) == 8


@pytest.mark.parametrize("turn", range(3))
def test_a_late_answer_and_the_next_person_never_both_have_it(
    database: Database, clock: Clock, codes: Codes, runtime: Runtime, turn: int
) -> None:
    town = Town(database, clock, codes, slots=1, waiting=2)
    town.cancel(town.booked[0])
    run_job(runtime, JOB)
    clock.pass_by(timedelta(hours=2, minutes=1))
    answer, _, _ = at_once(
        lambda: town.take(town.waiting[0]), lambda: run_job(runtime, JOB), lambda: run_job(runtime, JOB)
    )
    offers = town.live()
    if isinstance(answer, OfferOver):
        assert [one.waiting_id is not None for one in offers] == [True]
        assert isinstance(town.take(town.waiting[1]), int)
    else:
        assert offers == []
    live = select(func.count(AppointmentAgent.appointment_id)).where(AppointmentAgent.is_live)
    assert town.count(live) == 1


@pytest.mark.parametrize("turn", range(3))
def test_nobody_overtakes_the_queue_while_a_slot_is_freed(
    database: Database, clock: Clock, codes: Codes, runtime: Runtime, turn: int
) -> None:
    town = Town(database, clock, codes, slots=1, waiting=3)
    hurried = town.waiting.pop()
    world = town.queue.world
    token = Choice(NINE, world.place.id, world.type.id, NINE).token

    def book() -> int:
        with town.act() as session:
            return booking.book(session, hurried.code, token, codes=codes, now=clock()).id

    _, *booked = at_once(lambda: town.cancel(town.booked[0]), book, book)
    assert all(isinstance(one, SlotTaken) for one in booked)
    run_job(runtime, JOB)
    assert isinstance(town.take(town.waiting[0]), int)


def test_double_taps_of_yes_and_no_leave_one_answer(
    database: Database, clock: Clock, codes: Codes, runtime: Runtime
) -> None:
    town = Town(database, clock, codes, slots=1, waiting=2)
    town.cancel(town.booked[0])
    run_job(runtime, JOB)
    first = town.waiting[0]

    def decline() -> None:
        with town.act() as session:
            accepting.decline(session, first.follow_up.id, offer_of(session, first), now=clock())

    answers = at_once(lambda: town.take(first), decline, lambda: town.take(first), decline)
    taken = {one for one in answers if isinstance(one, int)}
    rows = select(func.count(FreedSlot.id)).where(FreedSlot.answer.is_not(None))
    assert town.count(rows) == 1
    assert len(taken) == town.count(rows.where(FreedSlot.answer == OfferAnswer.TAKEN)) <= 1


def test_a_scheduler_that_dies_between_two_steps_leaves_nothing_half_done(
    database: Database, clock: Clock, codes: Codes, runtime: Runtime
) -> None:
    town = Town(database, clock, codes, slots=1, waiting=1)
    town.cancel(town.booked[0])

    class Killed(BaseException):
        """Nothing forgives it."""

    with database.reading() as session:
        (due,) = offering.due(session, now=clock())

    def die_before_the_commit() -> None:
        with town.act() as session:
            offering.settle(session, due, now=clock())
            raise Killed

    with pytest.raises(Killed):
        die_before_the_commit()
    assert [one.waiting_id for one in town.live()] == [None]
    assert town.count(select(func.count(Message.id)).where(Message.kind == MessageKind.SLOT_FREED)) == 0
    run_job(runtime, JOB)
    assert [one.waiting_id is not None for one in town.live()] == [True]
    assert town.count(select(func.count(Message.id)).where(Message.kind == MessageKind.SLOT_FREED)) == 2


def test_the_expiry_job_leaves_a_slot_that_is_kept_alone(
    database: Database, clock: Clock, codes: Codes, runtime: Runtime
) -> None:
    town = Town(database, clock, codes, slots=1, waiting=1)
    town.cancel(town.booked[0])
    run_job(runtime, JOB)
    clock.pass_by(timedelta(hours=2, minutes=1))
    acts.expire(runtime)
    held = select(func.count(Appointment.id)).where(
        Appointment.held_until.is_not(None), Appointment.cancelled_at.is_(None)
    )
    assert town.count(held) == 1
    run_job(runtime, JOB)
    assert town.count(held) == 0
