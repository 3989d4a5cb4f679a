"""Our closed formulas against the values their papers print, and against scipy and statsmodels.

The papers were not at hand: their tables are quoted as several other packages' tests quote them, to the same four digits.
"""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from invitations.statistics.intervals import newcombe, wilson

# Newcombe, Stat Med 1998; 17: 857-872, table I, method 3 (score, no continuity correction).
WILSON_PUBLISHED = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]

# Newcombe, Stat Med 1998; 17: 873-890, table II, method 10 (hybrid score, no continuity correction).
NEWCOMBE_PUBLISHED = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0000),
    (10, 10, 0, 10, 0.6075, 1.0000),
]


@st.composite
def proportions(draw: st.DrawFn, most: int = 400) -> tuple[int, int]:
    total = draw(st.integers(1, most))
    return draw(st.integers(0, total)), total


@pytest.mark.parametrize(("successes", "total", "low", "high"), WILSON_PUBLISHED)
def test_wilson_is_what_newcombe_printed_in_1998(successes: int, total: int, low: float, high: float) -> None:
    assert tuple(round(end, 4) for end in wilson(successes, total)) == (low, high)


@pytest.mark.parametrize(("x", "n", "other_x", "other_n", "low", "high"), NEWCOMBE_PUBLISHED)
def test_a_difference_has_the_interval_that_newcombe_printed_in_1998(
    x: int, n: int, other_x: int, other_n: int, low: float, high: float
) -> None:
    assert tuple(round(end, 4) for end in newcombe(x, n, other_x, other_n)) == (low, high)


@given(proportions())
def test_wilson_agrees_with_scipy_and_statsmodels(proportion: tuple[int, int]) -> None:
    successes, total = proportion
    theirs = binomtest(successes, total).proportion_ci(method="wilson")
    assert wilson(successes, total) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert wilson(successes, total) == pytest.approx(proportion_confint(successes, total, method="wilson"), abs=1e-12)


@given(proportions(), proportions())
@settings(max_examples=200)
def test_newcombe_agrees_with_statsmodels(one: tuple[int, int], other: tuple[int, int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    low, high = max(-1.0, theirs[0]), min(1.0, theirs[1])
    assert newcombe(*one, *other) == pytest.approx((low, high), abs=1e-9)


@given(proportions(), proportions())
def test_intervals_hold_their_estimate_and_turn_around_with_the_groups(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    low, high = wilson(*one)
    assert 0 <= low <= one[0] / one[1] <= high <= 1
    difference = one[0] / one[1] - other[0] / other[1]
    there, back = newcombe(*one, *other), newcombe(*other, *one)
    assert -1 <= there.low <= difference + 1e-12
    assert difference - 1e-12 <= there.high <= 1
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)


@pytest.mark.parametrize(("successes", "total"), [(0, 0), (3, 2), (-1, 4)])
def test_what_is_no_proportion_is_refused(successes: int, total: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(successes, total)


def test_the_web_process_loads_no_statistics_library() -> None:
    program = (
        "import sys\n"
        "from app import create_app\n"
        "from app.settings import Settings\n"
        "create_app(Settings(database_url='sqlite://', secret_key='x' * 40))\n"
        "assert 'invitations.statistics.strata' in sys.modules, 'the page is not there'\n"
        "print([name for name in ('scipy', 'statsmodels', 'numpy', 'pandas', 'lifelines') if name in sys.modules])\n"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "[]"
