"""Which figures the public page hides, so that nobody learns anything of a few people, whatever they add and subtract.

What is said of a group says two numbers: how many were seen and, by subtraction, how many were not. So a group is told of
only if both are FEWEST or more: fewer would be recognised by whoever knows the place, and "none of them came" is
something said of each. That is the primary rule. The secondary one is about totals. The groups of one table share no
person, and their total is told: all that can be worked out of the hidden ones is their sum. So at least two are hidden,
and their sum could itself be told. Then each hidden number may be anything from 0 to that sum, FEWEST at least, whatever
linear algebra says: no hidden number can be narrowed to fewer than FEWEST + 1 values.

The tables of a span (its months; its modes; its organisations; how far everyone came) split the same people
in ways that know nothing of each other, and have only totals in common: with any values of the hidden numbers of one that
add up, the others stand as they are. Months come before their quarter is known, so a hidden month waits for company:
see `is_month_hidden`.

A. Hundepool and others, Statistical Disclosure Control (Wiley 2012): minimum frequency, secondary suppression and the
intervals that an attacker works out (chapter 4), group disclosure in tables of people (chapter 5). The threshold of 11 is
the project's own (evaluation.md), and INSEE's for households in files of tax (Guide du secret statistique); the
interval that is left is as wide as the threshold. An attacker is taken to know every published table of every month, not
what the organisations themselves know, and not to gain from knowing this very procedure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")

FEWEST = 11


@dataclass(frozen=True, slots=True)
class Split:
    """People of one group: all of them, and those who were seen."""

    people: int = 0
    seen: int = 0

    def __add__(self, other: Split) -> Split:
        return Split(self.people + other.people, self.seen + other.seen)

    @property
    def unseen(self) -> int:
        return self.people - self.seen

    @property
    def is_empty(self) -> bool:
        return self.people == 0

    @property
    def is_safe(self) -> bool:
        """Told, it says nothing of a few people: nobody is in it, or enough on both sides."""
        return self.is_empty or (self.seen >= FEWEST and self.unseen >= FEWEST)


def total(groups: Iterable[Split]) -> Split:
    return sum(groups, Split())


def keeps(hidden: Collection[Split]) -> bool:
    """True when these hidden groups keep what they hold, their sum being known: none, or several, with a sum to be told."""
    some = [one for one in hidden if not one.is_empty]
    return not some or (len(some) > 1 and total(some).is_safe)


def hide(groups: Mapping[Key, Split], before: Collection[Key] = ()) -> frozenset[Key]:
    """The groups to hide of a table whose total is told. Nobody's group (0 people) is told, and hides nothing.

    Every group that may not be told, and those hidden `before`; and, as long as the hidden ones could be worked out, the
    smallest of the others. All of them at last: then the total is all that is told, and it may be.
    """
    hidden = {key for key, group in groups.items() if not group.is_safe or (key in before and not group.is_empty)}
    left = sorted((key for key in groups if key not in hidden), key=lambda key: groups[key].people)
    for key in left:
        if keeps([groups[one] for one in hidden]):
            break
        if not groups[key].is_empty:
            hidden.add(key)
    return frozenset(hidden)


def is_month_hidden(month: Split, hidden_before: Sequence[Split]) -> bool:
    """Whether a month is hidden; `hidden_before`: the hidden months of its quarter so far.

    One that may not be told; and one that may, while those before could be worked out from the quarter to come.
    """
    return not month.is_safe or not (keeps(hidden_before) or month.is_empty)


def may_tell_total(whole: Split, hidden: Collection[Split]) -> bool:
    """Whether the total of a longer span may be told beside its parts, of which these are hidden."""
    return whole.is_safe and keeps(hidden)


def steps(people: int, counts: Sequence[tuple[Key, int]], seen: int) -> frozenset[Key]:
    """Which steps on the way from addressed to seen may be told. `counts`: each step with its people, widest first.

    Each holds the next. Told are those that leave FEWEST people or more between them and what is told on both sides.
    """
    told, last = set(), people
    for key, count in counts:
        if last - count >= FEWEST and count - seen >= FEWEST:
            told.add(key)
            last = count
    return frozenset(told)
