"""Curves and the log-rank test on the remissions of Freireich 1963, and against scipy and statsmodels.

The paper itself was not at hand: the times, the standard errors and the chi² are those that textbooks and R print.
"""

from __future__ import annotations

import warnings
from itertools import repeat

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff

from invitations.statistics.survival import (
    Curve,
    Times,
    chi_square_tail,
    cumulative_incidence,
    kaplan_meier,
    log_rank,
)

# Freireich et al., Blood 1963; 21: 699-716: weeks in remission with 6-mercaptopurine and with a placebo.
TREATED = Times(
    seen={6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1},
    censored={6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1},
)
PLACEBO = Times(seen={1: 2, 2: 2, 3: 1, 4: 2, 5: 2, 8: 4, 11: 2, 12: 2, 15: 1, 17: 1, 22: 1, 23: 1})

# What R's survfit prints of the treated: time, at risk, events, survival, Greenwood's standard error. The same in Lee &
# Wang, Statistical Methods for Survival Data Analysis, and Kleinbaum & Klein, Survival Analysis, chapter 2.
PRINTED = [
    (6, 21, 3, 0.857, 0.0764),
    (7, 17, 1, 0.807, 0.0869),
    (10, 15, 1, 0.753, 0.0963),
    (13, 12, 1, 0.690, 0.1068),
    (16, 11, 1, 0.627, 0.1141),
    (22, 7, 1, 0.538, 0.1282),
    (23, 6, 1, 0.448, 0.1346),
]

days = st.dictionaries(st.integers(0, 30), st.integers(1, 4), max_size=8)
several = st.builds(Times, seen=days, left=days, censored=days).filter(lambda one: one.people > 0)


def apart(times: Times) -> tuple[np.ndarray, np.ndarray]:
    """One row a person: the day, and 1 seen, 2 left, 0 still waiting."""
    parts = ((times.seen, 1), (times.left, 2), (times.censored, 0))
    rows = [row for part, status in parts for day, people in part.items() for row in repeat((day, status), people)]
    return np.array([day for day, _ in rows], dtype=float), np.array([status for _, status in rows])


def test_the_treated_have_the_curve_and_the_errors_that_textbooks_print() -> None:
    curve = kaplan_meier(TREATED)
    assert [
        (step.day, step.at_risk, step.seen, round(step.survival, 3), round(step.error, 4)) for step in curve.steps
    ] == PRINTED


def test_the_log_rank_chi_square_of_freireich_is_16_79() -> None:
    """16.793 in Kleinbaum & Klein, chapter 2; 16.8 with p = 4e-05 in R's survdiff."""
    found = log_rank([kaplan_meier(TREATED), kaplan_meier(PLACEBO)])
    assert found is not None
    assert (round(found.chi2, 2), found.degrees, f"{found.p:.0e}") == (16.79, 1, "4e-05")


def test_half_of_the_treated_relapse_by_week_23_and_of_the_others_by_week_8() -> None:
    """Medians 23 and 8, as R prints them."""
    assert (kaplan_meier(TREATED).median, kaplan_meier(PLACEBO).median) == (23, 8)


@given(several)
@settings(max_examples=60)
def test_a_curve_agrees_with_scipy_and_statsmodels(times: Times) -> None:
    curve, (ends, status) = kaplan_meier(times), apart(times)
    theirs = SurvfuncRight(ends, status == 1)
    for day, survival, error in zip(theirs.surv_times, theirs.surv_prob, theirs.surv_prob_se, strict=True):
        step = curve.step_at(int(day))
        assert (step.survival if step else 1.0) == pytest.approx(survival, abs=1e-12)
        if step and survival > 0:
            assert step.error == pytest.approx(error, abs=1e-12)
    sample = stats.CensoredData(uncensored=ends[status == 1], right=ends[status != 1])
    scipys = stats.ecdf(sample).sf
    assert [curve.survival(int(day)) for day in scipys.quantiles] == pytest.approx(
        list(scipys.probabilities), abs=1e-12
    )


