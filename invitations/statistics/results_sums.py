"""The sums that the page of results is made of, and its tables' groups: those of a few people elsewhere without figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from invitations.models import Entry, FirstChannel, Mode
from invitations.statistics import reading, suppression
from invitations.statistics.reading import NOBODY, Counts, Dimension, Filters, Scope
from invitations.statistics.suppression import Split

# Differences are compared within like people: of one organisation, as new, with a mobile or without.
_STRATA = (Dimension.MODE, Dimension.ORGANISATION, Dimension.ENTRY, Dimension.MOBILE)
_ORDERS: dict[Dimension, list[Any]] = {
    Dimension.MODE: list(Mode),
    Dimension.ENTRY: list(Entry),
    Dimension.CHANNEL: list(FirstChannel),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a table. `counts` is None for a group of a few people of other organisations: it is not shown."""

    key: Any
    counts: Counts | None


@dataclass(frozen=True, slots=True)
class Sums:
    """The three readings from which every table comes. The keys of `strata`: mode, organisation, entry, mobile."""

    strata: Mapping[tuple[Any, ...], Counts]
    months: Mapping[tuple[Any, ...], Counts]  # channel, month
    categories: Mapping[tuple[Any, ...], Counts]  # whatever category is asked for

    def along(self, dimension: Dimension) -> dict[Any, Counts]:
        """By one dimension, the others summed."""
        groups, place = {
            Dimension.MODE: (self.strata, 0),
            Dimension.ORGANISATION: (self.strata, 1),
            Dimension.ENTRY: (self.strata, 2),
            Dimension.CHANNEL: (self.months, 0),
            Dimension.MONTH: (self.months, 1),
            Dimension.CATEGORY: (self.categories, 0),
        }[dimension]
        found: dict[Any, Counts] = {}
        for key, counts in groups.items():
            found[key[place]] = found.get(key[place], NOBODY) + counts
        return found

    @property
    def everyone(self) -> Counts:
        return sum(self.strata.values(), NOBODY)


def read(session: Session, scope: Scope, filters: Filters, today: date) -> Sums:
    return Sums(
        strata=reading.counts_by(session, scope, filters, *_STRATA, today=today),
        months=_months(session, scope, filters, today),
        categories=_categories(session, scope, filters, today),
    )


def read_own(session: Session, of_department: Sums, organisation_id: int, filters: Filters, today: date) -> Sums:
    """One organisation's part of a département's sums: what those who work there may always read."""
    scope = Scope((organisation_id,))
    return Sums(
        strata={key: counts for key, counts in of_department.strata.items() if key[1] == organisation_id},
        months=_months(session, scope, filters, today),
        categories=_categories(session, scope, filters, today),
    )


def _months(session: Session, scope: Scope, filters: Filters, today: date) -> dict[tuple[Any, ...], Counts]:
    return reading.counts_by(session, scope, filters, Dimension.CHANNEL, Dimension.MONTH, today=today)


def _categories(session: Session, scope: Scope, filters: Filters, today: date) -> dict[tuple[Any, ...], Counts]:
    return reading.counts_by(session, scope, replace(filters, category_id=None), Dimension.CATEGORY, today=today)


def parts(dimension: Dimension, sums: Sums, own: Sums, names: Mapping[int, str]) -> list[Part]:
    """The groups of a dimension in their usual order; those of a few people of other organisations without counts."""
    found = sums.along(dimension)
    mine = found if own is sums else own.along(dimension)
    hidden = suppression.hide({key: of_others(counts, mine.get(key, NOBODY)) for key, counts in found.items()})
    if dimension is Dimension.MODE:
        return [Part(mode, None if mode in hidden else found.get(mode, NOBODY)) for mode in Mode]
    order = list(names) if dimension is Dimension.ORGANISATION else _ORDERS.get(dimension) or sorted(found)
    return [Part(key, None if key in hidden else found[key]) for key in order if key in found]


def of_others(counts: Counts, own: Counts) -> Split:
    """The people whom other organisations addressed, and those of them who were seen so far."""
    return Split(counts.addressed - own.addressed, counts.seen + counts.seen_early - own.seen - own.seen_early)
