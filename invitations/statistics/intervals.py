"""Confidence intervals in closed form, so that no web process loads a statistics library.

The tests hold them to the values that their papers print and to scipy and statsmodels.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

# The 97.5 % point of the normal law: two-sided intervals of 95 %.
Z_95 = 1.959963984540054


class Interval(NamedTuple):
    """Both ends, as shares: 0 to 1 for a proportion, −1 to 1 for a difference."""

    low: float
    high: float


def wilson(successes: int, total: int, *, z: float = Z_95) -> Interval:
    """The score interval of `successes / total`, without continuity correction.

    (2x + z² ± z·√(z² + 4x(n − x)/n)) / 2(n + z²). Raises ValueError when there is nothing to divide by.
    Wilson, J Am Stat Assoc 1927; 22: 209–212. Method 3 of Newcombe, Stat Med 1998; 17: 857–872.
    """
    if not 0 <= successes <= total or total == 0:
        raise ValueError(f"{successes} of {total} is not a proportion")
    middle = 2 * successes + z * z
    reach = z * sqrt(z * z + 4 * successes * (total - successes) / total)
    scale = 2 * (total + z * z)
    return Interval(max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale))


def newcombe(successes: int, total: int, other_successes: int, other_total: int, *, z: float = Z_95) -> Interval:
    """The hybrid score interval of `successes / total − other_successes / other_total`, as a difference of shares.

    With d the difference and (l, u) the Wilson interval of each proportion p:
    d − √((p₁ − l₁)² + (u₂ − p₂)²) to d + √((u₁ − p₁)² + (p₂ − l₂)²). Raises ValueError as `wilson` does.
    Newcombe, Stat Med 1998; 17: 873–890, method 10.
    """
    one = wilson(successes, total, z=z)
    two = wilson(other_successes, other_total, z=z)
    first, second = successes / total, other_successes / other_total
    difference = first - second
    below = sqrt((first - one.low) ** 2 + (two.high - second) ** 2)
    above = sqrt((one.high - first) ** 2 + (second - two.low) ** 2)
    return Interval(max(-1.0, difference - below), min(1.0, difference + above))
