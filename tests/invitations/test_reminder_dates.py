"""When reminders are due, as arithmetic."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invitations.quiet_hours import next_allowed
from invitations.reminder_dates import APART, appointment_step, invitation_step, step_moment

PARIS = ZoneInfo("Europe/Paris")


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due_invitation(now: str, **changes: Any) -> int | None:
    values = {
        "sent_at": at("2026-11-23T10:00"),  # a Monday
        "days": [3, 7],
        "reminded_at": None,
        "expires_at": at("2026-12-04T00:00"),
        "zone": PARIS,
        "subdivision": None,
    }
    return invitation_step(now=at(now), **values | changes)


def test_an_unanswered_invitation_is_reminded_on_day_3_then_on_day_7() -> None:
    assert due_invitation("2026-11-26T09:59") is None
    assert due_invitation("2026-11-26T10:00") == 3
    first = {"reminded_at": at("2026-11-26T10:00")}
    assert due_invitation("2026-11-28T10:00", **first) is None
    assert due_invitation("2026-11-30T10:00", **first) == 7
    assert due_invitation("2026-12-03T10:00", reminded_at=at("2026-11-30T10:00")) is None


def test_a_reminder_due_on_a_sunday_leaves_on_saturday() -> None:
    assert due_invitation("2026-11-28T10:00", sent_at=at("2026-11-26T10:00")) == 3
    assert due_invitation("2026-11-28T09:59", sent_at=at("2026-11-26T10:00")) is None


def test_a_step_due_on_a_public_holiday_leaves_on_the_day_before() -> None:
    christmas = {"sent_at": at("2026-12-22T10:00"), "expires_at": None}  # + 3 days: Friday 25 December
    assert due_invitation("2026-12-24T09:59", **christmas) is None
    assert due_invitation("2026-12-24T10:00", **christmas) == 3


def test_two_steps_that_a_row_of_closed_days_brings_together_are_one() -> None:
    thursday = {"sent_at": at("2026-12-24T10:00"), "days": [1, 3], "expires_at": None}  # Christmas, and Sunday
    assert due_invitation("2026-12-24T10:01", **thursday) == 1
    reminded = {"reminded_at": at("2026-12-24T10:01")}
    assert due_invitation("2026-12-26T09:59", **thursday | reminded) is None
    assert due_invitation("2026-12-26T10:00", **thursday | reminded) == 3  # Saturday, for Sunday
    saturday = {"sent_at": at("2026-11-25T10:00"), "days": [3, 4], "expires_at": None}
    assert due_invitation("2026-11-28T10:00", **saturday) == 4
    assert due_invitation("2026-11-30T10:00", **saturday, reminded_at=at("2026-11-28T10:00")) is None


def test_an_outage_loses_nobody_and_sends_one_reminder_not_two() -> None:
    assert due_invitation("2026-12-01T08:00") == 7


def test_two_reminders_caught_up_after_an_outage_don_t_come_together() -> None:
    late = {"reminded_at": at("2026-11-30T09:00")}
    assert due_invitation("2026-11-30T10:00", **late) is None
    assert due_invitation("2026-12-01T10:00", **late) == 7


@pytest.mark.parametrize(("expires_at", "step"), [("2026-12-02T10:00", None), ("2026-12-02T10:01", 7)])
def test_the_second_reminder_needs_more_than_two_days_of_validity(expires_at: str, step: int | None) -> None:
    first = {"reminded_at": at("2026-11-26T10:00")}
    assert due_invitation("2026-11-30T10:00", expires_at=at(expires_at), **first) == step


def test_an_invitation_that_never_expires_is_reminded_too() -> None:
    assert due_invitation("2026-11-30T10:00", expires_at=None, reminded_at=at("2026-11-26T10:00")) == 7


def test_what_never_left_is_not_reminded() -> None:
    assert due_invitation("2026-11-30T10:00", sent_at=None) is None


def test_no_day_means_no_reminder() -> None:
    assert due_invitation("2026-11-30T10:00", days=[]) is None


@pytest.mark.parametrize("days", [[2, 3, 7], [1, 7], [3, 4, 7], [7]])
def test_steps_that_the_service_changes_afterwards_are_not_made_up_for(days: list[int]) -> None:
    """What is due before the last reminder is done with, whatever the steps were called then."""
    last = {"reminded_at": at("2026-11-27T12:00")}
    assert due_invitation("2026-11-29T12:00", days=days, **last) is None
    assert due_invitation("2026-11-30T10:00", days=days, **last) == 7


@pytest.mark.parametrize(
    ("sent_at", "due_at"),
    [
        ("2026-10-22T08:30", "2026-10-24T08:30"),  # + 3 days: the Sunday on which the clock goes back
        ("2026-10-23T08:30", "2026-10-26T08:30"),
        ("2026-03-26T19:30", "2026-03-28T19:00"),  # the Sunday on which it goes forward; inside the last hour
        ("2026-03-27T08:30", "2026-03-30T08:30"),
    ],
)
def test_a_step_keeps_its_hour_when_the_clock_changes(sent_at: str, due_at: str) -> None:
    sent = {"sent_at": at(sent_at), "expires_at": None}
    assert due_invitation(due_at, **sent) == 3
    assert invitation_step(
        sent_at=at(sent_at), days=[3], reminded_at=None, expires_at=None, zone=PARIS, subdivision=None,
        now=at(due_at) - timedelta(minutes=1),
    ) is None  # fmt: skip


@given(
    sent=st.integers(0, 2 * 365 * 24 * 60),
    days=st.sets(st.integers(1, 40), max_size=6),
    ticks=st.lists(st.integers(1, 240), max_size=60),
    validity=st.none() | st.integers(1, 40),
)
def test_whatever_the_hours_of_the_scheduler_no_step_comes_twice_too_close_or_out_of_hours(
    sent: int, days: set[int], ticks: list[int], validity: int | None
) -> None:
    """A scheduler that wakes after any number of hours: steps grow, lie 20 hours apart and are never early."""
    sent_at = next_allowed(at("2026-01-01T00:00") + timedelta(minutes=sent), PARIS, None)
    expires_at = sent_at + timedelta(days=validity) if validity else None
    now, reminded_at, done = sent_at, None, []
    for hours in ticks:
        now += timedelta(hours=hours)
        if expires_at is not None and now >= expires_at:
            break
        step = invitation_step(
            sent_at=sent_at, days=days, reminded_at=reminded_at, expires_at=expires_at, zone=PARIS, subdivision=None,
            now=now,
        )  # fmt: skip
        if step is not None:
            assert step in days
            assert reminded_at is None or now - reminded_at >= APART
            assert step_moment(sent_at, step, PARIS, None) <= now
            assert next_allowed(step_moment(sent_at, step, PARIS, None), PARIS, None) <= now
            done.append(step)
            reminded_at = now
    assert done == sorted(set(done))
    if expires_at is None and days and now > sent_at + timedelta(days=max(days)):
        assert done, "an outage loses nobody"


def due_appointment(now: str, **changes: Any) -> str | None:
    values = {
        "starts_at": at("2026-11-27T14:00"),  # a Friday
        "told_at": at("2026-11-20T09:00"),
        "reminded_at": None,
        "zone": PARIS,
        "subdivision": None,
    }
    return appointment_step(now=at(now), **values | changes)


def test_an_appointment_is_reminded_two_days_before_at_ten() -> None:
    assert due_appointment("2026-11-25T09:59") is None
    assert due_appointment("2026-11-25T10:00") == "2d"
    assert due_appointment("2026-11-25T10:10", reminded_at=at("2026-11-25T10:01")) is None


def test_the_hour_is_that_of_the_place() -> None:
    reunion = ZoneInfo("Indian/Reunion")
    starts_at = at("2026-11-27T14:00", reunion)
    assert due_appointment("2026-11-25T06:59", starts_at=starts_at, zone=reunion) is None
    assert due_appointment("2026-11-25T07:00", starts_at=starts_at, zone=reunion) == "2d"


def test_who_booked_long_ahead_is_reminded_on_the_eve_too() -> None:
    once = {"reminded_at": at("2026-11-25T10:01")}
    assert due_appointment("2026-11-26T10:30", **once) is None
    assert due_appointment("2026-11-26T10:30", told_at=at("2026-11-17T13:59"), **once) == "1d"


def test_who_has_just_booked_needs_no_reminder() -> None:
    assert due_appointment("2026-11-25T10:00", told_at=at("2026-11-25T09:30")) is None
    assert due_appointment("2026-11-26T15:00", told_at=at("2026-11-26T09:00")) is None
    assert due_appointment("2026-11-25T10:00", told_at=at("2026-11-25T07:30")) == "2d"


def test_a_reminder_missed_in_an_outage_still_leaves_once() -> None:
    assert due_appointment("2026-11-27T08:00") == "2d"
    assert due_appointment("2026-11-27T08:00", told_at=at("2026-11-01T09:00")) == "1d"


def test_a_late_reminder_stands_for_the_one_of_the_eve() -> None:
    long_ahead = {"told_at": at("2026-11-01T09:00"), "reminded_at": at("2026-11-26T08:00")}
    assert due_appointment("2026-11-26T10:00", **long_ahead) is None
    assert due_appointment("2026-11-27T08:00", **long_ahead) is None


def test_before_a_monday_both_reminders_are_one_on_saturday() -> None:
    monday = {"starts_at": at("2026-11-30T09:00"), "told_at": at("2026-11-01T09:00")}
    assert due_appointment("2026-11-28T09:59", **monday) is None
    assert due_appointment("2026-11-28T10:00", **monday) == "1d"
    assert due_appointment("2026-11-28T10:05", reminded_at=at("2026-11-28T10:00"), **monday) is None


def test_around_the_change_of_the_clock_ten_stays_ten() -> None:
    starts_at = at("2026-10-27T09:00")  # the clock went back on the Sunday before
    due = {"starts_at": starts_at, "told_at": starts_at - timedelta(days=9)}
    assert due_appointment("2026-10-24T09:59", **due) is None
    assert due_appointment("2026-10-24T10:00", **due) == "2d"
