"""Time to the first appointment attended: curves, their intervals, and whether they differ; plain counts, no session.

Time is in whole days since a person was addressed (day 0). Whoever leaves the RSA, or is still waiting when the data end,
was at risk up to and including that day; whoever is seen on that same day counts as seen first (the usual convention).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import erfc, exp, gamma, log, sqrt
from typing import NamedTuple

from invitations.statistics.intervals import Z_95, Interval


@dataclass(frozen=True, slots=True)
class Times:
    """How many people were seen, left the RSA, or were last looked at, on each day: {day: people}."""

    seen: Mapping[int, int] = field(default_factory=dict)
    left: Mapping[int, int] = field(default_factory=dict)
    censored: Mapping[int, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        return sum(sum(part.values()) for part in (self.seen, self.left, self.censored))

    @property
    def days(self) -> list[int]:
        """The days on which something ends for somebody, in order."""
        return sorted({day for part in (self.seen, self.left, self.censored) for day, people in part.items() if people})


class Step(NamedTuple):
    """One day on which somebody was seen or left. `survival` is the share not seen yet, after that day.

    `error` is Greenwood's standard error of `survival`. `low` and `high` are None where there is no interval: before
    anybody is seen, and when everybody is.
    """

    day: int
    at_risk: int
    seen: int
    left: int
    survival: float
    error: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan–Meier curve. `people` is everyone at day 0; with nobody there are no steps, and every share is None."""

    steps: tuple[Step, ...]
    times: Times

    @property
    def people(self) -> int:
        return self.times.people

    def at_risk(self, day: int) -> int:
        """People neither seen nor gone nor out of sight before that day: the line of a risk table."""
        parts = (self.times.seen, self.times.left, self.times.censored)
        return sum(people for part in parts for end, people in part.items() if end >= day)

    def step_at(self, day: int) -> Step | None:
        """The step in force at the end of that day; None before the first."""
        return next((step for step in reversed(self.steps) if step.day <= day), None)

    def survival(self, day: int) -> float | None:
        """The share not seen by the end of that day. None with nobody."""
        if not self.people:
            return None
        step = self.step_at(day)
        return step.survival if step else 1.0

    @property
    def median(self) -> int | None:
        """The first day by whose end half of the people were seen; None while fewer were."""
        return next((step.day for step in self.steps if step.survival <= 0.5), None)


class Incidence(NamedTuple):
    """After that day: the share seen, the share that left before being seen. What is missing to 1 still waits."""

    day: int
    at_risk: int
    seen: float
    left: float


@dataclass(frozen=True, slots=True)
class LogRank:
    """`p` is the probability of a `chi2` at least as large when the curves do not differ."""

    chi2: float
    degrees: int
    p: float


def kaplan_meier(times: Times, *, z: float = Z_95) -> Curve:
    """The share not seen yet, day by day; whoever leaves the RSA is censored that day.

    S(t) = Π (1 − dᵢ/nᵢ) with dᵢ seen of nᵢ at risk on day i ≤ t. Greenwood's variance S² Σ dᵢ/(nᵢ(nᵢ − dᵢ)); interval
    on the log(−log) scale: S^exp(±z·√Σ / ln S), which never leaves 0 to 1.
    Kaplan & Meier, J Am Stat Assoc 1958; 53: 457–481. Greenwood, Reports on Public Health 33, HMSO 1926.
    Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data, 1980, section 1.3 (the scale).
    """
    survival, spread = 1.0, 0.0
    steps: list[Step] = []
    for day, at_risk, seen, left in _ends(times):
        survival *= 1 - seen / at_risk
        spread += seen / (at_risk * (at_risk - seen)) if seen < at_risk else 0.0
        ends = _log_log(survival, spread, z)
        error = survival * sqrt(spread)
        steps.append(Step(day, at_risk, seen, left, survival, error, ends and ends.low, ends and ends.high))
    return Curve(tuple(steps), times)


