"""What the page of results shows: one category, of one organisation or of its whole département, through its filters.

Everything comes from sums (`reading`): opening the page reads no history. Of a département's other organisations no group
is shown that would speak of a few people (`suppression`, as on the public page).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from invitations import sector_settings
from invitations.errors import NotAllowed, NotFound
from invitations.models import (
    Category,
    CategoryKind,
    DelayKind,
    Entry,
    FirstChannel,
    Mode,
    Organisation,
)
from invitations.statistics import adding, definitions, reading, results_scope, results_sums, slot_use
from invitations.statistics.contrasts import Contrast, contrasts
from invitations.statistics.reading import Counts, Dimension, Filters, Scope
from invitations.statistics.results_sums import Part, Sums
from invitations.statistics.slot_use import SlotUse
from invitations.statistics.survival import Curve, Times, kaplan_meier

# What people are divided by on the page; whether they have a mobile only divides what differences are compared within.
SHOWN = tuple(one for one in Dimension if one is not Dimension.MOBILE)
_DELAYS = (DelayKind.RIGHT_TO_ADDRESSED, DelayKind.RIGHT_TO_SEEN)
# Orientation is due within 6 weeks of the opening of the right (CASF D262-65-2).
DUE = timedelta(days=42)
# Of slots, the past year unless months are asked for.
_YEAR = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; None is whatever it may be. `horizon` in days; months by their first day."""

    category: str | None = None
    since: date | None = None
    until: date | None = None
    mode: Mode | None = None
    channel: FirstChannel | None = None
    entry: Entry | None = None
    horizon: int | None = None
    of_department: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """`category` is None while the organisation handles none. `is_hidden`: too few people of other organisations.

    `parts`: by dimension, one part a group in which somebody was addressed (by mode: every one).
    """

    asked: Asked
    filters: Filters
    organisations: Mapping[int, str]
    has_department: bool  # there is a whole département to be read
    categories: Sequence[Category]
    category: Category | None
    first_month: date | None
    as_of: datetime | None
    is_hidden: bool
    first_counted_on: date | None  # while nobody is counted: when the first person will be
    everyone: Counts
    parts: Mapping[Dimension, Sequence[Part]]
    has_trial: bool  # lots are being drawn in the category: no difference between modes is told meanwhile
    contrasts: Sequence[Contrast]
    times: Mapping[Mode, Times]
    delays: Mapping[DelayKind, Mapping[int, int]]  # days → people, of those first addressed until `delays_until`
    delays_until: date  # the first day of a month
    slots: Mapping[date, SlotUse]  # by the Monday of their week

    @property
    def days(self) -> int:
        return self.filters.horizon

    @property
    def curves(self) -> dict[Mode, Curve]:
        return {mode: kaplan_meier(times) for mode, times in self.times.items()}


def may_see_department(organisation: Organisation, *, is_admin: bool) -> bool:
    """Who administers the département's own organisations reads its sums: the same people who draw its sectors."""
    return is_admin and sector_settings.may_draw(organisation)


def read(session: Session, organisation: Organisation, asked: Asked, *, is_admin: bool, today: date) -> Results:
    """The figures of one page, in a number of queries that does not grow with them.

    Raises NotAllowed for a département that is not theirs to read, NotFound for a category that it does not have.
    """
    may_widen = may_see_department(organisation, is_admin=is_admin)
    if asked.of_department and not may_widen:
        raise NotAllowed
    adding.ask_alone(session)
    everywhere = results_scope.organisations(session, organisation.department_id)
    names = everywhere if asked.of_department else {organisation.id: organisation.name}
    categories = results_scope.categories(session, organisation.department_id, tuple(names))
    chosen = results_scope.chosen(categories, asked.category)
    look = _Look(session, organisation, asked, names, _filters(asked, chosen), today)
    sums = look.sums()
    offered = [one for one, standing in categories.items() if standing.is_handled or (one.id,) in sums.categories]
    if chosen is not None and chosen not in offered:
        raise NotFound
    has_trial = chosen is not None and categories[chosen].is_drawn
    return look.results(sums, offered, chosen, has_trial=has_trial, has_department=may_widen and len(everywhere) > 1)


