"""Many hands on one session at once: cancelled or moved while people join, people changing places; real transactions."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from invitations import booking, changing, moving, sessions, sessions_changing
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import DomainError, SlotTaken
from invitations.models import Appointment, AppointmentAgent, Message, MessageKind, Outcome, Participation
from invitations.rhythm import Rhythm
from invitations.sessions import Plan
from tests.conftest import NOW
from tests.factories import World
from tests.invitations.test_booking import Person
from tests.invitations.test_seats import token

AT = datetime(2026, 12, 3, 13, 0, tzinfo=UTC)
PEOPLE = 8


class Scene:
    """A saved session and people invited to it, and what came of everybody's act."""

    def __init__(self, database: Database, codes: Codes) -> None:
        self.database, self.codes = database, codes
        self.told: Counter[str] = Counter()
        with database.writing() as session:
            world = World(session, NOW)
            self.workshop = world.make_type(name="Atelier", duration=timedelta(hours=2), is_collective=True)
            gathering = world.make_session(AT, self.workshop)
            other = world.make_session(AT + timedelta(days=1), self.workshop)
            self.ids, self.tokens = (gathering.id, other.id), (token(gathering), token(other))
            self.people = [Person(world, codes).code for _ in range(PEOPLE)]
            self.agent_id, self.organisation_id, self.place_id = (
                world.agent.id,
                world.organisation.id,
                world.place.id,
            )

    def book(self, code: str, *, at: int = 0) -> str:
        """The code of the appointment that this person has booked."""
        with self.database.writing() as session:
            made = booking.book(session, code, self.tokens[at], codes=self.codes, now=NOW)
            return self.codes.derive("participation", made.id)

    def race(self, acts: list[Callable[[], object]]) -> None:
        """All at once. Every refusal has a name; anything else fails the test."""
        ready = threading.Barrier(len(acts))
        broken: list[BaseException] = []

        def run(act: Callable[[], object]) -> None:
            ready.wait(timeout=30)
            try:
                act()
            except DomainError as refusal:
                self.told[type(refusal).__name__] += 1
            except BaseException as failure:  # noqa: BLE001  (a thread's failure is the test's)
                broken.append(failure)
            else:
                self.told["done"] += 1

        hands = [threading.Thread(target=run, args=(act,)) for act in acts]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join(timeout=60)
        assert not broken

    def expected(self, appointment_id: int) -> int:
        """How many people the session expects."""
        with self.database.reading() as session:
            query = select(func.count()).where(
                Participation.appointment_id == appointment_id, Participation.outcome == Outcome.UNKNOWN
            )
            return session.scalar(query) or 0

    def taken(self, appointment_id: int) -> int:
        with self.database.reading() as session:
            return session.get_one(Appointment, appointment_id).seats_taken


@pytest.fixture
def scene(database: Database, codes: Codes) -> Scene:
    return Scene(database, codes)


def test_nobody_keeps_a_seat_in_a_session_that_is_cancelled_while_they_join(scene: Scene) -> None:
    for code in scene.people[:3]:
        scene.book(code)

    def cancel() -> None:
        with scene.database.writing() as session:
            it = session.get_one(Appointment, scene.ids[0])
            sessions_changing.cancel(session, it, rest=False, agent_id=scene.agent_id, now=NOW)

    scene.race([cancel, *(lambda code=code: scene.book(code) for code in scene.people[3:])])  # type: ignore[misc]
    assert scene.expected(scene.ids[0]) == scene.taken(scene.ids[0]) == 0
    assert scene.told["done"] + scene.told["SlotGone"] + scene.told["SlotTaken"] == PEOPLE - 2
    with scene.database.reading() as session:
        revoked = session.scalars(select(Participation.id).where(Participation.outcome == Outcome.REVOKED)).all()
        told = session.scalars(
            select(Message.participation_id).where(Message.kind == MessageKind.CANCELLED_BY_SERVICE).distinct()
        ).all()
        assert sorted(revoked) == sorted(one or 0 for one in told)


def test_everyone_hears_of_a_session_that_moves_while_they_join(scene: Scene) -> None:
    def move() -> None:
        with scene.database.writing() as session:
            it = session.get_one(Appointment, scene.ids[0])
            plan = Plan(
                type_id=scene.workshop.id,
                place_id=scene.place_id,
                agent_ids=(scene.agent_id,),
                title="",
                seats=12,
                rhythm=Rhythm(date(2026, 12, 3)),
                starts_at_time=time(15),
            )
            checked = sessions.check(session, plan, scene.organisation_id)
            (when,) = sessions.times_of(plan, checked)
            wish = sessions_changing.Change("", 12, checked, when)
            sessions_changing.change(session, it, wish, agent_id=scene.agent_id, now=NOW)

    scene.race([move, *(lambda code=code: scene.book(code) for code in scene.people)])  # type: ignore[misc]
    with scene.database.reading() as session:
        it = session.get_one(Appointment, scene.ids[0])
        assert (it.starts_at, it.version) == (AT + timedelta(hours=1), 1)
        coming = session.scalars(select(Participation).where(Participation.appointment_id == it.id)).all()
        assert it.seats_taken == len(coming)
        for one in coming:
            bodies = session.execute(
                select(Message.version, Message.body)
                .where(Message.participation_id == one.id)
                .order_by(Message.version.desc(), Message.id)
            ).all()
            assert bodies[0].version == 1
            assert "15" in bodies[0].body


def test_people_who_change_places_do_not_wait_for_each_other(scene: Scene) -> None:
    booked = [scene.book(code, at=number % 2) for number, code in enumerate(scene.people)]

    def move(code: str, to: int) -> None:
        with scene.database.writing() as session:
            moving.move(session, code, scene.tokens[to], codes=scene.codes, now=NOW)

    scene.race([lambda code=code, to=1 - number % 2: move(code, to) for number, code in enumerate(booked)])  # type: ignore[misc]
    assert scene.told == {"done": PEOPLE}
    assert [scene.taken(one) for one in scene.ids] == [PEOPLE // 2] * 2
    assert [scene.expected(one) for one in scene.ids] == [PEOPLE // 2] * 2


def test_leaving_twice_at_once_frees_one_seat(scene: Scene) -> None:
    code = scene.book(scene.people[0])
    scene.book(scene.people[1])

    def leave() -> None:
        with scene.database.writing() as session:
            changing.cancel(session, code, codes=scene.codes, now=NOW)

    scene.race([leave] * 4)
    assert scene.told == {"done": 4}
    assert scene.taken(scene.ids[0]) == 1


def test_two_series_for_one_agent_at_once_never_overlap(scene: Scene) -> None:
    plan = Plan(
        type_id=scene.workshop.id,
        place_id=scene.place_id,
        agent_ids=(scene.agent_id,),
        title="",
        seats=5,
        rhythm=Rhythm(date(2026, 12, 8), (1,)),
        starts_at_time=time(14),
        times=5,
    )

    def create(wish: Plan) -> None:
        with scene.database.writing() as session:
            sessions.create(
                session, wish, organisation_id=scene.organisation_id, agent_id=scene.agent_id, skipping=True, now=NOW
            )

    scene.race([lambda: create(plan), lambda: create(replace(plan, starts_at_time=time(15)))])
    assert scene.told == {"done": 1, SlotTaken.__name__: 1}
    with scene.database.reading() as session:
        starts = session.scalars(select(AppointmentAgent.starts_at).where(AppointmentAgent.is_live)).all()
        assert len(starts) == len(set(starts)) == 7
