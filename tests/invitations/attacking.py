"""Somebody who has every published table of every month, and a solver: between what and what can a hidden number lie?"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from datetime import date

from scipy.optimize import linprog

from invitations.models import Mode, Part, Span
from invitations.statistics.public_tables import Cell, Figure, Tally, first_of_quarter, first_of_year

Months = Mapping[date, Mapping[tuple[int, Mode], Tally]]
MOST = 10_000
# A number of people that was not published: of one month, organisation and mode, seen or not.
Unknown = tuple[date, int, Mode, bool]

STARTS = {Span.MONTH: lambda on: on, Span.QUARTER: first_of_quarter, Span.YEAR: first_of_year}


class Attacker:
    """Knows whom each figure speaks of, and what the told ones say; not what the organisations know themselves."""

    def __init__(self, months: Months, told: Iterable[Figure]) -> None:
        cells = [(on, *cell) for on, month in months.items() for cell in month]
        self.unknowns: list[Unknown] = [(*cell, is_seen) for cell in cells for is_seen in (True, False)]
        self.rows: list[list[int]] = []
        self.values: list[int] = []
        for one in told:
            if one.cell.part is Part.STEP or one.people is None:
                continue
            self.learn(self.of(one.cell, True, False), one.people)
            if one.reaching is not None:
                self.learn(self.of(one.cell, True), one.reaching)

    def learn(self, row: list[int], value: int) -> None:
        self.rows.append(row)
        self.values.append(value)

    def of(self, cell: Cell, *seen: bool) -> list[int]:
        """Which unknowns a figure adds up: 1 for each, 0 for the others."""
        return [int(concerns(cell, one) and one[3] in seen) for one in self.unknowns]

    def values_left(self, wanted: list[int]) -> int:
        """How many whole numbers this sum of unknowns can be."""
        ends = [self.end(wanted, sign) for sign in (1, -1)]
        return math.floor(ends[1] + 1e-6) - math.ceil(ends[0] - 1e-6) + 1

    def end(self, wanted: list[int], sign: int) -> float:
        """The least or the most that it can be; nobody thinks that a cell holds more than MOST."""
        found = linprog(
            [sign * one for one in wanted],
            A_eq=self.rows or None,
            b_eq=self.values or None,
            bounds=(0, MOST),
            method="highs",
        )
        assert found.status == 0, found.message
        return float(sign * found.fun)


def concerns(cell: Cell, unknown: Unknown) -> bool:
    month, organisation_id, mode, _ = unknown
    whose = {Part.EVERYONE: "", Part.MODE: str(mode), Part.ORGANISATION: str(organisation_id)}
    return STARTS[cell.span](month) == cell.starts_on and whose[cell.part] == cell.subject


def invented(seed: int) -> dict[date, dict[tuple[int, Mode], Tally]]:
    """A year of an invented département: one to four organisations, some of which join later, of every size."""
    dice = random.Random(seed)
    sizes = {
        number: (dice.choice([3, 8, 20, 60]), dice.choice([1, 1, 1, 5])) for number in range(1, dice.randint(2, 5))
    }
    weights = [dice.choice([0, 1, 3, 9]) for _ in Mode]
    return {
        date(2026, month, 1): {
            (number, mode): one_of(dice, size * weight // 6)
            for number, (size, since) in sizes.items()
            if month >= since
            for mode, weight in zip(Mode, weights, strict=True)
        }
        for month in range(1, dice.choice([4, 7, 13]))
    }


def one_of(dice: random.Random, size: int) -> Tally:
    """Some people, and how far they came: each step holds the next."""
    counted = dice.randint(0, size)
    way = sorted((dice.randint(0, counted) for _ in range(4)), reverse=True)
    reached, answered, booked, seen = way
    return Tally(counted, reached, answered, booked, dice.randint(0, booked), seen, dice.randint(0, counted - seen))
