"""Small groups: what the public page hides, and that whoever adds and subtracts all it ever said gets nowhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from itertools import combinations, pairwise

import pytest

from invitations.models import Mode, Part, Span
from invitations.statistics.public_tables import WAY, Cell, Figure, Step, Tally, figures
from invitations.statistics.suppression import (
    FEWEST,
    Split,
    hide,
    is_month_hidden,
    keeps,
    may_tell_total,
    steps,
)
from tests.invitations.attacking import Attacker, Months, invented

LARGE = Split(100, 60)
SMALL = Split(10, 5)
NOBODY = Split(0, 0)
# Some hundred others were tried once: RDV_ATTACKS=400 pytest tests/invitations/test_statistics_suppression.py
SEEDS = range(int(os.environ.get("RDV_ATTACKS", "8")))


@pytest.mark.parametrize(
    ("people", "seen", "is_safe"),
    [
        (22, 11, True),
        (21, 11, False),
        (21, 10, False),
        (100, 10, False),
        (100, 90, False),
        (0, 0, True),
        (11, 11, False),
    ],
)
def test_a_group_is_told_of_with_eleven_on_both_sides(people: int, seen: int, is_safe: bool) -> None:
    assert Split(people, seen).is_safe is is_safe


def test_one_small_group_takes_the_smallest_of_the_others_with_it() -> None:
    assert hide({"a": LARGE, "b": SMALL, "c": Split(50, 25)}) == {"b", "c"}


def test_two_small_groups_that_are_together_a_few_take_a_third() -> None:
    assert hide({"a": LARGE, "b": SMALL, "c": Split(4, 4), "d": Split(50, 25)}) == {"b", "c", "d"}
    assert hide({"a": LARGE, "b": Split(15, 10), "c": Split(15, 5)}) == {"b", "c"}


def test_nobody_is_told_as_nobody_and_hides_nothing() -> None:
    assert hide({"a": LARGE, "b": NOBODY}) == frozenset()
    assert hide({"a": LARGE, "b": NOBODY, "c": SMALL}) == {"a", "c"}


def test_what_was_hidden_once_stays_so_and_has_company() -> None:
    assert hide({"a": LARGE, "b": LARGE, "c": Split(50, 25)}, before=["a"]) == {"a", "c"}


def test_a_hidden_month_waits_for_company_before_its_quarter_is_told() -> None:
    assert is_month_hidden(SMALL, [])
    assert is_month_hidden(LARGE, [SMALL])
    assert not is_month_hidden(LARGE, [SMALL, LARGE])
    assert not is_month_hidden(NOBODY, [SMALL])
    assert not may_tell_total(LARGE, [SMALL])
    assert may_tell_total(LARGE, [SMALL, Split(50, 25)])
    assert not may_tell_total(SMALL, [])


def test_steps_are_told_with_eleven_people_between_them() -> None:
    assert steps(100, [("reached", 95), ("answered", 80), ("booked", 75)], 60) == {"answered"}
    assert steps(100, [("reached", 89), ("answered", 78), ("booked", 71)], 60) == {"reached", "answered"}
    assert steps(100, [("reached", 100)], 60) == frozenset()


def published(months: Months) -> tuple[dict[Cell, Figure], Months]:
    """Month after month, as the job does it. What was told is never told otherwise."""
    out: dict[Cell, Figure] = {}
    for count in range(1, len(months) + 1):
        so_far = {on: months[on] for on in sorted(months)[:count]}
        for one in figures(so_far, [cell for cell, told in out.items() if told.people is None]):
            assert out.setdefault(one.cell, one) == one
    return out, months


def hidden_in(out: Mapping[Cell, Figure]) -> list[Cell]:
    return [cell for cell, one in out.items() if one.people is None and cell.part is not Part.STEP]


def tables(hidden: list[Cell]) -> list[list[Cell]]:
    """Hidden figures that one table holds: those of a quarter's modes, its organisations, its months."""
    keys = {cell: (cell.span, cell.part, cell.starts_on if cell.part is not Part.EVERYONE else 0) for cell in hidden}
    return [[one for one in hidden if keys[one] == key] for key in sorted(set(keys.values()), key=str)]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_number_can_be_narrowed_to_fewer_than_twelve_values(seed: int) -> None:
    out, months = published(invented(seed))
    attacker = Attacker(months, out.values())
    for cell in hidden_in(out):
        for seen in ((True,), (False,), (True, False)):
            assert attacker.values_left(attacker.of(cell, *seen)) > FEWEST, (cell, seen)


