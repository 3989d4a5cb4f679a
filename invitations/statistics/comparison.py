"""The three modes side by side: observed, so never comparable. A trial would be (part 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from invitations.errors import NotFound
from invitations.models import Category, Mode
from invitations.statistics import cohorts, definitions
from invitations.statistics.definitions import NoShow, Proportion, Seen, Unit
from invitations.statistics.intervals import Interval, newcombe


@dataclass(frozen=True, slots=True)
class Group:
    """People addressed in one mode first, or in any (`mode` is None)."""

    mode: Mode | None
    addressed: int
    seen: Seen
    booked: Proportion
    autonomy: Proportion
    crossed: Proportion
    no_show: NoShow


@dataclass(frozen=True, slots=True)
class Difference:
    """`of` minus `minus`, as a share: 0.09 is 9 more people of 100. It describes; it does not prove."""

    of: Mode
    minus: Mode
    value: float
    interval: Interval

    @property
    def holds_zero(self) -> bool:
        return self.interval.low <= 0 <= self.interval.high


@dataclass(frozen=True, slots=True)
class Comparison:
    """One category: everyone together, each mode, and the differences between those that have a rate.

    `first_counted_on` is the day on which the first person counts, to come or past; None while nobody is addressed.
    """

    category: Category
    window: timedelta
    first_counted_on: date | None
    everyone: Group
    groups: list[Group]
    differences: list[Difference]

    @property
    def days(self) -> int:
        return self.window.days


@dataclass(frozen=True, slots=True)
class Results:
    """What the page shows. `category` and `since` are the filters in force; `first_on` the first invitation's day."""

    categories: Sequence[Category]
    category: Category | None
    since: date | None
    first_on: date | None
    comparisons: list[Comparison]

    @property
    def has_units(self) -> bool:
        return any(one.everyone.addressed for one in self.comparisons)


def read_results(
    session: Session,
    organisation_id: int,
    *,
    zone: ZoneInfo,
    category_code: str | None = None,
    since: date | None = None,
    now: datetime,
) -> Results:
    """The organisation's figures at `now`, in four queries. Raises NotFound for a category it does not have."""
    offered = cohorts.categories(session, organisation_id)
    chosen = _chosen(offered, category_code)
    units = cohorts.read_units(
        session, organisation_id, zone=zone, category_id=chosen.id if chosen else None, since=since
    )
    today = now.astimezone(zone).date()
    return Results(
        categories=offered,
        category=chosen,
        since=since,
        first_on=cohorts.first_addressed_on(session, organisation_id, zone=zone),
        comparisons=[
            compare(one, [unit for unit in units if unit.category_id == one.id], today=today)
            for one in ([chosen] if chosen else offered)
        ],
    )


def compare(category: Category, units: Sequence[Unit], *, today: date) -> Comparison:
    """The comparison of one category from its units."""
    window = definitions.window_for(category.kind)
    groups = [_group(mode, [unit for unit in units if unit.arm is mode], window, today) for mode in Mode]
    return Comparison(
        category=category,
        window=window,
        first_counted_on=min((definitions.counts_from(unit, window) for unit in units), default=None),
        everyone=_group(None, units, window, today),
        groups=groups,
        differences=[made for one, other in combinations(groups, 2) if (made := _difference(other, one)) is not None],
    )


def _group(mode: Mode | None, units: Sequence[Unit], window: timedelta, today: date) -> Group:
    return Group(
        mode=mode,
        addressed=definitions.addressed(units),
        seen=definitions.seen(units, window, today=today),
        booked=definitions.booked(units, window, today=today),
        autonomy=definitions.autonomy(units, window, today=today),
        crossed=definitions.crossed(units, window, today=today),
        no_show=definitions.no_show(units, today=today),
    )


def _difference(one: Group, other: Group) -> Difference | None:
    """None while one of the two has no rate to publish."""
    if one.mode is None or other.mode is None or not (one.seen.is_published and other.seen.is_published):
        return None
    first, second = one.seen.proportion, other.seen.proportion
    return Difference(
        of=one.mode,
        minus=other.mode,
        value=first.count / first.total - second.count / second.total,
        interval=newcombe(first.count, first.total, second.count, second.total),
    )


def _chosen(offered: Sequence[Category], code: str | None) -> Category | None:
    if code is None:
        return None
    found = next((one for one in offered if one.code == code), None)
    if found is None:
        raise NotFound
    return found