@dataclass(frozen=True, slots=True)
class _Look:
    """The readings of one page."""

    session: Session
    organisation: Organisation
    asked: Asked
    names: Mapping[int, str]
    filters: Filters
    today: date

    @property
    def scope(self) -> Scope:
        return Scope(tuple(self.names), self.organisation.department_id if self.asked.of_department else None)

    def sums(self) -> Sums:
        return results_sums.read(self.session, self.scope, self.filters, self.today)

    def own(self, sums: Sums) -> Sums:
        """Those of one's own organisation: what it may always read."""
        if not self.asked.of_department:
            return sums
        return results_sums.read_own(self.session, sums, self.organisation.id, self.filters, self.today)

    def results(
        self,
        sums: Sums,
        categories: Sequence[Category],
        category: Category | None,
        *,
        has_trial: bool,
        has_department: bool,
    ) -> Results:
        own = self.own(sums)
        parts: dict[Dimension, list[Part]] = {one: results_sums.parts(one, sums, own, self.names) for one in SHOWN}
        if self.asked.mode is not None:
            parts[Dimension.MODE] = [part for part in parts[Dimension.MODE] if part.key is self.asked.mode]
        modes = {part.key for part in parts[Dimension.MODE] if part.counts is not None}
        until = _months_over(self.filters, self.today)
        return Results(
            asked=self.asked,
            filters=self.filters,
            organisations=self.names,
            has_department=has_department,
            categories=categories,
            category=category,
            first_month=reading.first_month(self.session, self.scope),
            as_of=reading.as_of(self.session),
            is_hidden=not results_sums.of_others(sums.everyone, own.everyone).is_safe,
            first_counted_on=None if sums.everyone.counted else self.first_counted_on(),
            everyone=sums.everyone,
            parts=parts,
            has_trial=has_trial,
            contrasts=[] if has_trial else [one for one in contrasts(sums.strata) if {one.of, one.minus} <= modes],
            times=self.times(modes),
            delays=self.delays(until),
            delays_until=until,
            slots=self.slots(),
        )

    def first_counted_on(self) -> date | None:
        first = min(reading.first_days(self.session, self.scope, self.filters).values(), default=None)
        return first and first + timedelta(days=self.filters.horizon) + definitions.NOTING + timedelta(days=1)

    def times(self, modes: Collection[Mode]) -> dict[Mode, Times]:
        found = reading.times_to_seen(self.session, self.scope, self.filters, today=self.today)
        return {mode: found[mode] for mode in Mode if mode in found and mode in modes}

    def delays(self, until: date) -> dict[DelayKind, dict[int, int]]:
        over = replace(self.filters, until=until)
        return {kind: reading.delays(self.session, self.scope, over, kind, today=self.today) for kind in _DELAYS}

    def slots(self) -> dict[date, SlotUse]:
        """Of the category, in the months asked for; the past year while no month is."""
        until = _last_day(self.filters.until) if self.filters.until else self.today
        since = self.filters.since or until - _YEAR
        found = slot_use.by_week(
            self.session, tuple(self.names), since=since, until=until, category_id=self.filters.category_id
        )
        return {week: use for (week, _), use in found.items()}


def _filters(asked: Asked, category: Category | None) -> Filters:
    usual = definitions.window_for(category.kind if category else CategoryKind.ORIENTATION).days
    return Filters(
        category_id=category.id if category else None,
        since=asked.since,
        until=asked.until,
        mode=asked.mode,
        channel=asked.channel,
        entry=asked.entry,
        horizon=asked.horizon or usual,
    )


def _months_over(filters: Filters, today: date) -> date:
    """The last month asked for of which everybody has had the time of the law, and the days to note who came."""
    last = (today - DUE - definitions.NOTING).replace(day=1) - timedelta(days=1)
    return min(filters.until or last, last).replace(day=1)


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
