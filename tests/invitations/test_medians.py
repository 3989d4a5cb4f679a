"""By which day half of the people were there."""

from __future__ import annotations

from invitations.statistics import medians
from invitations.statistics.medians import Median
from invitations.statistics.survival import Times, kaplan_meier


def test_half_of_everybody_is_asked_for_not_half_of_those_who_came() -> None:
    assert medians.of_days({3: 2, 8: 3}, of=10) == 8
    assert medians.of_days({3: 2, 8: 3}, of=11) is None
    assert medians.of_days({3: 2, 8: 3}, of=4) == 3
    assert medians.of_days({}, of=0) is None


def test_within_some_days_is_a_share_of_everybody() -> None:
    assert medians.within({10: 2, 42: 1, 43: 5}, 42, of=20).rate == 0.15
    assert medians.within({}, 42, of=0).rate is None


def test_the_median_of_the_leukaemia_patients_under_6_mp_is_23_weeks_and_has_no_upper_end() -> None:
    """Freireich 1963, 21 patients; statsmodels says 23 weeks, 13 to infinity, on the same scale (`quantile_ci`, cloglog)."""
    remissions = Times(
        seen={6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1},
        censored={6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1},
    )
    assert medians.of_curve(kaplan_meier(remissions)) == Median(23, 13, None)


def test_nobody_has_no_median() -> None:
    assert medians.of_curve(kaplan_meier(Times())) == Median(None, None, None)


def test_when_everybody_came_the_last_day_closes_the_interval() -> None:
    assert medians.of_curve(kaplan_meier(Times(seen={4: 10}))) == Median(4, 4, 4)
