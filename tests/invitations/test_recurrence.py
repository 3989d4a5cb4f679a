"""Recurrences against dateutil, which knows RFC 5545 better than we do."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from invitations.agenda.recurrence import Frequency, Rule, monthly, occurrences, parse, weekly

DAYS = st.dates(date(2023, 1, 1), date(2028, 12, 31))
UNTIL = st.none() | DAYS
WEEKLY = st.builds(
    lambda days, interval, until: weekly(days, interval=interval, until=until),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(1, 5),
    UNTIL,
)
MONTHLY = st.builds(
    lambda nth, day, until: monthly(nth, day, until=until),
    st.sampled_from([-1, 1, 2, 3, 4, 5]),
    st.integers(0, 6),
    UNTIL,
)


@given(WEEKLY | MONTHLY, DAYS, st.integers(-400, 900), st.integers(0, 200))
def test_the_same_days_as_a_full_rfc_5545_reader(rule: str, starts_on: date, offset: int, length: int) -> None:
    first = starts_on + timedelta(days=offset)
    last = first + timedelta(days=length)
    theirs = rrulestr(f"{rule};WKST=MO", dtstart=datetime.combine(starts_on, time()))
    expected = theirs.between(datetime.combine(first, time()), datetime.combine(last, time()), inc=True)
    assert occurrences(rule, starts_on, first=first, last=last) == [moment.date() for moment in expected]


def test_without_a_rule_an_opening_happens_once() -> None:
    day = date(2026, 12, 1)
    assert occurrences(None, day, first=date(2026, 11, 1), last=date(2026, 12, 31)) == [day]
    assert occurrences(None, day, first=date(2026, 12, 2), last=date(2026, 12, 31)) == []


def test_a_day_taken_out_does_not_happen() -> None:
    days = occurrences(weekly([1]), date(2026, 12, 1), ["2026-12-08"], first=date(2026, 12, 1), last=date(2026, 12, 15))
    assert days == [date(2026, 12, 1), date(2026, 12, 15)]


def test_a_fifth_thursday_that_does_not_exist_is_skipped() -> None:
    days = occurrences(monthly(5, 3), date(2026, 1, 1), first=date(2026, 1, 1), last=date(2026, 6, 30))
    assert days == [date(2026, 1, 29), date(2026, 4, 30)]


def test_the_29th_of_february_is_a_day_like_another() -> None:
    assert occurrences(weekly([1]), date(2028, 2, 1), first=date(2028, 2, 28), last=date(2028, 3, 1)) == [
        date(2028, 2, 29)
    ]


def test_a_rule_reads_as_it_was_written() -> None:
    assert parse(weekly([3, 1], interval=2, until=date(2026, 12, 31))) == Rule(
        Frequency.WEEKLY, frozenset({1, 3}), interval=2, until=date(2026, 12, 31)
    )
    assert parse(monthly(-1, 4)) == Rule(Frequency.MONTHLY, frozenset({4}), nth=-1)


def test_a_weekly_rule_needs_a_weekday() -> None:
    with pytest.raises(ValueError, match="weekday"):
        weekly([])
