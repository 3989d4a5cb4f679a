"""When a message may leave: what can't wait for an open day, and whose clock counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from invitations.models import Channel, Department, Message, MessageKind, MessageState, Place
from invitations.outbox.hours import allowed_from
from tests.post import Post

PARIS = ZoneInfo("Europe/Paris")
DROME = Department(timezone="Europe/Paris", holidays_subdivision=None)


def at(text: str, zone: str = "Europe/Paris") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# 2026-11-28 is a Saturday, 2026-12-25 a Friday and a holiday.
@pytest.mark.parametrize(
    ("moment", "starts_at", "leaves"),
    [
        ("2026-11-27T10:00", "2026-11-30T09:00", "2026-11-27T10:00"),  # inside the hours: at once
        ("2026-11-27T21:00", "2026-11-30T09:00", "2026-11-28T08:00"),  # Saturday is in time
        ("2026-11-28T21:00", "2026-11-30T09:00", "2026-11-30T08:00"),  # Monday at eight: an hour before
        ("2026-11-28T21:00", "2026-11-30T08:45", "2026-11-29T08:00"),  # too late on Monday: on Sunday
        ("2026-11-29T10:00", "2026-11-30T08:45", "2026-11-29T10:00"),
        ("2026-11-29T06:00", "2026-11-30T08:45", "2026-11-29T08:00"),
        ("2026-11-29T10:00", "2026-11-30T14:00", "2026-11-30T08:00"),  # in time on Monday: nobody is disturbed
        ("2026-11-29T21:00", "2026-11-30T08:45", "2026-11-30T08:00"),  # late in the evening: better than never
        ("2026-11-29T10:00", "2026-11-29T15:00", "2026-11-29T10:00"),
        ("2026-11-24T20:30", "2026-11-24T21:30", "2026-11-24T20:30"),  # of today: they may be on the way
        ("2026-12-25T10:00", "2026-12-26T08:30", "2026-12-25T10:00"),
    ],
)
@pytest.mark.parametrize("kind", [MessageKind.CANCELLED_BY_SERVICE, MessageKind.MOVED])
def test_a_change_that_would_come_too_late_leaves_on_a_closed_day(
    kind: MessageKind, moment: str, starts_at: str, leaves: str
) -> None:
    assert allowed_from(kind, at(moment), starts_at=at(starts_at), department=DROME) == at(leaves)


def test_nothing_else_leaves_on_a_sunday() -> None:
    for kind in (MessageKind.APPOINTMENT_REMINDER, MessageKind.CONVOCATION, MessageKind.INVITATION):
        due_at = allowed_from(kind, at("2026-11-29T10:00"), starts_at=at("2026-11-30T08:30"), department=DROME)
        assert due_at == at("2026-11-30T08:00")


@pytest.mark.parametrize(
    ("previous", "leaves"),
    [
        ("2026-11-30T08:30", "2026-11-29T10:00"),
        ("2026-11-30T15:00", "2026-11-30T08:00"),
        ("2026-11-28T09:00", "2026-11-30T08:00"),
    ],
)
def test_a_move_is_told_before_the_time_at_which_the_person_would_come(previous: str, leaves: str) -> None:
    due_at = allowed_from(
        MessageKind.MOVED,
        at("2026-11-29T10:00"),
        starts_at=at("2026-12-04T10:00"),
        previous_starts_at=at(previous),
        department=DROME,
    )
    assert due_at == at(leaves)


def test_a_call_rings_at_its_own_hours_whatever_it_says() -> None:
    due_at = allowed_from(
        MessageKind.CANCELLED_BY_SERVICE,
        at("2026-11-29T10:00"),
        starts_at=at("2026-11-29T15:00"),
        department=DROME,
        channel=Channel.VOICE,
    )
    assert due_at == at("2026-11-30T09:00")


def moved(post: Post, *, from_: str, to: str) -> Message:
    participation = post.participation(starts_in=at(to) - post.clock())
    (message,) = post.owe(
        MessageKind.MOVED, participation=participation, channels=(Channel.SMS,), previous_starts_at=at(from_)
    )
    return message


def test_a_move_of_monday_morning_decided_on_sunday_leaves_on_sunday(post: Post) -> None:
    post.clock.now = at("2026-11-29T11:00")
    message = moved(post, from_="2026-11-30T08:30", to="2026-12-04T10:00")
    assert message.due_at == post.clock()
    assert post.deliver() == 1


def test_a_move_that_can_wait_for_monday_waits(post: Post) -> None:
    post.clock.now = at("2026-11-29T11:00")
    message = moved(post, from_="2026-12-03T08:30", to="2026-12-04T10:00")
    assert message.due_at == at("2026-11-30T08:00")
    post.change(message, due_at=post.clock())
    assert post.deliver() == 0
    assert post.read(message).due_at == at("2026-11-30T08:00")


def far_away(post: Post, zone: str) -> None:
    """The place where people are received lies in another zone than the département."""
    post.change(post.world.place, timezone=zone)
    with post.database.reading() as session:
        post.world.place = session.get_one(Place, post.world.place.id)
        session.expunge_all()


def test_the_hours_are_those_of_where_the_appointment_is(post: Post) -> None:
    far_away(post, "America/Guadeloupe")
    post.clock.now = at("2026-11-24T10:00")  # five in the morning there
    participation = post.participation(starts_in=timedelta(days=5))
    (reminder,) = post.owe(MessageKind.APPOINTMENT_REMINDER, participation=participation, channels=(Channel.SMS,))
    assert reminder.due_at == at("2026-11-24T08:00", "America/Guadeloupe")
    post.change(reminder, due_at=post.clock())
    assert post.deliver() == 0
    assert post.read(reminder).due_at == at("2026-11-24T08:00", "America/Guadeloupe")
    post.clock.now = at("2026-11-24T08:00", "America/Guadeloupe")
    assert post.deliver() == 1
    assert post.state(reminder) is MessageState.SENT


def test_without_an_appointment_they_are_the_departement_s(post: Post) -> None:
    far_away(post, "America/Guadeloupe")
    post.clock.now = at("2026-11-24T10:00")
    post.invited()
    assert post.deliver() == 1
