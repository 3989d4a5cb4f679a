"""How far apart two arms must be at a look for it to count: O'Brien–Fleming boundaries, spent as the data arrive.

Looking several times at 5 % misleads far more often than 5 % of the time. The error is spent little by little instead,
as Lan and DeMets proposed, on the information that there really is at each look: looks need no fixed calendar.

At a look the statistic is z = estimate / standard error; its boundary holds on both sides. Information is any measure
that grows with the number of people, as a fraction of what is planned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import erfc, exp, pi, sqrt
from statistics import NormalDist
from typing import NamedTuple

_NORMAL = NormalDist()
# Beyond this many standard errors a double holds no probability: what has spent nothing yet cannot be crossed.
FARTHEST = 37.0
# Looks nearer to one another than this part of the information are one look; the integration is exact down to there.
NEAREST = 0.005
# Intervals of Simpson's rule over a continuation region: boundaries come out right to 1e-6.
_PANELS = 160
# A density is nought this many standard deviations from its middle.
_REACH = 8.5


class Crossing(NamedTuple):
    """The probability that z leaves its boundaries for the first time at this look, above or below."""

    above: float
    below: float

    @property
    def either(self) -> float:
        return self.above + self.below


@dataclass(frozen=True, slots=True)
class _Density:
    """Of the score z·√information, among trials that have crossed nothing yet: points, and weight × density there."""

    information: float
    points: tuple[float, ...]
    masses: tuple[float, ...]


_START = _Density(0.0, (0.0,), (1.0,))


def spent(fraction: float, alpha: float = 0.05) -> float:
    """The part of a two-sided `alpha` that may be spent once this fraction of the information is there.

    α(t) = 4 − 4Φ(z/√t) with z the 1 − α/4 point: on each side the function that Lan & DeMets named after O'Brien and
    Fleming, 2 − 2Φ(z_{a/2}/√t), with a = α/2. All of α from t = 1 on. Biometrika 1983; 70: 659–663, α₁*.
    """
    return min(alpha, 4 * _above(at_any_time(fraction, alpha)))


def boundaries(fractions: Sequence[float], alpha: float = 0.05, *, is_last: bool = False) -> list[float]:
    """The boundary of |z| at each look made so far, at the information fractions that there really were.

    Each is such that the probability, without any difference, of having crossed by then is `spent(fraction)`. At the
    last look (`is_last`, or from fraction 1 on) everything that is left is spent, whatever its fraction. Earlier
    boundaries do not depend on later looks. Raises ValueError unless the fractions rise, by NEAREST or more.

    The densities between looks are integrated one from another: Armitage, McPherson & Rowe, J R Stat Soc A 1969; 132:
    235–244; Jennison & Turnbull, Group Sequential Methods, 2000, chapters 7 and 19.
    """
    return list(_boundaries(tuple(fractions), alpha, is_last))


@lru_cache(maxsize=4096)  # a trial's fractions come back at every page and in every simulated trial; each takes 10 ms
def _boundaries(fractions: tuple[float, ...], alpha: float, is_last: bool) -> tuple[float, ...]:
    _check_rise(fractions)
    density, found, before = _START, list[float](), 0.0
    for number, fraction in enumerate(fractions, start=1):
        now = alpha if is_last and number == len(fractions) else spent(fraction, alpha)
        bound = _bound_for((now - before) / 2, density, fraction)
        found.append(bound)
        density, before = _carried(density, fraction, bound, 0.0), now
    return tuple(found)


def at_any_time(fraction: float, alpha: float = 0.05) -> float:
    """The boundary of |z| for whoever looks whenever they like, until all of the information is there: z_{1−α/4}/√t.

    Without any difference the score moves like a Brownian motion, which goes beyond z_{1−α/4} on one side before t = 1 with the
    probability 2 − 2Φ(z_{1−α/4}) = α/2, by reflection: so at most α for both sides, looked at without end. It is what `spent`
    comes from (Lan & DeMets 1983). Wider than the boundary of a planned look.
    """
    _check_alpha(alpha)
    if fraction <= 0:
        raise ValueError(f"{fraction} is no fraction of information")
    return -_NORMAL.inv_cdf(alpha / 4) / sqrt(min(1.0, fraction))


def crossings(fractions: Sequence[float], bounds: Sequence[float], drift: float = 0.0) -> list[Crossing]:
    """The probability of a first crossing at each look, when z has mean drift·√fraction.

    `drift` is the effect divided by its standard error at full information: 0 tells how often a trial misleads, the
    hypothesis how often it finds. Raises ValueError unless fractions rise by NEAREST or more and each has a bound.
    """
    _check_rise(fractions)
    density, found = _START, list[Crossing]()
    for fraction, bound in zip(fractions, bounds, strict=True):
        found.append(
            Crossing(_leaving(density, fraction, bound, drift), _leaving(density, fraction, bound, -drift, -1))
        )
        density = _carried(density, fraction, bound, drift)
    return found


def drift_for(power: float, looks: int, alpha: float = 0.05) -> float:
    """The drift at which `looks` evenly spaced looks find a difference on the right side with this power.

    One look: z_{1−α/2} + z_power. The square of the ratio to that is what looking costs in people.
    """
    fractions = [number / looks for number in range(1, looks + 1)]
    bounds = boundaries(fractions, alpha)

    def missing(drift: float) -> float:
        return sum(one.above for one in crossings(fractions, bounds, drift)) - power

    least = _NORMAL.inv_cdf(power) - _NORMAL.inv_cdf(alpha / 2)
    return _secant(missing, least, least + 0.05)


def _bound_for(wanted: float, density: _Density, fraction: float) -> float:
    """The bound beyond which, on one side, this much probability lies."""
    if wanted < 1e-290:
        return FARTHEST
    if not density.information:
        return min(FARTHEST, -_NORMAL.inv_cdf(wanted))
    return _root(lambda bound: wanted - _leaving(density, fraction, bound, 0.0), 0.0, FARTHEST, 1e-10)


def _leaving(density: _Density, fraction: float, bound: float, drift: float, side: int = 1) -> float:
    """The probability that the score goes beyond bound·√fraction on one side (`side` −1 looks at the mirror image)."""
    step = fraction - density.information
    edge, scale = bound * sqrt(fraction) - drift * step, sqrt(step)
    pairs = zip(density.points, density.masses, strict=True)
    return sum(mass * _above((edge - side * point) / scale) for point, mass in pairs)


def _carried(density: _Density, fraction: float, bound: float, drift: float) -> _Density:
    """The density at the next look, between its boundaries, on the points of Simpson's rule."""
    step = fraction - density.information
    edge, middle = bound * sqrt(fraction), drift * fraction
    reach = _REACH * sqrt(fraction)
    low, high = max(-edge, middle - reach), min(edge, middle + reach)
    if low >= high:
        return _Density(fraction, (), ())
    width = (high - low) / _PANELS
    points = [low + width * number for number in range(_PANELS + 1)]
    came = list(zip(density.points, density.masses, strict=True))
    scale = 1 / sqrt(2 * pi * step)
    masses = []
    for number, point in enumerate(points):
        rule = width / 3 * (1 if number in (0, _PANELS) else 4 if number % 2 else 2)
        moved = point - drift * step
        masses.append(rule * scale * sum(mass * exp(-((moved - old) ** 2) / (2 * step)) for old, mass in came))
    return _Density(fraction, tuple(points), tuple(masses))


def _above(value: float) -> float:
    return erfc(value / sqrt(2)) / 2


def _root(rising: Callable[[float], float], low: float, high: float, nearness: float) -> float:
    """Where a rising function is nought, by halving."""
    while high - low > nearness:
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _secant(rising: Callable[[float], float], one: float, other: float) -> float:
    """Where a smooth function is nought, near two guesses: to 1e-9 within a handful of steps."""
    value, other_value = rising(one), rising(other)
    while abs(other_value) > 1e-9 and other_value != value:
        one, other, value = other, other - other_value * (other - one) / (other_value - value), other_value
        other_value = rising(other)
    return other


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"{alpha} is no error rate")


def _check_rise(fractions: Sequence[float]) -> None:
    steps = [later - sooner for sooner, later in zip([0.0, *fractions], fractions, strict=False)]
    if not steps or min(steps) < NEAREST:
        raise ValueError(f"{list(fractions)} are no fractions of information that rise by {NEAREST} or more")
