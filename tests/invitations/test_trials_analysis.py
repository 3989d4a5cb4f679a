"""A trial's answer from its counts: by stratum, crude beside it, at a look, with two arms and with three."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest
from scipy.stats import norm

from invitations.models import Mode
from invitations.statistics.boundaries import boundaries
from invitations.statistics.intervals import newcombe
from invitations.trials import analysis
from invitations.trials.analysis import Counts, Tally

ONE, TWO, THREE = Mode.INVITATION, Mode.PROPOSITION, Mode.CONVOCATION

# Two strata, 100 people an arm, and some whose outcome nobody noted.
COUNTS: Counts = {
    "1:new:yes": {ONE: Tally(60, 36, 1), TWO: Tally(60, 45, 2)},
    "1:stock:no": {ONE: Tally(40, 16, 0), TWO: Tally(40, 20, 1)},
}


def compared(counts: Counts = COUNTS) -> analysis.Estimate:
    found = analysis.estimate(counts, TWO, ONE)
    assert found is not None
    return found


def looked(counts: Counts = COUNTS, **more: object) -> analysis.Look:
    found = analysis.look(counts, TWO, ONE, per_arm=200, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_answer_is_the_difference_within_strata() -> None:
    """(45/60 − 36/60) with weight 30, (20/40 − 16/40) with weight 20: 13 more of 100."""
    found = compared()
    assert found.adjusted.value == pytest.approx((0.15 * 30 + 0.10 * 20) / 50)
    assert (found.arm, found.against) == (TWO, ONE)
    assert (found.tally, found.other) == (Tally(100, 65, 3), Tally(100, 52, 1))


def test_the_crude_difference_stands_beside_it() -> None:
    found = compared()
    assert found.crude.value == pytest.approx(0.13)
    assert found.crude.interval == newcombe(65, 100, 52, 100)
    assert not found.disagrees


def test_p_is_the_two_sided_probability_of_z() -> None:
    found = compared()
    assert found.z is not None
    assert found.adjusted.standard_error is not None
    assert found.z == pytest.approx(found.adjusted.value / found.adjusted.standard_error)
    assert found.p == pytest.approx(2 * norm.sf(abs(found.z)))


def test_unknown_outcomes_have_their_worst_and_best_case() -> None:
    """Worst: the one unknown of the other arm came, none of this one's did. Best: the three of this arm came."""
    found = compared()
    assert found.worst == pytest.approx((8 / 60 * 30 + 4 / 40 * 20) / 50)
    assert found.best == pytest.approx((11 / 60 * 30 + 5 / 40 * 20) / 50)
    assert found.worst < found.adjusted.value < found.best


def test_without_unknown_outcomes_both_cases_are_the_answer() -> None:
    known = {
        stratum: {arm: replace(tally, unknown=0) for arm, tally in arms.items()} for stratum, arms in COUNTS.items()
    }
    found = compared(known)
    assert found.worst == found.best == found.adjusted.value


def test_strata_that_point_the_other_way_are_told() -> None:
    stones = {
        "small": {TWO: Tally(87, 81), ONE: Tally(270, 234)},
        "large": {TWO: Tally(263, 192), ONE: Tally(80, 55)},
    }
    assert compared(stones).disagrees


def test_three_arms_are_two_comparisons_with_the_first_and_half_of_the_error_each() -> None:
    three = {stratum: {**arms, THREE: arms[TWO]} for stratum, arms in COUNTS.items()}
    second, third = analysis.estimates(three, [ONE, TWO, THREE])
    alone = compared()
    assert (second.arm, second.against, third.arm, third.against) == (TWO, ONE, THREE, ONE)
    assert alone.p is not None
    assert second.p == pytest.approx(2 * alone.p)
    assert second.adjusted.value == alone.adjusted.value
    wider = second.adjusted.interval.high - second.adjusted.value
    assert wider == pytest.approx(norm.ppf(1 - 0.0125) * (alone.adjusted.standard_error or 0))


def test_a_look_is_taken_at_the_boundary_of_the_people_really_counted() -> None:
    found = looked(earlier=[0.3])
    assert found.fraction == 0.5
    assert found.boundary == boundaries([0.3, 0.5])[-1]
    assert not found.crossed
    error = found.estimate.adjusted.standard_error
    assert error is not None
    assert found.interval == pytest.approx(
        (found.estimate.adjusted.value - found.boundary * error, found.estimate.adjusted.value + found.boundary * error)
    )