@given(several)
@settings(max_examples=40)
def test_the_interval_is_the_log_log_interval_of_scipy(times: Times) -> None:
    curve, (ends, status) = kaplan_meier(times), apart(times)
    found = stats.ecdf(stats.CensoredData(uncensored=ends[status == 1], right=ends[status != 1])).sf
    with warnings.catch_warnings():  # theirs says so where there is no interval
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = found.confidence_interval(method="log-log")
    low_of, high_of = theirs.low.probabilities, theirs.high.probabilities
    for day, low, high in zip(found.quantiles, low_of, high_of, strict=True):
        step = curve.step_at(int(day))
        if step and step.low is not None and step.high is not None:
            assert (step.low, step.high) == pytest.approx((low, high), abs=1e-9)


@given(several)
@settings(max_examples=60)
def test_leaving_as_a_competing_event_agrees_with_statsmodels(times: Times) -> None:
    ends, status = apart(times)
    points = {one.day: one for one in cumulative_incidence(times)}
    assume({1, 2} <= set(status))
    with warnings.catch_warnings():  # of its standard errors, where nobody is left
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = CumIncidenceRight(ends, status)
    for day, seen, left in zip(theirs.times, *theirs.cinc, strict=True):
        before = max((one for one in points if one <= day), default=None)
        ours = (points[before].seen, points[before].left) if before is not None else (0.0, 0.0)
        assert ours == pytest.approx((seen, left), abs=1e-12)


@given(several)
@settings(max_examples=60)
def test_leaving_never_makes_more_people_seen_than_a_world_without_it(times: Times) -> None:
    curve = kaplan_meier(times)
    for point in cumulative_incidence(times):
        survival = curve.survival(point.day)
        assert survival is not None
        assert point.seen <= 1 - survival + 1e-12
        assert point.seen + point.left <= 1 + 1e-12


@given(st.lists(several, min_size=2, max_size=3))
@settings(max_examples=60)
def test_the_log_rank_test_agrees_with_statsmodels(groups: list[Times]) -> None:
    found = log_rank([kaplan_meier(one) for one in groups])
    assume(found is not None)
    assert found is not None
    rows = [apart(one) for one in groups]
    names = np.concatenate([np.full(len(ends), name) for name, (ends, _) in enumerate(rows)])
    ends = np.concatenate([ends for ends, _ in rows])
    events = np.concatenate([status == 1 for _, status in rows])
    theirs, p = survdiff(ends, events, names)
    assert found.chi2 == pytest.approx(theirs, rel=1e-6, abs=1e-9)
    assert found.p == pytest.approx(p, rel=1e-6, abs=1e-9)
    assert found.degrees == len(groups) - 1


@given(st.floats(0, 80), st.integers(1, 8))
@settings(max_examples=100)
def test_the_tail_of_chi_square_is_scipys(value: float, degrees: int) -> None:
    assert chi_square_tail(value, degrees) == pytest.approx(stats.chi2.sf(value, degrees), rel=1e-10, abs=1e-300)


def test_a_risk_table_counts_whoever_leaves_on_a_day_until_that_day() -> None:
    curve = kaplan_meier(Times(seen={10: 2}, left={10: 1, 20: 1}, censored={30: 1}))
    assert [curve.at_risk(day) for day in (0, 10, 11, 20, 21, 30, 31)] == [5, 5, 2, 2, 1, 1, 0]
    assert curve.survival(9) == 1
    assert curve.survival(10) == pytest.approx(0.6)
    assert curve.survival(90) == pytest.approx(0.6)
    assert curve.median is None


def test_there_is_no_interval_while_nobody_is_seen_nor_when_everybody_is() -> None:
    curve = kaplan_meier(Times(left={3: 1}, seen={5: 2}))
    assert [(step.day, step.survival, step.low, step.high) for step in curve.steps] == [
        (3, 1.0, None, None),
        (5, 0.0, None, None),
    ]


def test_nobody_is_no_data() -> None:
    nobody = kaplan_meier(Times())
    assert nobody == Curve((), Times())
    assert (nobody.people, nobody.survival(10), nobody.median, nobody.step_at(10)) == (0, None, None, None)
    assert cumulative_incidence(Times()) == ()
    assert log_rank([nobody, kaplan_meier(TREATED)]) is None
    assert log_rank([kaplan_meier(Times(censored={9: 4})), kaplan_meier(Times(censored={9: 5}))]) is None
