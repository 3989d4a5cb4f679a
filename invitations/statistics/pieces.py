"""Which sums make up a stretch of time: whole years as far as they go, months beside them, days of one month alone.

A stretch costs some twelve months of sums whatever its length. What a year holds too much is taken away again: from January to
August is the year less its last months. Arithmetic; sums are whole numbers, so that nothing is lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from invitations.models import FigureSpan

# Nobody was addressed before the first of these days, nor will be from the last one on.
EVER = (date.min, date(9999, 1, 1))
# Days or months on the shorter side of a cut.
_HALF_A_MONTH, _HALF_A_YEAR = 15, 6


@dataclass(frozen=True, slots=True)
class Piece:
    """The sums of one span from `first` to before `after`, and how often they are added, for each thing that is asked.

    `on`: the day that they are told of, where that is not their own.
    """

    span: FigureSpan
    first: date
    after: date
    times: tuple[int, ...] = (1,)
    on: date | None = None


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def around(edge: date, since: date, after: date, *, by_month: bool) -> list[Piece]:
    """Those addressed before `edge`, and those addressed from then on, of the months from `since` to before `after`.

    `by_month`: without years, for whoever tells months apart.
    """
    month = month_of(edge)
    following, cover = next_month(month), _months if by_month else _stretch
    found = [*cover(since, min(month, after), (1, 0)), *_months(max(following, since), after, (0, 1))]
    if since <= month < after:
        found += _cut(month, edge, following)
    return added_up(found)


def _cut(month: date, edge: date, following: date) -> Iterator[Piece]:
    """One month, cut at a day: the days on the shorter side are moved from one side to the other."""
    if edge.day <= _HALF_A_MONTH:
        yield Piece(FigureSpan.MONTH, month, following, (0, 1))
        yield Piece(FigureSpan.DAY, month, edge, (1, -1))
    else:
        yield Piece(FigureSpan.MONTH, month, following, (1, 0))
        yield Piece(FigureSpan.DAY, edge, following, (-1, 1))


def until_the_end_of_the_year(after: date, today: date) -> date:
    """Nobody was addressed later than today: a whole year stands for one that has not ended."""
    return min(after, _next_year(_year(today)))


def stretch(since: date, after: date) -> list[Piece]:
    """The months from `since` to before `after`, by years as far as they go."""
    return added_up(_stretch(since, after, (1,)))


def _stretch(since: date, after: date, times: tuple[int, ...]) -> Iterator[Piece]:
    if since >= after:
        return
    first_year, last_year = _year(since), _year(after)
    if first_year == last_year and since > first_year:
        yield from _months(since, after, times)
        return
    if since > first_year:
        yield from _end_of_year(since, times)
        first_year = _next_year(first_year)
    if after > last_year:
        yield from _beginning_of_year(after, times)
    yield from _pieces(FigureSpan.YEAR, first_year, last_year, times)


def _end_of_year(since: date, times: tuple[int, ...]) -> Iterator[Piece]:
    year, following = _year(since), _next_year(_year(since))
    if since.month > _HALF_A_YEAR:
        yield from _months(since, following, times)
    else:
        yield from _pieces(FigureSpan.YEAR, year, following, times)
        yield from _months(year, since, _less(times))


def _beginning_of_year(after: date, times: tuple[int, ...]) -> Iterator[Piece]:
    year, following = _year(after), _next_year(_year(after))
    if after.month <= _HALF_A_YEAR:
        yield from _months(year, after, times)
    else:
        yield from _pieces(FigureSpan.YEAR, year, following, times)
        yield from _months(after, following, _less(times))


def _months(since: date, after: date, times: tuple[int, ...]) -> Iterator[Piece]:
    yield from _pieces(FigureSpan.MONTH, since, after, times)


def _pieces(span: FigureSpan, first: date, after: date, times: tuple[int, ...]) -> Iterator[Piece]:
    if first < after:
        yield Piece(span, first, after, times)


def added_up(pieces: Iterable[Piece]) -> list[Piece]:
    """The same without any sum read twice: cut where one begins or ends, and left out where nothing remains to be added."""
    found: list[Piece] = []
    given = list(pieces)
    for span in FigureSpan:
        theirs = [one for one in given if one.span is span]
        for first, after in pairwise(sorted({day for one in theirs for day in (one.first, one.after)})):
            there = [one.times for one in theirs if one.first <= first and after <= one.after]
            times = tuple(map(sum, zip(*there, strict=True)))
            if any(times):
                _append(found, Piece(span, first, after, times))
    return found


def _append(found: list[Piece], piece: Piece) -> None:
    """As one with the last, where it goes on with it."""
    last = found[-1] if found else None
    if last and (last.span, last.after, last.times) == (piece.span, piece.first, piece.times):
        found[-1] = replace(last, after=piece.after)
    else:
        found.append(piece)


def _less(times: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-one for one in times)


def _year(day: date) -> date:
    return day.replace(month=1, day=1)


def _next_year(first: date) -> date:
    return first.replace(year=first.year + 1)