def test_a_boundary_is_crossed_exactly_when_the_interval_of_the_look_leaves_zero_out() -> None:
    for seen in range(50, 101, 2):
        found = looked({"only": {ONE: Tally(100, 50), TWO: Tally(100, seen)}}, earlier=[0.3])
        assert found.crossed == (not found.interval.low <= 0 <= found.interval.high)


def test_the_last_look_spends_what_is_left() -> None:
    assert looked(is_last=True).boundary == pytest.approx(1.96, abs=1e-3)
    assert looked(earlier=[0.3], is_last=True).boundary < looked(earlier=[0.3]).boundary


def test_a_look_in_a_trial_of_three_arms_has_the_boundary_of_half_the_error() -> None:
    assert looked(comparisons=2).boundary == boundaries([0.5], 0.025)[0]


def test_a_look_waits_until_people_were_counted_since_the_one_before() -> None:
    assert analysis.look(COUNTS, TWO, ONE, per_arm=200, earlier=[0.5]) is None


def test_nobody_to_compare_with_is_no_answer() -> None:
    apart = {"a": {ONE: Tally(10, 5)}, "b": {TWO: Tally(10, 5)}}
    assert analysis.estimate({}, TWO, ONE) is None
    assert analysis.estimate(apart, TWO, ONE) is None
    assert analysis.look(apart, TWO, ONE, per_arm=10) is None
    assert analysis.estimates(apart, [ONE, TWO]) == []


def test_where_nothing_varies_there_is_nothing_to_test() -> None:
    found = analysis.look({"only": {ONE: Tally(20, 20), TWO: Tally(20, 20)}}, TWO, ONE, per_arm=20, is_last=True)
    assert found is not None
    assert (found.estimate.z, found.estimate.p, found.crossed) == (None, None, False)


def test_all_against_nothing_is_judged_by_how_many_they_are() -> None:
    """Everybody of one arm came and nobody of the other: no error to divide by, and no less of a difference."""
    few, many = ({"only": {ONE: Tally(size, 0), TWO: Tally(size, size)}} for size in (4, 40))
    assert compared(many).adjusted.standard_error == 0
    assert looked(few, is_last=True).boundary == pytest.approx(1.96, abs=0.01)
    assert compared(few).z == pytest.approx(sqrt(7))  # 2 ÷ √(16 × 16 ÷ 64 × 7): χ² of 2 × 2 tables, times (N − 1)/N
    assert compared(many).z == pytest.approx(sqrt(79))
    assert (looked(few).crossed, looked(many).crossed) == (False, True)
    assert compared(few).adjusted.interval == newcombe(4, 4, 0, 4)
    assert looked(many).interval == newcombe(40, 40, 0, 40, z=looked(many).boundary)


def test_the_error_is_that_of_two_proportions_in_one_large_stratum() -> None:
    error = compared({"only": {ONE: Tally(1000, 600), TWO: Tally(1000, 700)}}).adjusted.standard_error
    assert error == pytest.approx(sqrt(0.24 / 1000 + 0.21 / 1000), rel=2e-3)


def test_a_trial_has_two_or_three_arms() -> None:
    with pytest.raises(ValueError, match="two or three arms"):
        analysis.estimates(COUNTS, [ONE])


def test_between_looks_the_interval_is_wider_than_one_look_alone_would_have_it() -> None:
    """Whoever opens the page every day must not be able to stop on the one day when a naive interval leaves zero out."""
    wide = analysis.so_far(COUNTS, TWO, ONE, per_arm=200)
    alone = compared().adjusted
    assert wide.low < alone.interval.low < alone.interval.high < wide.high
    assert wide.low < looked().interval.low
    assert (wide.low + wide.high) / 2 == pytest.approx(alone.value)
    three = analysis.so_far(COUNTS, TWO, ONE, per_arm=200, comparisons=2)
    assert three.low < wide.low


def test_before_anybody_is_counted_everything_is_possible() -> None:
    assert analysis.so_far({"only": {ONE: Tally(), TWO: Tally()}}, TWO, ONE, per_arm=200) == (-1.0, 1.0)
