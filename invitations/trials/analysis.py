"""From the counts of a trial to its answer: pure functions, everybody in the arm that lots gave them (intention to treat).

Each later arm is compared with the first. With three arms there are two comparisons, and each has half of the error
(Bonferroni; Dunn, J Am Stat Assoc 1961; 56: 52–64). Nothing here reads the database or the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

from invitations.models import Mode
from invitations.statistics import strata
from invitations.statistics.boundaries import NEAREST, at_any_time, boundaries
from invitations.statistics.intervals import Interval
from invitations.statistics.sample_size import alpha_of_each
from invitations.statistics.strata import Difference, Table

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Tally:
    """People of one arm whose window is over, and of them: seen in time, and of unknown outcome (not seen)."""

    counted: int = 0
    seen: int = 0
    unknown: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.counted + other.counted, self.seen + other.seen, self.unknown + other.unknown)


# Stratum → arm → people. An arm that is missing in a stratum has nobody there.
Counts = Mapping[str, Mapping[Mode, Tally]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One arm compared with the first, `arm` minus `against`, as shares: 0.09 is 9 more people seen of 100.

    `adjusted` (Mantel–Haenszel, by stratum) is the answer; `crude` (Newcombe) stands beside it. `z` is `adjusted` in
    standard errors (or its score, where all stands against nothing) and `p` its two-sided probability without any difference,
    times the number of comparisons; None when nothing varies. `worst` and `best`: `adjusted` if nobody of unknown outcome came in this arm and all did in the
    other, and the reverse.
    """

    arm: Mode
    against: Mode
    tally: Tally
    other: Tally
    adjusted: Difference
    crude: Difference
    z: float | None
    p: float | None
    worst: float
    best: float
    disagrees: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A look: `estimate` whose z crosses `boundary` or not, and the interval that holds at every look together.

    `fraction` is people counted, of those planned, in the two arms.
    """

    estimate: Estimate
    fraction: float
    boundary: float
    interval: Interval
    crossed: bool


def estimates(counts: Counts, arms: Sequence[Mode], *, alpha: float = 0.05) -> list[Estimate]:
    """Each later arm against the first, in order; an arm without people in a common stratum has no estimate.

    Intervals are of 1 − α/(number of comparisons) each. Raises ValueError unless there are two or three arms.
    """
    alpha_of_each(alpha, len(arms))
    found = (estimate(counts, arm, arms[0], alpha=alpha, comparisons=len(arms) - 1) for arm in arms[1:])
    return [one for one in found if one is not None]


def estimate(counts: Counts, arm: Mode, against: Mode, *, alpha: float = 0.05, comparisons: int = 1) -> Estimate | None:
    """One of so many comparisons; None while no stratum has people in both arms.

    `alpha` is of the whole trial: this comparison has its part of it, and intervals of 1 − α/comparisons.
    """
    z = -_NORMAL.inv_cdf(alpha / comparisons / 2)
    tables = tables_of(counts, arm, against)
    adjusted, crude = strata.mantel_haenszel(tables, z=z), strata.crude(tables, z=z)
    if adjusted is None or crude is None:
        return None
    statistic = _statistic(adjusted, tables)
    return Estimate(
        arm=arm,
        against=against,
        tally=total(counts, arm),
        other=total(counts, against),
        adjusted=adjusted,
        crude=crude,
        z=statistic,
        p=None if statistic is None else min(1.0, comparisons * erfc(abs(statistic) / sqrt(2))),
        worst=_if_came(counts, against, arm, against, adjusted),
        best=_if_came(counts, arm, arm, against, adjusted),
        disagrees=adjusted.value * crude.value < 0,
    )


def look(
    counts: Counts,
    arm: Mode,
    against: Mode,
    *,
    per_arm: int,
    earlier: Sequence[float] = (),
    alpha: float = 0.05,
    comparisons: int = 1,
    is_last: bool = False,
) -> Look | None:
    """One look at one comparison; None while there is no estimate, or too few people more than at the look before.

    `earlier`: the fractions of this comparison's former looks. `alpha` is of the whole trial; this comparison has its
    part. The interval is estimate ± boundary × standard error: it covers the truth at every look together at 1 − α
    (Jennison & Turnbull, J R Stat Soc B 1989; 51: 305–361), so it holds whenever the trial stops.
    """
    found = estimate(counts, arm, against, alpha=alpha, comparisons=comparisons)
    reached = fraction(counts, arm, against, per_arm)
    if found is None or reached < max(earlier, default=0.0) + NEAREST:
        return None
    boundary = boundaries([*earlier, reached], alpha / comparisons, is_last=is_last)[-1]
    return Look(found, reached, boundary, _repeated(counts, arm, against, boundary), _crosses(found.z, boundary))


def so_far(
    counts: Counts, arm: Mode, against: Mode, *, per_arm: int, alpha: float = 0.05, comparisons: int = 1
) -> Interval:
    """The interval to show between planned looks: whoever opens the page every day is misled by α at most, all days together.

    Of the `alpha` of the whole trial this comparison has its part. From −1 to 1 while nobody is counted.
    """
    reached = fraction(counts, arm, against, per_arm)
    if not reached:
        return Interval(-1.0, 1.0)
    return _repeated(counts, arm, against, at_any_time(reached, alpha / comparisons))


def fraction(counts: Counts, arm: Mode, against: Mode, per_arm: int) -> float:
    """People counted in the two arms, of the number planned for them. Raises ZeroDivisionError when none is planned."""
    return (total(counts, arm).counted + total(counts, against).counted) / (2 * per_arm)


def total(counts: Counts, arm: Mode) -> Tally:
    """Everybody of one arm, strata forgotten."""
    found = [arms[arm] for arms in counts.values() if arm in arms]
    return Tally(sum(one.counted for one in found), sum(one.seen for one in found), sum(one.unknown for one in found))


def tables_of(counts: Counts, arm: Mode, against: Mode) -> list[Table]:
    """One table a stratum, of seen among counted."""
    pairs = [(arms.get(arm, Tally()), arms.get(against, Tally())) for arms in counts.values()]
    return [Table(one.seen, one.counted, other.seen, other.counted) for one, other in pairs]


def _repeated(counts: Counts, arm: Mode, against: Mode, boundary: float) -> Interval:
    """The adjusted difference ± boundary × its standard error, cut at −1 and 1."""
    found = strata.mantel_haenszel(tables_of(counts, arm, against), z=boundary)
    return found.interval if found else Interval(-1.0, 1.0)


def _if_came(counts: Counts, who: Mode, arm: Mode, against: Mode, adjusted: Difference) -> float:
    """The adjusted difference if everybody of unknown outcome in arm `who` had come, and nobody of the other's."""
    if not total(counts, who).unknown:
        return adjusted.value
    imagined = {
        stratum: {mode: Tally(one.counted, one.seen + one.unknown * (mode is who)) for mode, one in arms.items()}
        for stratum, arms in counts.items()
    }
    found = strata.mantel_haenszel(tables_of(imagined, arm, against))
    return found.value if found else adjusted.value


def _statistic(difference: Difference, tables: Sequence[Table]) -> float | None:
    """In standard errors; of all against nothing there is none, and the score under no difference stands for it."""
    error = difference.standard_error
    return difference.value / error if error else strata.score(tables)


def _crosses(z: float | None, boundary: float) -> bool:
    return z is not None and abs(z) >= boundary
