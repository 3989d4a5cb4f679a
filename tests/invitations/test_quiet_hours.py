"""When messages may reach people."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from invitations.quiet_hours import last_allowed_before, next_allowed, next_allowed_today, next_calling, next_half_day

PARIS = ZoneInfo("Europe/Paris")


def local(text: str, zone: str = "Europe/Paris") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [
        ("2026-11-24T08:00", "2026-11-24T08:00"),
        ("2026-11-24T19:59:59", "2026-11-24T19:59:59"),
        ("2026-11-24T20:00", "2026-11-25T08:00"),
        ("2026-11-24T07:59", "2026-11-24T08:00"),
        ("2026-11-28T15:00", "2026-11-28T15:00"),  # a Saturday
        ("2026-11-28T20:30", "2026-11-30T08:00"),
        ("2026-11-29T11:00", "2026-11-30T08:00"),  # a Sunday
        ("2026-11-11T11:00", "2026-11-12T08:00"),  # 11 November
        ("2026-12-24T21:00", "2026-12-26T08:00"),  # Christmas is a Friday
        ("2026-03-28T21:00", "2026-03-30T08:00"),  # the clock goes forward on Sunday
    ],
)
def test_outside_the_hours_a_message_waits_for_the_next_opening(moment: str, leaves: str) -> None:
    assert next_allowed(local(moment), PARIS, None) == local(leaves)


def test_alsace_keeps_its_own_holidays() -> None:
    boxing_day = local("2026-12-26T11:00")  # a Saturday
    assert next_allowed(boxing_day, PARIS, None) == boxing_day
    assert next_allowed(boxing_day, PARIS, "6AE") == local("2026-12-28T08:00")


@pytest.mark.parametrize(
    ("zone", "leaves"),
    [
        ("Indian/Reunion", "2026-11-25T08:00"),  # 22:00 there when it is 18:00 UTC
        ("Indian/Mayotte", "2026-11-25T08:00"),
        ("America/Guadeloupe", "2026-11-24T14:00"),
        ("America/Cayenne", "2026-11-24T15:00"),
    ],
)
def test_the_hours_are_those_of_the_person_s_own_zone(zone: str, leaves: str) -> None:
    assert next_allowed(local("2026-11-24T18:00", "UTC"), ZoneInfo(zone), None) == local(leaves, zone)


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [
        ("2026-11-24T10:00", "2026-11-24T10:00"),
        ("2026-11-29T10:00", "2026-11-28T10:00"),  # due on Sunday, leaves on Saturday
        ("2026-11-29T06:00", "2026-11-28T08:00"),
        ("2026-11-29T22:00", "2026-11-28T19:00"),
        ("2026-11-24T21:00", "2026-11-24T19:00"),
        ("2026-11-24T07:00", "2026-11-23T19:00"),
        ("2026-11-30T07:00", "2026-11-28T19:00"),  # a Monday before opening
        ("2026-05-25T10:00", "2026-05-23T10:00"),  # Whit Monday, after a Sunday
    ],
)
def test_a_reminder_due_on_a_closed_day_is_brought_forward(moment: str, leaves: str) -> None:
    assert last_allowed_before(local(moment), PARIS, None) == local(leaves)


def test_what_is_about_today_leaves_from_eight_even_on_a_closed_day() -> None:
    assert next_allowed_today(local("2026-11-29T06:30"), PARIS) == local("2026-11-29T08:00")
    assert next_allowed_today(local("2026-11-29T09:30"), PARIS) == local("2026-11-29T09:30")


@pytest.mark.parametrize(
    ("moment", "rings"),
    [
        ("2026-11-24T08:59", "2026-11-24T09:00"),
        ("2026-11-24T12:29:59", "2026-11-24T12:29:59"),
        ("2026-11-24T12:30", "2026-11-24T14:00"),
        ("2026-11-24T17:59", "2026-11-24T17:59"),
        ("2026-11-24T18:00", "2026-11-25T09:00"),
        ("2026-11-27T18:00", "2026-11-30T09:00"),  # a Friday
        ("2026-11-28T10:00", "2026-11-30T09:00"),  # a Saturday
        ("2026-11-11T10:00", "2026-11-12T09:00"),  # 11 November
    ],
)
def test_a_telephone_rings_on_working_days_in_the_morning_and_in_the_afternoon(moment: str, rings: str) -> None:
    assert next_calling(local(moment), PARIS, None) == local(rings)


@pytest.mark.parametrize(
    ("moment", "again"),
    [
        ("2026-11-24T08:00", "2026-11-24T09:00"),
        ("2026-11-24T09:00", "2026-11-24T14:00"),
        ("2026-11-24T13:00", "2026-11-24T14:00"),
        ("2026-11-24T14:00", "2026-11-25T09:00"),
        ("2026-11-27T15:00", "2026-11-30T09:00"),  # a Friday
        ("2026-11-29T15:00", "2026-11-30T09:00"),  # a Sunday
    ],
)
def test_whoever_did_not_answer_is_called_in_another_half_day(moment: str, again: str) -> None:
    assert next_half_day(local(moment), PARIS, None) == local(again)


def test_a_telephone_rings_by_the_clock_of_its_own_zone() -> None:
    assert next_calling(local("2026-11-24T12:00"), ZoneInfo("Indian/Reunion"), None) == local(
        "2026-11-24T15:00", "Indian/Reunion"
    )
