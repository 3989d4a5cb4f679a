"""Every day of the stretch is added once, whatever the years, months and days that it is put together from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invitations.models import FigureSpan
from invitations.statistics.pieces import EVER, Piece, around, month_of, next_month, stretch, until_the_end_of_the_year

FIRST, LAST = date(2023, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
months = st.dates(FIRST, LAST).map(month_of)


def of_sum(span: FigureSpan, day: date) -> date:
    """The day of the sum of that span in which the day lies."""
    return {FigureSpan.DAY: day, FigureSpan.MONTH: month_of(day), FigureSpan.YEAR: date(day.year, 1, 1)}[span]


def times(pieces: Iterable[Piece], day: date, places: int) -> tuple[int, ...]:
    """How often somebody first addressed on that day is added."""
    held = [one.times for one in pieces if one.first <= of_sum(one.span, day) < one.after]
    return tuple(map(sum, zip(*held, strict=True))) if held else (0,) * places


@given(st.dates(FIRST, LAST), months, months, st.booleans())
@settings(max_examples=40)
def test_who_is_before_the_edge_and_who_is_after_it(edge: date, since: date, until: date, by_month: bool) -> None:
    found = around(edge, since, next_month(until), by_month=by_month)
    for day in DAYS[:: 5 if by_month else 3]:
        is_asked = since <= day < next_month(until)
        assert times(found, day, 2) == (is_asked and day < edge, is_asked and day >= edge)


@pytest.mark.parametrize("edge", [date(2026, 1, 1), date(2026, 3, 31), date(2026, 9, 15), date(2026, 9, 16)])
def test_without_a_beginning_or_an_end_everybody_is_there(edge: date) -> None:
    found = around(edge, *EVER, by_month=False)
    assert [times(found, day, 2) for day in DAYS] == [(day < edge, day >= edge) for day in DAYS]


@given(months, months)
@settings(max_examples=60)
def test_a_stretch_holds_its_months_and_no_others(since: date, after: date) -> None:
    found = stretch(since, after)
    assert [times(found, day, 1) for day in DAYS[::9]] == [(since <= day < after,) for day in DAYS[::9]]


def test_however_long_it_is_no_more_than_a_year_of_months_is_read() -> None:
    for since, after in product(
        [date(2010, month, 1) for month in range(1, 13)], [date(2026, month, 1) for month in range(1, 13)]
    ):
        found = stretch(since, after)
        read = sum((one.after.year - one.first.year) * 12 + one.after.month - one.first.month
                   for one in found if one.span is FigureSpan.MONTH)  # fmt: skip
        assert read <= 12
        assert len(found) <= 5


def test_no_sum_is_read_for_nothing() -> None:
    """Late in September the month is read whole but for its last days, and what the year holds too much is October on."""
    end = until_the_end_of_the_year(EVER[1], date(2026, 11, 24))
    assert around(date(2026, 9, 22), EVER[0], end, by_month=False) == [
        Piece(FigureSpan.DAY, date(2026, 9, 22), date(2026, 10, 1), (-1, 1)),
        Piece(FigureSpan.MONTH, date(2026, 10, 1), date(2027, 1, 1), (-1, 1)),
        Piece(FigureSpan.YEAR, date.min, date(2027, 1, 1), (1, 0)),
    ]
