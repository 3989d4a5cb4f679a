"""How many people a trial needs, and how long that takes here; plain arithmetic."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, sqrt
from statistics import NormalDist

from invitations.statistics.boundaries import drift_for

_NORMAL = NormalDist()
DAYS_OF_A_MONTH = 30.4375
# The mode of reference is compared with each other one, and each comparison has its part of the error (Bonferroni).
FEWEST_ARMS, MOST_ARMS = 2, 3


def per_arm(
    p1: float, p2: float, *, alpha: float = 0.05, power: float = 0.80, arms: int = FEWEST_ARMS, looks: int = 1
) -> int:
    """People needed in each arm to find the difference between the shares p1 and p2, rounded up. 60 % → 70 %: 356.

    n = ((z_{1−α/2} √(2p̄q̄) + z_power √(p1q1 + p2q2)) / (p1 − p2))², two-sided, without continuity correction; with three
    arms α is halved (two comparisons); with several looks n is multiplied by what the looks cost (`looking_costs`).
    Raises ValueError for equal shares, and for what is no share, error rate or number of arms.

    Fleiss, Tytun & Ury, Biometrics 1980; 36: 343–346; Fleiss, Levin & Paik, Statistical Methods for Rates and
    Proportions, 3rd ed. 2003, section 4.2.
    """
    each = alpha_of_each(alpha, arms)
    return ceil(exactly(p1, p2, alpha=each, power=power) * looking_costs(looks, each, power))


def exactly(p1: float, p2: float, *, alpha: float = 0.05, power: float = 0.80) -> float:
    """The same number of two arms and one look, before it is rounded up."""
    _check(p1, p2, alpha, power)
    middle = (p1 + p2) / 2
    under_none = -_NORMAL.inv_cdf(alpha / 2) * sqrt(2 * middle * (1 - middle))
    under_some = _NORMAL.inv_cdf(power) * sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return ((under_none + under_some) / (p1 - p2)) ** 2


def power_with(p1: float, p2: float, people: int, *, alpha: float = 0.05, arms: int = FEWEST_ARMS) -> float:
    """The power that this many people per arm give, with one look at the end."""
    each = alpha_of_each(alpha, arms)
    _check(p1, p2, each, 0.8)
    middle = (p1 + p2) / 2
    reach = abs(p1 - p2) * sqrt(people) + _NORMAL.inv_cdf(each / 2) * sqrt(2 * middle * (1 - middle))
    return _NORMAL.cdf(reach / sqrt(p1 * (1 - p1) + p2 * (1 - p2)))


@lru_cache(maxsize=256)  # a page asks for the same few again and again, and each takes 30 ms
def looking_costs(looks: int, alpha: float = 0.05, power: float = 0.80) -> float:
    """What `looks` evenly spaced looks multiply the number of people by, for the same power: 1 for one, 1.013 for three."""
    if looks < 1:
        raise ValueError(f"{looks} looks tell nothing")
    return 1.0 if looks == 1 else (drift_for(power, looks, alpha) / drift_for(power, 1, alpha)) ** 2


def months_needed(people: int, per_month: float, *, waiting_days: int = 0) -> int | None:
    """Months until the last of `people` counts, when so many are addressed for the first time each month; rounded up.

    `waiting_days` is the horizon and the days in which outcomes are noted. None when nobody is addressed: no date is
    known, which is not the same as never.
    """
    if per_month <= 0:
        return None
    return ceil(people / per_month + waiting_days / DAYS_OF_A_MONTH)


def alpha_of_each(alpha: float, arms: int) -> float:
    """The error rate of each comparison with the first arm (Bonferroni): α with two arms, α/2 with three."""
    if not FEWEST_ARMS <= arms <= MOST_ARMS:
        raise ValueError(f"a trial has two or three arms, not {arms}")
    return alpha / (arms - 1)


def _check(p1: float, p2: float, alpha: float, power: float) -> None:
    if not (0 <= p1 <= 1 and 0 <= p2 <= 1) or p1 == p2:
        raise ValueError(f"{p1} and {p2} are not two shares")
    if not 0 < alpha < 1 or not 0 < power < 1:
        raise ValueError(f"{alpha} and {power} are not an error rate and a power")
