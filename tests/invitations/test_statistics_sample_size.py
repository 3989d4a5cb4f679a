"""How many people a trial needs, on the figures of Fleiss and of statsmodels, and how many months that is."""

from __future__ import annotations

from math import ceil, sqrt

import pytest
from statsmodels.stats.proportion import power_proportions_2indep, samplesize_proportions_2indep_onetail

from invitations.statistics.sample_size import (
    alpha_of_each,
    exactly,
    looking_costs,
    months_needed,
    per_arm,
    power_with,
)

# Fleiss, Statistical Methods for Rates and Proportions, 2nd ed. 1981, table A.3 (α 5 % two-sided, power 80 %), which adds
# a continuity correction, here in the test. The book was not at hand: its figures are quoted as they are commonly cited.
FLEISS_CORRECTED = [(0.05, 0.10, 474), (0.10, 0.20, 219), (0.20, 0.30, 313), (0.30, 0.40, 376), (0.60, 0.70, 376)]


def test_from_60_to_70_of_100_takes_356_people_in_each_arm() -> None:
    """evaluation.md: α 5 %, power 80 %."""
    assert per_arm(0.60, 0.70) == 356
    assert per_arm(0.70, 0.60) == 356


@pytest.mark.parametrize(
    # As they are commonly quoted, without the correction; no printed table of them was at hand, statsmodels is below.
    ("p1", "p2", "people"),
    [(0.10, 0.20, 199), (0.20, 0.30, 294), (0.30, 0.40, 356), (0.40, 0.50, 388), (0.50, 0.60, 388), (0.05, 0.10, 435)],
)
def test_the_usual_figures_without_continuity_correction(p1: float, p2: float, people: int) -> None:
    assert per_arm(p1, p2) == people


def test_rs_own_example_of_power_prop_test() -> None:
    """power.prop.test(p1 = .50, p2 = .75, power = .90): "n = 76.7" in R's manual."""
    assert round(exactly(0.50, 0.75, power=0.90), 1) == 76.7


@pytest.mark.parametrize(("p1", "p2", "printed"), FLEISS_CORRECTED)
def test_fleiss_table_is_ours_with_his_continuity_correction(p1: float, p2: float, printed: int) -> None:
    people = exactly(p1, p2)
    corrected = people / 4 * (1 + sqrt(1 + 4 / (people * abs(p1 - p2)))) ** 2
    assert ceil(corrected) == printed


@pytest.mark.parametrize("p1", [0.1, 0.35, 0.6, 0.8])
@pytest.mark.parametrize("power", [0.8, 0.9])
@pytest.mark.parametrize("gap", [-0.05, 0.1])
def test_statsmodels_finds_the_same_number(p1: float, gap: float, power: float) -> None:
    theirs = samplesize_proportions_2indep_onetail(gap, p1, power, alpha=0.05, alternative="two-sided")
    assert exactly(p1, p1 + gap, power=power) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("people", [200, 356, 900])
def test_statsmodels_finds_the_same_power(people: int) -> None:
    theirs = power_proportions_2indep(0.1, 0.6, people, alpha=0.05)
    # Theirs adds the chance of finding the opposite, of which ours makes nothing.
    assert power_with(0.6, 0.7, people) == pytest.approx(theirs.power, abs=2e-4)


def test_the_number_found_has_the_power_that_was_asked_and_one_person_less_has_not() -> None:
    assert power_with(0.6, 0.7, 356) >= 0.8 > power_with(0.6, 0.7, 355)


def test_three_arms_share_the_error_between_two_comparisons() -> None:
    assert alpha_of_each(0.05, 2) == 0.05
    assert alpha_of_each(0.05, 3) == 0.025
    assert per_arm(0.6, 0.7, arms=3) == per_arm(0.6, 0.7, alpha=0.025) == 432


def test_looking_three_times_costs_a_little() -> None:
    assert looking_costs(1) == 1
    assert looking_costs(3) == pytest.approx(1.013, abs=0.0005)
    assert per_arm(0.6, 0.7, looks=3) == 361


def test_months_are_those_of_the_flow_and_of_the_wait_for_the_last_person() -> None:
    assert months_needed(712, 60) == 12
    assert months_needed(720, 60) == 12
    assert months_needed(712, 60, waiting_days=52) == 14


def test_without_anybody_addressed_no_duration_is_known() -> None:
    assert months_needed(712, 0) is None


@pytest.mark.parametrize(("p1", "p2"), [(0.6, 0.6), (-0.1, 0.5), (0.5, 1.2)])
def test_what_are_not_two_shares_is_refused(p1: float, p2: float) -> None:
    with pytest.raises(ValueError, match="two shares"):
        per_arm(p1, p2)


def test_what_is_no_trial_is_refused() -> None:
    with pytest.raises(ValueError, match="error rate and a power"):
        per_arm(0.6, 0.7, power=1.0)
    with pytest.raises(ValueError, match="two or three arms"):
        per_arm(0.6, 0.7, arms=4)
    with pytest.raises(ValueError, match="looks"):
        per_arm(0.6, 0.7, looks=0)
