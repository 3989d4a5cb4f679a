"""The difference of two arms over strata, and what it is without them; plain counts in, no session.

An arm is compared within each stratum (organisation × new or stock × has a mobile) and the differences are then put
together: an arm that happened to get the easier people gains nothing by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from invitations.statistics.intervals import Z_95, Interval, newcombe


@dataclass(frozen=True, slots=True)
class Table:
    """One stratum: so many of so many in the arm, so many of so many in the other. Raises ValueError for anything else."""

    successes: int
    total: int
    other_successes: int
    other_total: int

    def __post_init__(self) -> None:
        if not (0 <= self.successes <= self.total and 0 <= self.other_successes <= self.other_total):
            raise ValueError(f"{self} is not a table of two proportions")


@dataclass(frozen=True, slots=True)
class Difference:
    """A share minus another: 0.09 is 9 more people of 100.

    `interval` is of 95 % unless another z was asked for. `standard_error` is None where the interval has none
    (Newcombe's is no multiple of an error).
    """

    value: float
    interval: Interval
    standard_error: float | None = None

    @property
    def holds_zero(self) -> bool:
        return self.interval.low <= 0 <= self.interval.high


def mantel_haenszel(tables: Iterable[Table], *, z: float = Z_95) -> Difference | None:
    """The Mantel–Haenszel risk difference with Sato's variance; None while no stratum has people in both arms.

    With x₁ of n₁ in the arm, x₀ of n₀ in the other, N = n₁ + n₀, summed over strata:
    Δ = Σ (x₁n₀ − x₀n₁)/N ÷ Σ n₁n₀/N; variance (Δ ΣP + ΣQ) ÷ (Σ n₁n₀/N)² where
    P = (n₁²x₀ − n₀²x₁ + n₁n₀(n₀ − n₁)/2)/N² and Q = (x₁(n₀ − x₀) + x₀(n₁ − x₁))/2N. Interval Δ ± z·√variance,
    cut at −1 and 1. The variance holds for few large strata and for many small ones. It is 0 where everybody of an arm did
    the same, and would say nothing of how few they are: the interval is then Newcombe's, of these strata together.

    Greenland & Robins, Biometrics 1985; 41: 55–68 (the difference); Sato, Biometrics 1989; 45: 1323–1324 (its variance).
    """
    both = [one for one in tables if one.total and one.other_total]
    if not both:
        return None
    weights = sum(one.total * one.other_total / _people(one) for one in both)
    value = sum(_gain(one) for one in both) / weights
    variance = (value * sum(_p(one) for one in both) + sum(_q(one) for one in both)) / weights**2
    error = 0.0 if _is_all_or_nothing(both) else sqrt(max(0.0, variance))
    if not error:
        one = added(both)
        return Difference(value, newcombe(one.successes, one.total, one.other_successes, one.other_total, z=z), error)
    return Difference(value, Interval(max(-1.0, value - z * error), min(1.0, value + z * error)), error)


def score(tables: Iterable[Table]) -> float | None:
    """How far from no difference within strata, in standard errors of no difference; None where nothing varies.

    Σ (x₁n₀ − x₀n₁)/N ÷ √Σ n₁n₀ m(N − m)/N²(N − 1), with m = x₁ + x₀ seen of N in the two arms; no continuity correction.
    It does without a variance of what was seen: it stands where one arm is all and the other nothing.

    Cochran, Biometrics 1954; 10: 417–451; Mantel & Haenszel, J Natl Cancer Inst 1959; 22: 719–748.
    """
    both = [one for one in tables if one.total and one.other_total]
    variance = sum(_variance_without_difference(one) for one in both)
    return sum(_gain(one) for one in both) / sqrt(variance) if variance else None


def crude(tables: Iterable[Table], *, z: float = Z_95) -> Difference | None:
    """The difference of everyone together, with Newcombe's interval; None while an arm is empty."""
    one = added(tables)
    if not (one.total and one.other_total):
        return None
    value = one.successes / one.total - one.other_successes / one.other_total
    return Difference(value, newcombe(one.successes, one.total, one.other_successes, one.other_total, z=z))


def disagrees(tables: Sequence[Table]) -> bool:
    """Simpson: the difference within strata and the difference of everyone together point in opposite directions.

    Simpson, J R Stat Soc B 1951; 13: 238–241.
    """
    within, together = mantel_haenszel(tables), crude(tables)
    return within is not None and together is not None and within.value * together.value < 0


def added(tables: Iterable[Table]) -> Table:
    """Everyone together, strata forgotten."""
    found = list(tables)
    return Table(
        sum(one.successes for one in found),
        sum(one.total for one in found),
        sum(one.other_successes for one in found),
        sum(one.other_total for one in found),
    )


def _is_all_or_nothing(tables: Iterable[Table]) -> bool:
    """Nobody did otherwise than the others of their arm, in any stratum."""
    added_up = added(tables)
    return added_up.successes in {0, added_up.total} and added_up.other_successes in {0, added_up.other_total}


def _variance_without_difference(one: Table) -> float:
    people, seen = _people(one), one.successes + one.other_successes
    return one.total * one.other_total * seen * (people - seen) / (people**2 * (people - 1))


def _people(one: Table) -> int:
    return one.total + one.other_total


def _gain(one: Table) -> float:
    return (one.successes * one.other_total - one.other_successes * one.total) / _people(one)


def _p(one: Table) -> float:
    arm, other = one.total, one.other_total
    return (arm**2 * one.other_successes - other**2 * one.successes + arm * other * (other - arm) / 2) / _people(
        one
    ) ** 2


def _q(one: Table) -> float:
    missed, other_missed = one.total - one.successes, one.other_total - one.other_successes
    return (one.successes * other_missed + one.other_successes * missed) / (2 * _people(one))
