"""What is asked for and what is stored say the same days."""

from __future__ import annotations

from datetime import date

import pytest

from invitations.agenda.recurrence import ending, monthly, weekly
from invitations.rhythm import Rhythm, happens_on, rhythm_of, taken_out

TUESDAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    "rhythm",
    [
        Rhythm(TUESDAY),
        Rhythm(TUESDAY, weekdays=(1, 3)),
        Rhythm(TUESDAY, weekdays=(1,), interval=3, until=date(2027, 1, 31)),
        Rhythm(TUESDAY, weekdays=(1,), nth=5),
        Rhythm(TUESDAY, weekdays=(4,), nth=-1, until=date(2027, 1, 31)),
    ],
)
def test_what_is_stored_is_read_as_it_was_asked(rhythm: Rhythm) -> None:
    assert rhythm_of(rhythm.rrule, rhythm.starts_on, rhythm.last_on) == rhythm


def test_the_first_tuesday_of_the_month_and_a_fifth_that_not_every_month_has() -> None:
    first = Rhythm(TUESDAY, weekdays=(1,), nth=1)
    assert first.days(TUESDAY)[:3] == [TUESDAY, date(2027, 1, 5), date(2027, 2, 2)]
    fifth = Rhythm(TUESDAY, weekdays=(1,), nth=5)
    assert fifth.days(TUESDAY)[:2] == [date(2026, 12, 29), date(2027, 3, 30)]


def test_once_a_month_is_on_one_weekday() -> None:
    with pytest.raises(ValueError):
        _ = Rhythm(TUESDAY, weekdays=(1, 2), nth=1).rrule


def test_days_taken_out_are_told_when_they_are_its_own_and_to_come() -> None:
    exdates = ["2026-12-15", "2026-12-08", "2026-12-09", "2026-12-01"]
    assert taken_out(weekly([1]), TUESDAY, exdates, first=date(2026, 12, 2)) == (
        date(2026, 12, 8),
        date(2026, 12, 15),
    )
    assert not happens_on(weekly([1]), TUESDAY, exdates, date(2026, 12, 8))
    assert happens_on(weekly([1]), TUESDAY, exdates, date(2026, 12, 22))


@pytest.mark.parametrize("rule", [weekly([1, 3], interval=2), monthly(-1, 4)])
def test_a_rule_is_ended_ended_anew_and_without_an_end_again(rule: str) -> None:
    once = ending(rule, date(2026, 12, 7))
    assert once == f"{rule};UNTIL=20261207"
    assert ending(once, date(2026, 11, 30)) == f"{rule};UNTIL=20261130"
    assert ending(once, None) == rule
