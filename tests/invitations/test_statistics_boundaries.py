"""Boundaries and crossing probabilities on the tables of the field.

The books and papers themselves were not at hand: their figures are those that gsDesign, RTSA and others test against.
"""

from __future__ import annotations

import random
from math import sqrt
from statistics import NormalDist

import pytest

from invitations.statistics.boundaries import NEAREST, at_any_time, boundaries, crossings, drift_for, spent


def evenly(looks: int) -> list[float]:
    return [number / looks for number in range(1, looks + 1)]


def misled(looks: int, bound_of: list[float]) -> float:
    return sum(one.either for one in crossings(evenly(looks), bound_of))


# Jennison & Turnbull, Group Sequential Methods, 2000, table 2.3: the constants C_B(K, α) of O'Brien & Fleming, whose
# boundary at look k of K is C_B √(K/k).
CONSTANTS = [
    (2, 0.05, 1.977),
    (3, 0.05, 2.004),
    (4, 0.05, 2.024),
    (5, 0.05, 2.040),
    (2, 0.10, 1.678),
    (3, 0.10, 1.710),
    (4, 0.10, 1.733),
    (5, 0.10, 1.751),
]

# Armitage, McPherson & Rowe, J R Stat Soc A 1969; 132: 235-244, table 2: how often looks at 5 % each mislead.
REPEATED = [(1, 0.050), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193)]

# Jennison & Turnbull 2000, table 2.4: R_B(K, 0.05, 0.2), what the looks of O'Brien & Fleming cost in people.
COSTS = [(2, 1.008), (3, 1.017), (4, 1.024), (5, 1.028)]


@pytest.mark.parametrize(("looks", "alpha", "constant"), CONSTANTS)
def test_the_constants_of_obrien_and_fleming_mislead_as_often_as_they_say(
    looks: int, alpha: float, constant: float
) -> None:
    """To the three digits printed: half of the last one less is too often, half more too seldom."""
    less, more = (
        misled(looks, [(constant + half) * sqrt(looks / number) for number in range(1, looks + 1)])
        for half in (-0.0005, 0.0005)
    )
    assert more < alpha < less


@pytest.mark.parametrize(("looks", "printed"), REPEATED)
def test_looking_again_and_again_at_5_percent_misleads_as_often_as_was_printed_in_1969(
    looks: int, printed: float
) -> None:
    assert round(misled(looks, [NormalDist().inv_cdf(0.975)] * looks), 3) == printed


@pytest.mark.parametrize(("looks", "cost"), COSTS)
def test_a_trial_larger_by_the_printed_cost_has_the_power_of_one_look(looks: int, cost: float) -> None:
    constant = next(one for number, alpha, one in CONSTANTS if (number, alpha) == (looks, 0.05))
    bounds = [constant * sqrt(looks / number) for number in range(1, looks + 1)]
    drift = sqrt(cost) * (NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8))
    power = sum(one.above for one in crossings(evenly(looks), bounds, drift))
    assert power == pytest.approx(0.8, abs=0.0005)


@pytest.mark.parametrize(
    ("fractions", "alpha", "printed"),
    [
        # Two-sided 5 %: the values that gsDesign (sfLDOF), ldbounds and RTSA print.
        ([0.2, 0.4, 0.6, 0.8, 1.0], 0.05, [4.877, 3.357, 2.680, 2.290, 2.031]),
        ([1 / 3, 2 / 3, 1.0], 0.05, [3.710, 2.511, 1.993]),
        # One-sided 5 %, SeqBounds.jl: 3.74955, 2.53993, 2.01604, 1.72014 on a grid coarser than ours.
        ([0.25, 0.5, 0.75, 1.0], 0.10, [3.750, 2.540, 2.016, 1.720]),
        ([1.0], 0.05, [1.960]),
    ],
)
def test_spending_gives_the_boundaries_that_others_print(
    fractions: list[float], alpha: float, printed: list[float]
) -> None:
    assert [round(bound, 3) for bound in boundaries(fractions, alpha)] == printed


@pytest.mark.parametrize(
    ("fraction", "of_each_side"),
    # SeqBounds.jl prints the spending of 5 % on one side: 8.85754e-5, 0.0055746, 0.0236251, 0.05.
    [(0.25, 8.85754e-5), (0.5, 0.0055746), (0.75, 0.0236251), (1.0, 0.05), (1.3, 0.05)],
)
def test_what_is_spent_is_what_others_print(fraction: float, of_each_side: float) -> None:
    assert spent(fraction, 0.10) == pytest.approx(2 * of_each_side, rel=1e-5)


