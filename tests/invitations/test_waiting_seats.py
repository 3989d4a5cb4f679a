"""A seat freed in a session is kept for those who wait as a slot is: counted as taken until it is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from invitations import booking, queueing
from invitations.codes import Codes
from invitations.models import Appointment, Participation, WaitEnd
from tests.factories import World
from tests.invitations.queue import Queue, Somebody

NINE = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def queue(world: World, codes: Codes) -> Queue:
    return Queue(world, codes)


Full = tuple[Appointment, Participation, list[Somebody]]


@pytest.fixture
def full(world: World, queue: Queue) -> Full:
    """A session of one seat, which somebody has; two others were invited and find nothing."""
    first, *others = [queue.invite() for _ in range(3)]
    world.session.delete(world.opening)
    workshop = queue.make_session(NINE)
    return workshop, first.book(), others


def seats_taken(queue: Queue, workshop: Appointment) -> int:
    queue.session.flush()
    return queue.session.get_one(Appointment, workshop.id, populate_existing=True).seats_taken


def test_the_seat_stays_taken_until_somebody_of_the_queue_has_answered(queue: Queue, full: Full) -> None:
    workshop, booked, (one, two) = full
    one.ask()
    queue.cancel(booked)
    assert seats_taken(queue, workshop) == 1
    assert booking.open_invitation(queue.session, two.code, codes=queue.codes, now=queue.now).choices == []
    queue.scheduler()
    taken = one.take()
    assert taken.appointment_id == workshop.id
    assert seats_taken(queue, workshop) == 1
    assert one.place.end_reason is WaitEnd.SERVED


def test_a_seat_that_nobody_wants_is_free_for_all(queue: Queue, full: Full) -> None:
    workshop, booked, (one, two) = full
    one.ask()
    queue.cancel(booked)
    queue.scheduler()
    one.decline()
    queue.scheduler()
    assert seats_taken(queue, workshop) == 0
    assert [
        choice.starts_at
        for choice in booking.open_invitation(queue.session, two.code, codes=queue.codes, now=queue.now).choices
    ] == [NINE]


def test_with_nobody_waiting_the_seat_is_free_at_once(queue: Queue, full: Full) -> None:
    workshop, booked, _ = full
    queue.cancel(booked)
    assert seats_taken(queue, workshop) == 0


def test_whoever_left_may_be_offered_a_seat_of_the_same_session_again(queue: Queue, full: Full) -> None:
    workshop, booked, (one, _) = full
    queue.cancel(booked)
    again = one.book()
    first = queue.somebody_of(booked)
    first.ask()
    queue.cancel(again)
    queue.scheduler()
    assert first.take().appointment_id == workshop.id
    assert seats_taken(queue, workshop) == 1


def test_an_earlier_session_replaces_a_later_one(queue: Queue, full: Full) -> None:
    workshop, booked, (one, _) = full
    afternoon = queue.make_session(NINE + timedelta(hours=5))
    late = one.book()
    uid = late.uid
    queueing.ask_earlier(queue.session, queue.code_of(late), codes=queue.codes, now=queue.now)
    queue.cancel(booked)
    queue.scheduler()
    moved = queue.take_instead(late)
    assert (moved.uid, moved.appointment_id) == (uid, workshop.id)
    assert (seats_taken(queue, workshop), seats_taken(queue, afternoon)) == (1, 0)


def test_a_session_called_off_offers_no_seat(queue: Queue, full: Full) -> None:
    workshop, booked, (one, _) = full
    one.ask()
    queue.cancel(booked)
    workshop.cancelled_at = queue.now
    queue.scheduler()
    assert one.offer is None
