"""When reminders are due, as arithmetic."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from invitations.reminder_dates import appointment_step, invitation_step

PARIS = ZoneInfo("Europe/Paris")


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due_invitation(now: str, **changes: Any) -> int | None:
    values = {
        "sent_at": at("2026-11-23T10:00"),  # a Monday
        "days": [3, 7],
        "reached": 0,
        "reminded_at": None,
        "expires_at": at("2026-12-04T00:00"),
        "zone": PARIS,
        "subdivision": None,
    }
    return invitation_step(now=at(now), **values | changes)


def test_an_unanswered_invitation_is_reminded_on_day_3_then_on_day_7() -> None:
    assert due_invitation("2026-11-26T09:59") is None
    assert due_invitation("2026-11-26T10:00") == 1
    first = {"reached": 1, "reminded_at": at("2026-11-26T10:00")}
    assert due_invitation("2026-11-28T10:00", **first) is None
    assert due_invitation("2026-11-30T10:00", **first) == 2
    assert due_invitation("2026-12-03T10:00", reached=2, reminded_at=at("2026-11-30T10:00")) is None


def test_a_reminder_due_on_a_sunday_leaves_on_saturday() -> None:
    assert due_invitation("2026-11-28T10:00", sent_at=at("2026-11-26T10:00")) == 1
    assert due_invitation("2026-11-28T09:59", sent_at=at("2026-11-26T10:00")) is None


def test_an_outage_loses_nobody_and_sends_one_reminder_not_two() -> None:
    assert due_invitation("2026-12-01T08:00") == 2


def test_two_reminders_caught_up_after_an_outage_don_t_come_together() -> None:
    late = {"reached": 1, "reminded_at": at("2026-11-30T09:00")}
    assert due_invitation("2026-11-30T10:00", **late) is None
    assert due_invitation("2026-12-01T10:00", **late) == 2


@pytest.mark.parametrize(("expires_at", "step"), [("2026-12-02T10:00", None), ("2026-12-02T10:01", 2)])
def test_the_second_reminder_needs_more_than_two_days_of_validity(expires_at: str, step: int | None) -> None:
    first = {"reached": 1, "reminded_at": at("2026-11-26T10:00")}
    assert due_invitation("2026-11-30T10:00", expires_at=at(expires_at), **first) == step


def test_an_invitation_that_never_expires_is_reminded_too() -> None:
    assert due_invitation("2026-11-30T10:00", expires_at=None, reached=1) == 2


def test_what_never_left_is_not_reminded() -> None:
    assert due_invitation("2026-11-30T10:00", sent_at=None) is None


def test_no_day_means_no_reminder() -> None:
    assert due_invitation("2026-11-30T10:00", days=[]) is None


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
