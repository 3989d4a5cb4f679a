"""Two modes next to each other: the difference of everyone together, and the one within groups of like people."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import combinations

from invitations.models import Mode
from invitations.statistics import strata
from invitations.statistics.reading import NOBODY, Counts
from invitations.statistics.strata import Difference, Table


@dataclass(frozen=True, slots=True)
class Contrast:
    """`of` minus `minus`, people seen: it describes, it does not prove. `within` is None when no group has both modes.

    `disagrees`: the two differences point in opposite directions (Simpson), so that neither may be read alone.
    """

    of: Mode
    minus: Mode
    together: Difference
    within: Difference | None
    disagrees: bool

    @property
    def may_be_chance(self) -> bool:
        return self.together.holds_zero and (self.within is None or self.within.holds_zero)


def contrasts(groups: Mapping[tuple[Mode, *tuple[Hashable, ...]], Counts]) -> list[Contrast]:
    """Every pair of modes that both have a rate to print. The keys begin with the mode; what follows is the group."""
    return [
        found for one, other in combinations(Mode, 2) if (found := _contrast(groups, of=other, minus=one)) is not None
    ]


def _contrast(groups: Mapping[tuple[Mode, *tuple[Hashable, ...]], Counts], *, of: Mode, minus: Mode) -> Contrast | None:
    if not (_has_a_rate(groups, of) and _has_a_rate(groups, minus)):
        return None
    tables = _tables(groups, of, minus)
    together = strata.crude(tables)
    if together is None:
        return None
    return Contrast(of, minus, together, strata.mantel_haenszel(tables), strata.disagrees(tables))


def _has_a_rate(groups: Mapping[tuple[Mode, *tuple[Hashable, ...]], Counts], mode: Mode) -> bool:
    figure = sum((counts for (first, *_), counts in groups.items() if first is mode), NOBODY).seen_figure
    return figure.is_published and not figure.is_small


def _tables(groups: Mapping[tuple[Mode, *tuple[Hashable, ...]], Counts], of: Mode, minus: Mode) -> list[Table]:
    like = dict.fromkeys(tuple(rest) for _, *rest in groups)
    found = ((groups.get((of, *rest), NOBODY), groups.get((minus, *rest), NOBODY)) for rest in like)
    return [Table(one.seen, one.counted, other.seen, other.counted) for one, other in found]