@pytest.mark.parametrize("seed", SEEDS[: len(SEEDS) // 2])
def test_hidden_figures_added_up_are_no_few_people_either(seed: int) -> None:
    out, months = published(invented(seed))
    attacker = Attacker(months, out.values())
    truth = {one.cell: one for one in figures_in_full(months)}
    for table in tables(hidden_in(out)):
        for both in combinations(table, 2):
            for seen in ((True,), (False,)):
                row = [one + two for one, two in zip(*(attacker.of(cell, *seen) for cell in both), strict=True)]
                if attacker.values_left(row) <= FEWEST:
                    together = Split(
                        *(sum(getattr(truth[one], name) for one in both) for name in ("people", "reaching"))
                    )
                    assert together.is_safe, both


def figures_in_full(months: Months) -> list[Figure]:
    """What the page would say if it hid nothing: for the tests alone."""
    shown = []
    for one in figures(months):
        if one.cell.part is not Part.STEP:
            attacker = Attacker(months, [])
            cells = [months[on][organisation, mode] for on, organisation, mode, _ in attacker.unknowns]
            people, seen = (
                sum(
                    (cell.seen if is_seen else cell.counted - cell.seen) * wanted
                    for cell, (*_, is_seen), wanted in zip(cells, attacker.unknowns, row, strict=True)
                )
                for row in (attacker.of(one.cell, True, False), attacker.of(one.cell, True))
            )
            shown.append(Figure(one.cell, people, seen))
    return shown


def test_without_secondary_suppression_the_same_attacker_finds_what_is_hidden() -> None:
    quarter = {date(2026, month, 1): {(1, Mode.INVITATION): Tally(60, seen=30)} for month in (1, 2)}
    months = quarter | {date(2026, 3, 1): {(1, Mode.INVITATION): Tally(8, seen=4)}}
    cell = Cell(Span.MONTH, date(2026, 3, 1))
    naive = [one for one in figures_in_full(months) if one.cell != cell]
    attacker = Attacker(months, naive)
    assert attacker.values_left(attacker.of(cell, True)) == 1
    told, _ = published(months)
    assert told[cell].people is None
    assert told[Cell(Span.QUARTER, date(2026, 1, 1))].people is None
    attacker = Attacker(months, told.values())
    assert attacker.values_left(attacker.of(cell, True)) > FEWEST


@pytest.mark.parametrize("seed", range(20))
def test_all_that_is_told_is_of_eleven_people_at_least_and_adds_up(seed: int) -> None:
    out, months = published(invented(seed))
    truth = {one.cell: one for one in figures_in_full(months)}
    for cell, one in out.items():
        if one.people and cell.part is not Part.STEP:
            assert one.people == truth[cell].people
            assert one.reaching in {None, truth[cell].reaching}
            assert Split(truth[cell].people or 0, truth[cell].reaching or 0).is_safe
    for quarter in (cell for cell in out if cell.span is Span.QUARTER and cell.part is Part.EVERYONE):
        assert_steps_apart(out, quarter, truth[quarter].reaching or 0)


def assert_steps_apart(out: Mapping[Cell, Figure], quarter: Cell, seen: int) -> None:
    told = [out[cell].reaching for step in WAY if (cell := step_of(quarter, step)) in out and out[cell].people]
    if told:
        way = [out[quarter].people or 0, *(one or 0 for one in told), seen]
        assert all(wide - narrow >= FEWEST for wide, narrow in pairwise(way))


def step_of(quarter: Cell, step: Step) -> Cell:
    return Cell(Span.QUARTER, quarter.starts_on, Part.STEP, step)


def test_a_quarter_of_a_large_team_hides_nothing() -> None:
    tallies = {(1, mode): Tally() for mode in Mode} | {(1, Mode.INVITATION): Tally(200, 180, 160, 140, 60, 110)}
    months = {date(2026, month, 1): tallies for month in (1, 2, 3)}
    out, _ = published(months)
    assert not hidden_in(out)
    quarter = date(2026, 1, 1)
    assert out[Cell(Span.QUARTER, quarter)] == Figure(Cell(Span.QUARTER, quarter), 600, 330)
    assert out[Cell(Span.QUARTER, quarter, Part.MODE, "convocation")].people == 0
    told = {cell.subject: one.reaching for cell, one in out.items() if cell.part is Part.STEP}
    assert told == {"reached": 540, "answered": 480, "booked": 420, "autonomous": 180}


def test_too_many_unknown_outcomes_leave_the_number_of_people_and_no_rate() -> None:
    few, many = (Tally(100, seen=50, unknown=unknown) for unknown in (5, 6))
    for tally, reaching in ((few, 50), (many, None)):
        [month] = figures({date(2026, 1, 1): {(1, Mode.INVITATION): tally}})
        assert (month.people, month.reaching) == (100, reaching)


def test_a_whole_year_is_told_once_its_twelve_months_are_out() -> None:
    months = {date(2026, month, 1): {(1, Mode.INVITATION): Tally(50, seen=25)} for month in range(1, 13)}
    spans = [cell.span for cell in published({on: months[on] for on in sorted(months)[:11]})[0]]
    assert Span.YEAR not in spans
    out, _ = published(months)
    assert out[Cell(Span.YEAR, date(2026, 1, 1))].people == 600


def test_hidden_parts_keep_what_they_hold_only_in_company() -> None:
    assert keeps([])
    assert keeps([NOBODY])
    assert not keeps([LARGE])
    assert not keeps([SMALL, Split(4, 2)])
    assert keeps([SMALL, LARGE])
