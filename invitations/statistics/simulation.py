"""Trials with invented effects: what a trial of this size would find, and how often it would mislead.

Lots are drawn by the blocks of real trials, and each look is taken by the analysis of real trials; people alone are
invented. They come from eight strata, unequal in size and in how easily people are seen, and the difference between arms
is the same in each. The same seed gives the same figures.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from math import exp, lgamma, log

from invitations.models import Mode
from invitations.statistics.intervals import Z_95, Interval
from invitations.statistics.sample_size import alpha_of_each
from invitations.trials import analysis, blocks
from invitations.trials.analysis import Estimate, Look, Tally

# Two organisations × new or in stock × has a mobile: of 100 people how many are there, and how many more are seen of 100.
STRATA: Mapping[str, tuple[int, int]] = {
    "1:new:yes": (30, 6),
    "1:new:no": (8, -8),
    "1:stock:yes": (17, 0),
    "1:stock:no": (5, -14),
    "2:new:yes": (18, 8),
    "2:new:no": (6, -6),
    "2:stock:yes": (12, 2),
    "2:stock:no": (4, -12),
}
# Arrivals and lots are drawn this many times, outcomes anew in every trial: the chance that matters is theirs.
PATTERNS = 60

# What a stratum has after a look, by arm: how many more people are counted than at the look before.
Arrivals = Mapping[str, Mapping[Mode, int]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A trial. `shares`: seen in each arm, the one that others are compared with first. Raises ValueError for a wrong one."""

    per_arm: int
    shares: tuple[float, ...]
    looks: int = 3
    alpha: float = 0.05

    def __post_init__(self) -> None:
        alpha_of_each(self.alpha, len(self.shares))
        if self.per_arm < self.looks or self.looks < 1 or not all(0 < share < 1 for share in self.shares):
            raise ValueError(f"{self} is not a trial")

    @property
    def arms(self) -> tuple[Mode, ...]:
        return tuple(Mode)[: len(self.shares)]

    @property
    def people(self) -> int:
        return self.per_arm * len(self.shares)

    def counted_at(self, look: int) -> int:
        """People counted in all arms at a look; looks count from 1."""
        return -(-self.people * look // self.looks)

    @property
    def without_difference(self) -> Plan:
        """The same trial, if every arm were like the first."""
        return Plan(self.per_arm, (self.shares[0],) * len(self.shares), self.looks, self.alpha)


@dataclass(slots=True)
class Record:
    """What became of `trials` simulated trials. Counts are of trials, but for `intervals`: those of every comparison.

    `stopped_at`: at which look a boundary was crossed first (the last one is the planned end). `found`: crossed on the
    side of the truth, `misled`: crossed on the other, or where there is no difference. `naive`: |z| above 1.96 at some
    look, which is what looking without boundaries would do. `people`: counted when it stopped, all trials together.
    `covered`, `crude_covered`: intervals of everybody planned that hold the truth (Mantel–Haenszel, Newcombe);
    `stopped_covered`: those of the look at which the trial stopped. `estimates`: differences printed by crossed looks.
    """

    trials: int = 0
    stopped_at: Counter[int] = field(default_factory=Counter)
    found: int = 0
    misled: int = 0
    naive: int = 0
    people: int = 0
    intervals: int = 0
    covered: int = 0
    crude_covered: int = 0
    stopped_covered: int = 0
    estimates: list[float] = field(default_factory=list)

    def share(self, count: int) -> float:
        return count / self.trials

    @property
    def crossed(self) -> int:
        return sum(self.stopped_at.values())


def simulate(plan: Plan, *, trials: int, seed: int, tick: Callable[[], object] = lambda: None) -> Record:
    """So many trials of this plan. `tick` is called after each. Raises ValueError when looks are too close."""
    chance = random.Random(seed)  # noqa: S311  (an invented trial keeps no secret)
    patterns = [pattern(plan, seed, number) for number in range(min(PATTERNS, trials))]
    record = Record()
    for number in range(trials):
        _note(record, plan, _looks(plan, patterns[number % len(patterns)], chance))
        tick()
    return record


def pattern(plan: Plan, seed: int, number: int) -> list[Arrivals]:
    """Who arrives before each look and what lots give them: one entry a look, drawn by the blocks of real trials."""
    chance = random.Random(f"{seed}|{number}")  # noqa: S311  (the same)
    names, sizes = list(STRATA), [size for size, _ in STRATA.values()]
    arrivals = chance.choices(names, sizes, k=plan.people)
    key = hashlib.sha256(f"{seed}|{number}".encode()).digest()
    counts = Counter(arrivals)
    waiting = {name: iter(blocks.lots(key, name, plan.arms, after=0, people=counts[name])) for name in names}
    drawn = [(name, next(waiting[name])) for name in arrivals]
    ends = [0, *(plan.counted_at(look) for look in range(1, plan.looks + 1))]
    return [_by_stratum(drawn[start:end]) for start, end in pairwise(ends)]


@lru_cache(maxsize=1000)
def shares_in(share: float, of_arms: tuple[float, ...], stratum: str) -> float:
    """The share seen in a stratum, so that over all strata it is `share` and no arm leaves 0 to 1."""
    total = sum(size for size, _ in STRATA.values())
    middle = sum(size * shift for size, shift in STRATA.values()) / total
    farthest = max(abs(shift - middle) for _, shift in STRATA.values()) / 100
    room = min(min(one, 1 - one) for one in (share, *of_arms))
    return share + (STRATA[stratum][1] - middle) / 100 * min(1.0, 0.9 * room / farthest)


def binomial(chance: random.Random, people: int, share: float) -> int:
    """How many of `people` are seen, each with this probability: the inverse of the distribution function."""
    return bisect_right(_distribution(people, share), chance.random())


@lru_cache(maxsize=20_000)
def _distribution(people: int, share: float) -> tuple[float, ...]:
    """P(X ≤ k) for k from 0 to people − 1; logarithms, for 0.4 to the thousandth is nought."""
    known = lgamma(people + 1)
    masses = (
        exp(known - lgamma(k + 1) - lgamma(people - k + 1) + k * log(share) + (people - k) * log(1 - share))
        for k in range(people)
    )
    return tuple(accumulate(masses))


def _by_stratum(drawn: Sequence[tuple[str, Mode]]) -> Arrivals:
    counts = Counter(drawn)
    return {name: {arm: people for (where, arm), people in counts.items() if where == name} for name in STRATA}


def _looks(plan: Plan, arrivals: Sequence[Arrivals], chance: random.Random) -> Iterator[list[Look]]:
    """At each look, one look a comparison."""
    counts: dict[str, dict[Mode, Tally]] = {name: {} for name in STRATA}
    reached: dict[Mode, list[float]] = {arm: [] for arm in plan.arms[1:]}
    for number, came in enumerate(arrivals, start=1):
        _add(plan, counts, came, chance)
        taken = [_take(plan, counts, arm, reached[arm], is_last=number == plan.looks) for arm in plan.arms[1:]]
        for one in taken:
            reached[one.estimate.arm].append(one.fraction)
        yield taken


def _take(plan: Plan, counts: analysis.Counts, arm: Mode, earlier: Sequence[float], *, is_last: bool) -> Look:
    found = analysis.look(
        counts,
        arm,
        plan.arms[0],
        per_arm=plan.per_arm,
        earlier=earlier,
        alpha=plan.alpha,
        comparisons=len(plan.shares) - 1,
        is_last=is_last,
    )
    if found is None:
        raise ValueError(f"{plan} has too few people for {plan.looks} looks")
    return found


def _add(plan: Plan, counts: dict[str, dict[Mode, Tally]], came: Arrivals, chance: random.Random) -> None:
    for stratum, arms in came.items():
        for arm, people in arms.items():
            share = shares_in(plan.shares[plan.arms.index(arm)], plan.shares, stratum)
            seen = binomial(chance, people, share)
            counts[stratum][arm] = counts[stratum].get(arm, Tally()) + Tally(people, seen)


def _note(record: Record, plan: Plan, looks: Iterator[list[Look]]) -> None:
    taken = list(looks)
    stopped = next((n for n, looks_of in enumerate(taken, start=1) if any(one.crossed for one in looks_of)), None)
    record.trials += 1
    record.people += plan.counted_at(stopped or plan.looks)
    record.naive += any(abs(one.estimate.z or 0) > Z_95 for looks_of in taken for one in looks_of)
    if stopped:
        record.stopped_at[stopped] += 1
        _note_answer(record, plan, [one for one in taken[stopped - 1] if one.crossed])
    for last, end in zip(taken[-1], taken[(stopped or plan.looks) - 1], strict=True):
        _note_coverage(record, _truth(plan, last.estimate), last.estimate, end.interval)


def _note_answer(record: Record, plan: Plan, crossed: Sequence[Look]) -> None:
    right = [one.estimate.adjusted.value * _truth(plan, one.estimate) > 0 for one in crossed]
    record.found += all(right)
    record.misled += not all(right)
    record.estimates.extend(one.estimate.adjusted.value for one in crossed)


def _note_coverage(record: Record, truth: float, last: Estimate, at_end: Interval) -> None:
    record.intervals += 1
    record.covered += _holds(last.adjusted.interval, truth)
    record.crude_covered += _holds(last.crude.interval, truth)
    record.stopped_covered += _holds(at_end, truth)


def _holds(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def _truth(plan: Plan, found: Estimate) -> float:
    return plan.shares[plan.arms.index(found.arm)] - plan.shares[0]
