"""The hours of a place: what lies within them, how a week is written and read again."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invitations.place_hours import NEVER, Hours, Week, in_order, is_within, weekly, written

OFFICE = "Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00"
MORNING = (time(9), time(12))
AFTERNOON = (time(14), time(17))
TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("day", "starts", "ends", "within"),
    [
        (TUESDAY, time(9), time(12), True),
        (TUESDAY, time(14, 30), time(15), True),
        (TUESDAY, time(8, 59), time(12), False),
        (TUESDAY, time(9), time(12, 1), False),
        (TUESDAY, time(11), time(15), False),
        (1, time(9), time(12), True),
        (5, time(9), time(12), True),
        (5, time(14), time(17), False),
        (6, time(9), time(12), False),
    ],
)
def test_an_opening_lies_within_the_hours_from_end_to_end(
    day: date | int, starts: time, ends: time, within: bool
) -> None:
    assert is_within(OFFICE, day, starts, ends) is within


@pytest.mark.parametrize("unknown", ["", "   ", "sur rendez-vous", "lundi 9-12"])
def test_nothing_is_outside_of_hours_that_nobody_knows(unknown: str) -> None:
    assert is_within(unknown, TUESDAY, time(3), time(23))
    assert weekly(unknown) is None


def test_a_date_answers_what_a_weekday_can_not() -> None:
    summer = "Mo-Fr 09:00-17:00; Jul-Aug Mo-Fr 09:00-12:00"
    assert is_within(summer, TUESDAY, time(14), time(16))
    assert not is_within(summer, date(2026, 7, 7), time(14), time(16))


def test_hours_on_demand_are_not_closed() -> None:
    assert is_within('Mo-Fr 09:00-12:00 unknown "sur rendez-vous"', TUESDAY, time(9), time(12))


def test_days_alike_are_written_together() -> None:
    office: Week = (*((MORNING, AFTERNOON),) * 5, (MORNING,), ())
    assert written(office) == OFFICE
    assert weekly(OFFICE) == office


def test_days_apart_are_written_apart() -> None:
    week: Week = ((MORNING,), (), (MORNING,), (), (), (), ())
    assert written(week) == "Mo 09:00-12:00; We 09:00-12:00"
    assert weekly("We 09:00-12:00; Mo 09:00-12:00") == week
    assert weekly("Mo,We 09:00-12:00") == week


def test_a_week_without_hours_is_written_as_unknown() -> None:
    assert written(NEVER) == ""


@pytest.mark.parametrize("richer", ["24/7", "Jul 09:00-12:00", "We[1] 09:00-12:00", 'Mo 09:00-12:00 "sonner"'])
def test_what_says_more_than_a_week_is_not_flattened_into_one(richer: str) -> None:
    assert weekly(richer) is None


@pytest.mark.parametrize(
    ("hours", "fine"),
    [
        ((), True),
        ((MORNING, AFTERNOON), True),
        ((AFTERNOON, MORNING), False),
        (((time(12), time(9)),), False),
        (((time(9), time(9)),), False),
        ((MORNING, (time(12), time(13))), False),
    ],
)
def test_windows_follow_one_another(hours: Hours, fine: bool) -> None:
    assert in_order(hours) is fine


MINUTES = st.integers(0, 23 * 60 + 58)


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    days = []
    for _ in range(7):
        clock = sorted(draw(st.sets(MINUTES, max_size=6)))
        clock = clock[: len(clock) // 2 * 2]
        at = [time(minute // 60, minute % 60) for minute in clock]
        days.append(tuple(zip(at[::2], at[1::2], strict=True)))
    return tuple(days)


@given(weeks())
def test_every_week_is_read_as_it_was_written(week: Week) -> None:
    assert weekly(written(week)) == (week if any(week) else None)
