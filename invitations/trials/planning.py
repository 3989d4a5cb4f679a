"""What a trial would cost before it is one: people, months, and what would make it shorter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from math import ceil

from sqlalchemy.orm import Session

from invitations.statistics import reading, sample_size
from invitations.statistics.definitions import NOTING
from invitations.statistics.reading import Filters, Scope

# So many whole months, before the present one, say how many people are addressed here.
MONTHS = 6
# Beyond this, people change, rules change, and nobody remembers what was asked.
TOO_LONG = 24
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Wish:
    """What one would like to know. Shares between 0 and 1; `arms`: two or three."""

    arms: int
    expected_from: float
    expected_to: float
    power: float
    looks: int
    horizon_days: int
    alpha: float = ALPHA


class Shorter(StrEnum):
    """What would shorten a trial that takes too long."""

    TWO_ARMS = "two_arms"
    LARGER_GAP = "larger_gap"
    LESS_POWER = "less_power"
    TWICE_AS_MANY = "twice_as_many"


@dataclass(frozen=True, slots=True)
class Way:
    """One thing to change, and the months it would take then. `expected_to`: of a larger gap."""

    what: Shorter
    months: int
    expected_to: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """`people`: in all arms together. `months`: until the last of them counts; None while nobody is addressed here."""

    wish: Wish
    per_arm: int
    people: int
    per_month: float
    months: int | None
    shorter: Sequence[Way] = ()

    @property
    def is_too_long(self) -> bool:
        return self.months is not None and self.months > TOO_LONG


def estimate(wish: Wish, per_month: float) -> Estimate:
    """The cost of this wish where so many people are addressed for the first time each month."""
    per_arm = people_per_arm(wish)
    found = Estimate(wish, per_arm, per_arm * wish.arms, per_month, months_for(wish, per_month))
    return replace(found, shorter=list(ways(wish, per_month, found.months))) if found.is_too_long else found


def people_per_arm(wish: Wish) -> int:
    return sample_size.per_arm(
        wish.expected_from,
        wish.expected_to,
        alpha=wish.alpha,
        power=wish.power,
        arms=wish.arms,
        looks=wish.looks,
    )


def months_for(wish: Wish, per_month: float) -> int | None:
    people = people_per_arm(wish) * wish.arms
    return sample_size.months_needed(people, per_month, waiting_days=wish.horizon_days + NOTING.days)


def ways(wish: Wish, per_month: float, months: int | None) -> Iterator[Way]:
    """Each change that helps, with what it would make of the months."""
    for what, changed, people in changes(wish, per_month):
        needed = months_for(changed, people)
        if needed is not None and months is not None and needed < months:
            gap = changed.expected_to if what is Shorter.LARGER_GAP else None
            yield Way(what, needed, gap)


def changes(wish: Wish, per_month: float) -> Iterator[tuple[Shorter, Wish, float]]:
    if wish.arms > 2:
        yield Shorter.TWO_ARMS, replace(wish, arms=2), per_month
    yield Shorter.TWICE_AS_MANY, wish, per_month * 2
    if (hoped := larger_gap(wish)) is not None:
        yield Shorter.LARGER_GAP, replace(wish, expected_to=hoped), per_month
    if wish.power > 0.8:
        yield Shorter.LESS_POWER, replace(wish, power=0.8), per_month


def larger_gap(wish: Wish) -> float | None:
    """Half as much again, at least 5 of 100 more; None where no share lies that far."""
    gap = wish.expected_to - wish.expected_from
    more = max(0.05, ceil(abs(gap) * 50) / 100)
    hoped = round(wish.expected_to + (more if gap > 0 else -more), 2)
    return hoped if 0.01 <= hoped <= 0.99 else None


def people_a_month(session: Session, organisation_ids: Sequence[int], category_id: int, *, today: date) -> float:
    """People addressed for the first time in a month, of the last six whole ones; of fewer where the service is younger.

    Before the first whole month is over: those of the present one so far.
    """
    scope, this = Scope(tuple(organisation_ids), None), today.replace(day=1)
    first = reading.first_month(session, scope)
    if first is None:
        return 0.0
    since = max(first, months_before(this, MONTHS))
    until = months_before(this, 1) if since < this else this
    found = reading.counts_by(session, scope, Filters(category_id, since, until), today=today)
    return sum(one.addressed for one in found.values()) / (months_between(since, until) + 1)


def months_before(first: date, count: int) -> date:
    number = first.year * 12 + first.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def months_between(one: date, other: date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month
