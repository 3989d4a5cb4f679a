"""What a category's public figures say, worked out of its counted months: plain arithmetic, hidden where it has to be.

A span's own figure, and for a quarter its modes, its organisations and how far everyone came. Months and years are told
of everyone only, and a quarter in its own delay only: every further table is another one that people could be worked
out of (`suppression` says why these can't).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from invitations.models import Mode, Part, Span
from invitations.statistics.definitions import MOST_UNKNOWN
from invitations.statistics.suppression import FEWEST, Split, hide, is_month_hidden, may_tell_total, steps

Key = TypeVar("Key", bound=Hashable)

MONTHS_OF_A_QUARTER, MONTHS_OF_A_YEAR = 3, 12


class Step(StrEnum):
    """How far people came, widest first. `autonomous`: booked by themselves, so among the booked."""

    REACHED = "reached"
    ANSWERED = "answered"
    BOOKED = "booked"
    AUTONOMOUS = "autonomous"


# Each of these holds the next.
WAY = (Step.REACHED, Step.ANSWERED, Step.BOOKED)


@dataclass(frozen=True, slots=True)
class Tally:
    """People whose window is over, and what became of them within it (`definitions` says what each means)."""

    counted: int = 0
    reached: int = 0
    answered: int = 0
    booked: int = 0
    autonomous: int = 0
    seen: int = 0
    unknown: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def split(self) -> Split:
        return Split(self.counted, self.seen)

    @property
    def is_rated(self) -> bool:
        """False when so many outcomes are unknown that a rate would mislead."""
        return self.unknown <= MOST_UNKNOWN * self.counted


# The people of one month, by organisation and mode.
Month = Mapping[tuple[int, Mode], Tally]


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a figure stands: of what span, which part, and whom of it."""

    span: Span
    starts_on: date
    part: Part = Part.EVERYONE
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """`reaching` of `people`; `people` null: hidden; `reaching` alone null: too many outcomes are unknown."""

    cell: Cell
    people: int | None = None
    reaching: int | None = None


def figures(months: Mapping[date, Month], before: Collection[Cell] = ()) -> list[Figure]:
    """All that may be told of these months, oldest first. `before`: what is hidden already, and stays so."""
    hidden = _hidden_months(months, before)
    found = [_told(Cell(Span.MONTH, on), _sum(months[on].values()), is_hidden=on in hidden) for on in sorted(months)]
    for year, of_year in _whole(months, first_of_year, MONTHS_OF_A_YEAR):
        found += _year(year, of_year, months, hidden, before)
    told = _told_quarters(months, hidden, before)
    for quarter, of_quarter in _whole(months, first_of_quarter, MONTHS_OF_A_QUARTER):
        found += _quarter(quarter, [months[on] for on in of_quarter], before, is_told=quarter in told)
    return found


def first_of_quarter(on: date) -> date:
    return date(on.year, (on.month - 1) // 3 * 3 + 1, 1)


def first_of_year(on: date) -> date:
    return date(on.year, 1, 1)


def _hidden_months(months: Mapping[date, Month], before: Collection[Cell]) -> dict[date, Split]:
    hidden: dict[date, Split] = {}
    for on in sorted(months):
        split = _sum(months[on].values()).split
        of_quarter = [one for earlier, one in hidden.items() if first_of_quarter(earlier) == first_of_quarter(on)]
        if Cell(Span.MONTH, on) in before or is_month_hidden(split, of_quarter):
            hidden[on] = split
    return hidden


def _told_quarters(
    months: Mapping[date, Month], hidden: Mapping[date, Split], before: Collection[Cell]
) -> frozenset[date]:
    """The quarters whose total may be told beside their months."""
    return frozenset(
        quarter
        for quarter, days in _whole(months, first_of_quarter, MONTHS_OF_A_QUARTER)
        if Cell(Span.QUARTER, quarter) not in before
        and may_tell_total(_of(months, days).split, [hidden[on] for on in days if on in hidden])
    )


def _year(
    year: date, days: list[date], months: Mapping[date, Month], hidden: Mapping[date, Split], before: Collection[Cell]
) -> Iterator[Figure]:
    """What a year's total would give away is the hidden months of quarters that are not told."""
    cell, whole, told = Cell(Span.YEAR, year), _of(months, days), _told_quarters(months, hidden, before)
    left = [hidden[on] for on in days if on in hidden and first_of_quarter(on) not in told]
    yield _told(cell, whole, is_hidden=cell in before or not may_tell_total(whole.split, left))


def _quarter(quarter: date, months: list[Month], before: Collection[Cell], *, is_told: bool) -> Iterator[Figure]:
    whole = _sum(tally for month in months for tally in month.values())
    yield _told(Cell(Span.QUARTER, quarter), whole, is_hidden=not is_told)
    if is_told and whole.counted:
        yield from _table(quarter, Part.MODE, _by(months, lambda key: str(key[1])), before)
        yield from _table(quarter, Part.ORGANISATION, _by(months, lambda key: str(key[0])), before)
        yield from _steps(quarter, whole, before)


def _table(quarter: date, part: Part, groups: Mapping[str, Tally], before: Collection[Cell]) -> Iterator[Figure]:
    cells = {subject: Cell(Span.QUARTER, quarter, part, subject) for subject in sorted(groups)}
    hidden = hide(
        {subject: groups[subject].split for subject in cells},
        [subject for subject, cell in cells.items() if cell in before],
    )
    for subject, cell in cells.items():
        yield _told(cell, groups[subject], is_hidden=subject in hidden)


def _steps(quarter: date, whole: Tally, before: Collection[Cell]) -> Iterator[Figure]:
    told = steps(whole.counted, [(step, getattr(whole, step)) for step in WAY], whole.seen)
    if Step.BOOKED in told and _parts(whole.booked, whole.autonomous):
        told |= {Step.AUTONOMOUS}
    for step in Step:
        cell = Cell(Span.QUARTER, quarter, Part.STEP, step)
        is_told = step in told and cell not in before
        yield Figure(cell, whole.counted, getattr(whole, step)) if is_told else Figure(cell)


def _parts(whole: int, part: int) -> bool:
    """Whether a part may be told beside its whole."""
    return part >= FEWEST and whole - part >= FEWEST


def _told(cell: Cell, tally: Tally, *, is_hidden: bool) -> Figure:
    return Figure(cell) if is_hidden else Figure(cell, tally.counted, tally.seen if tally.is_rated else None)


def _whole(
    months: Mapping[date, Month], first: Callable[[date], date], length: int
) -> Iterator[tuple[date, list[date]]]:
    """The quarters, or the years, of which every month is there, with their months."""
    for start in sorted({first(on) for on in months}):
        days = sorted(on for on in months if first(on) == start)
        if len(days) == length:
            yield start, days


def _of(months: Mapping[date, Month], days: Iterable[date]) -> Tally:
    return _sum(tally for on in days for tally in months[on].values())


def _by(months: Iterable[Month], key: Callable[[tuple[int, Mode]], str]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for month in months:
        for who, tally in month.items():
            found[key(who)] = found.get(key(who), Tally()) + tally
    return found


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())