def cumulative_incidence(times: Times) -> tuple[Incidence, ...]:
    """The share seen, and the share that left unseen, with leaving as a competing event (Aalen–Johansen).

    F(t) = Σ S(i−) dᵢ/nᵢ over days i ≤ t, S being the share neither seen nor gone. 1 − Kaplan–Meier is larger: it speaks of
    a world in which nobody leaves. Aalen & Johansen, Scand J Stat 1978; 5: 141–150.
    """
    waiting, seen_share, left_share = 1.0, 0.0, 0.0
    points: list[Incidence] = []
    for day, at_risk, seen, left in _ends(times):
        seen_share += waiting * seen / at_risk
        left_share += waiting * left / at_risk
        waiting *= 1 - (seen + left) / at_risk
        points.append(Incidence(day, at_risk, seen_share, left_share))
    return tuple(points)


def log_rank(curves: Sequence[Curve]) -> LogRank | None:
    """Whether curves differ, over all their days. None when there is nothing to compare: one group, or nobody seen.

    With d of n seen on a day, group g expects d·n_g/n, with hypergeometric covariances d(n − d)/(n − 1)·(n_g/n)(δ − n_h/n);
    chi² = (O − E)ᵀ V⁻¹ (O − E) over all groups but one. Peto & Peto, J R Stat Soc A 1972; 135: 185–207.
    """
    groups = [curve for curve in curves if curve.people]
    excess, spread = [0.0] * len(groups), [[0.0] * len(groups) for _ in groups]
    for day in sorted({day for one in groups for day, people in one.times.seen.items() if people}):
        _add_day(excess, spread, [one.at_risk(day) for one in groups], [one.times.seen.get(day, 0) for one in groups])
    degrees = len(groups) - 1
    solved = _solve([row[:degrees] for row in spread[:degrees]], excess[:degrees]) if degrees > 0 else None
    if solved is None:
        return None
    chi2 = sum(one * other for one, other in zip(excess, solved, strict=False))
    return LogRank(chi2, degrees, chi_square_tail(chi2, degrees))


def chi_square_tail(value: float, degrees: int) -> float:
    """P(χ² ≥ value). From 1 or 2 degrees upwards by Q(k + 2) = Q(k) + (x/2)^(k/2) e^(−x/2) / Γ(k/2 + 1).

    Abramowitz & Stegun, Handbook of Mathematical Functions, 26.4.4, 26.4.5 and 26.4.8.
    """
    half = max(0.0, value) / 2
    known = 2 - degrees % 2
    tail = exp(-half) if known == 2 else erfc(sqrt(half))
    for reached in range(known, degrees, 2):
        tail += half ** (reached / 2) * exp(-half) / gamma(reached / 2 + 1)
    return min(1.0, tail)


def _ends(times: Times) -> Iterator[tuple[int, int, int, int]]:
    """(day, at risk, seen, left) for each day with somebody seen or gone."""
    at_risk = times.people
    for day in times.days:
        seen, left = times.seen.get(day, 0), times.left.get(day, 0)
        if seen or left:
            yield day, at_risk, seen, left
        at_risk -= seen + left + times.censored.get(day, 0)


def _log_log(survival: float, spread: float, z: float) -> Interval | None:
    if not 0 < survival < 1:
        return None
    reach = z * sqrt(spread) / -log(survival)
    return Interval(survival ** exp(reach), survival ** exp(-reach))


def _add_day(excess: list[float], spread: list[list[float]], at_risk: list[int], seen: list[int]) -> None:
    people, events = sum(at_risk), sum(seen)
    shares = [one / people for one in at_risk]
    scale = events * (people - events) / (people - 1) if people > 1 else 0.0
    for one, share in enumerate(shares):
        excess[one] += seen[one] - events * share
        for other, other_share in enumerate(shares):
            spread[one][other] += scale * share * ((one == other) - other_share)


def _solve(matrix: list[list[float]], right: list[float]) -> list[float] | None:
    """x of matrix·x = right, by elimination; None when the matrix is singular. The matrix is symmetric, positive."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for pivot in range(size):
        if rows[pivot][pivot] <= 1e-12:
            return None
        for below in range(size):
            if below != pivot:
                factor = rows[below][pivot] / rows[pivot][pivot]
                rows[below] = [a - factor * b for a, b in zip(rows[below], rows[pivot], strict=True)]
    return [rows[one][size] / rows[one][one] for one in range(size)]