def test_looks_at_odd_moments_spend_exactly_alpha() -> None:
    fractions = [0.07, 0.31, 0.315, 0.8, 1.0]
    found = crossings(fractions, boundaries(fractions))
    assert sum(one.either for one in found) == pytest.approx(0.05, abs=1e-8)
    assert [sum(one.either for one in found[: n + 1]) for n in range(5)] == pytest.approx(
        [spent(one) for one in fractions], abs=1e-8
    )


def test_a_later_look_changes_no_boundary_that_was_used() -> None:
    assert boundaries([0.3, 0.55]) == boundaries([0.3, 0.55, 0.9])[:2]


def test_the_last_look_spends_what_is_left_with_fewer_people_than_planned_or_more() -> None:
    for last in (0.9, 1.2):
        fractions = [0.5, last]
        bounds = boundaries(fractions, is_last=True)
        assert sum(one.either for one in crossings(fractions, bounds)) == pytest.approx(0.05, abs=1e-8)
    assert boundaries([0.5, 0.9])[1] > boundaries([0.5, 0.9], is_last=True)[1]


def test_a_look_after_everything_is_spent_can_cross_nothing() -> None:
    assert boundaries([0.5, 1.0, 1.4])[2] > 30


def test_a_very_early_look_asks_for_more_than_any_data_say() -> None:
    assert boundaries([NEAREST])[0] > 30


def test_crossing_probabilities_are_those_of_random_walks() -> None:
    """20,000 walks of a fixed seed: within three of their standard errors."""
    chance = random.Random(7)
    fractions, bounds, drift, walks = [0.3, 0.7, 1.0], [3.9, 2.4, 2.0], 2.0, 20_000
    above = [0, 0, 0]
    for _ in range(walks):
        score, before = 0.0, 0.0
        for number, (fraction, bound) in enumerate(zip(fractions, bounds, strict=True)):
            score += chance.gauss(drift * (fraction - before), sqrt(fraction - before))
            before = fraction
            if abs(score) >= bound * sqrt(fraction):
                above[number] += score > 0
                break
    for one, seen in zip(crossings(fractions, bounds, drift), above, strict=True):
        assert seen / walks == pytest.approx(one.above, abs=3 * sqrt(one.above * (1 - one.above) / walks) + 1e-4)


def test_turning_the_effect_around_turns_the_sides_around() -> None:
    there, back = (crossings([0.5, 1.0], [2.8, 1.98], drift) for drift in (1.5, -1.5))
    assert [one.above for one in there] == pytest.approx([one.below for one in back], abs=1e-12)


def test_one_look_needs_the_drift_of_an_ordinary_trial() -> None:
    assert drift_for(0.8, 1) == pytest.approx(1.959964 + 0.841621, abs=1e-3)
    assert drift_for(0.8, 3) > drift_for(0.8, 2) > drift_for(0.8, 1)


@pytest.mark.parametrize("fractions", [[], [0.0], [-0.1, 0.5], [0.5, 0.5], [0.5, 0.4], [0.5, 0.501]])
def test_looks_that_do_not_follow_one_another_are_refused(fractions: list[float]) -> None:
    with pytest.raises(ValueError, match="fractions"):
        boundaries(fractions)


def test_what_is_no_error_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="error rate"):
        boundaries([0.5], 1.5)
    with pytest.raises(ValueError, match="fraction"):
        spent(0.0)


def test_whoever_looks_every_week_is_misled_no_more_often_than_at_the_planned_looks() -> None:
    fractions = evenly(16)
    weekly = sum(one.either for one in crossings(fractions, [at_any_time(one) for one in fractions]))
    assert 0.035 < weekly < 0.05


def test_on_any_day_a_difference_must_be_larger_than_at_a_planned_look() -> None:
    assert at_any_time(1.0) == pytest.approx(2.2414, abs=1e-4)
    for fraction in evenly(5):
        assert at_any_time(fraction) >= boundaries([fraction])[0]


@pytest.mark.parametrize("fraction", [0.0, -0.1])
def test_no_day_is_before_the_first_person(fraction: float) -> None:
    with pytest.raises(ValueError, match="no fraction"):
        at_any_time(fraction)
