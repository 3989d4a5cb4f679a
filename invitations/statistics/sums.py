"""What one unit adds to the sums, and how sums are written: as differences, to whatever is there. Arithmetic, then one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from operator import add
from typing import Any, cast

from sqlalchemy import ARRAY, Executable, String, Table, bindparam, column, func, select
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invitations import rows
from invitations.database import is_postgresql
from invitations.models import WHOLE, DelayKind, FigureDelays, Figures, FigureSpan, Outcome
from invitations.statistics import definitions
from invitations.statistics.counts import COUNTED
from invitations.statistics.definitions import HORIZONS, LONGEST_DELAY, TO_THE_DAY, WATCHED_DAYS
from invitations.statistics.units import Unit

Key = tuple[Any, ...]

_FIGURES, _DELAYS = cast(Table, Figures.__table__), cast(Table, FigureDelays.__table__)
FIGURE_KEY = tuple(one.name for one in _FIGURES.primary_key)
FIGURE_SUMS = ("addressed", *COUNTED)
DELAY_KEY = tuple(one.name for one in _DELAYS.primary_key)
DELAY_SUMS = ("people",)
_SHORT = {_FIGURES: "f", _DELAYS: "d"}  # the driver remembers statements of 4,096 characters and no longer
_IN_LINES = {_FIGURES: (*FIGURE_KEY, *FIGURE_SUMS), _DELAYS: (*DELAY_KEY, *DELAY_SUMS)}
_SPAN = FIGURE_KEY.index("span")  # in both keys; then comes the day
# Curves need the day; from the right's opening on, the month is enough.
_BY_DAY = (DelayKind.ADDRESSED_TO_SEEN, DelayKind.ADDRESSED_TO_LEFT)


@dataclass(slots=True)
class Sums:
    """Sums by key, or differences of sums. `days_since`: people first addressed before have no sums by day."""

    days_since: date | None = None
    figures: dict[Key, tuple[int, ...]] = field(default_factory=dict)
    delays: dict[Key, int] = field(default_factory=lambda: defaultdict(int))

    def put(self, unit: Unit, sign: int, *, is_gone: bool = False) -> None:
        """Add the unit's contribution, or with a `sign` of -1 take it away."""
        places = ((unit.organisation_id, unit.department_id), (WHOLE, unit.department_id))
        spans = list(self._spans(unit))
        for horizon, counts_within in counts_by_horizon(unit):
            counts = counts_within if sign == 1 else tuple(-count for count in counts_within)
            rest = (unit.category_id, unit.arm, unit.channel, unit.entry, unit.mobile, is_gone)
            for place in places:
                for when in spans:
                    self.put_figures((*place, horizon, *when, *rest), counts)
        for kind, days in delays_of(unit):
            for place in places:
                for when in spans:
                    if when[0] is not FigureSpan.DAY or kind in _BY_DAY:
                        key = (*place, kind, *when, unit.category_id, unit.arm, unit.channel, unit.entry, days, is_gone)
                        self.delays[key] += sign

    def put_held(self, key: Key, counts: tuple[int, ...]) -> None:
        """A sum as it stands in its table: of figures, or of delays, which are one number."""
        if len(counts) == 1:
            self.delays[key] += counts[0]
        else:
            self.put_figures(key, counts)

    def take_in(self, other: Sums) -> None:
        for key, counts in other.figures.items():
            self.put_figures(key, counts)
        for key, people in other.delays.items():
            self.delays[key] += people

    def put_figures(self, key: Key, counts: tuple[int, ...]) -> None:
        before = self.figures.get(key)
        self.figures[key] = counts if before is None else tuple(map(add, before, counts))

    def _spans(self, unit: Unit) -> Iterator[tuple[FigureSpan, date]]:
        if self.days_since is None or unit.addressed_on >= self.days_since:
            yield FigureSpan.DAY, unit.addressed_on
        yield FigureSpan.MONTH, unit.addressed_on.replace(day=1)
        yield FigureSpan.YEAR, unit.addressed_on.replace(month=1, day=1)

    def minus(self, other: Sums) -> Sums:
        """What has to be added to the other sums to make these of them."""
        found = Sums(self.days_since, dict(self.figures), defaultdict(int, self.delays))
        for key, counts in other.figures.items():
            found.put_figures(key, tuple(-count for count in counts))
        for key, people in other.delays.items():
            found.delays[key] -= people
        return found

    def of(self, organisation_id: int) -> Sums:
        """Those of one organisation alone, or of WHOLE."""
        figures = {key: counts for key, counts in self.figures.items() if key[0] == organisation_id}
        delays = {key: people for key, people in self.delays.items() if key[0] == organisation_id}
        return Sums(self.days_since, figures, defaultdict(int, delays))

    def lacking_years(self) -> Sums:
        """What has to be added for the years to be the sums of their months."""
        found = Sums(self.days_since)
        for key, counts in self._lines():
            if key[_SPAN] is FigureSpan.MONTH:
                found.put_held(_of_year(key), counts)
            elif key[_SPAN] is FigureSpan.YEAR:
                found.put_held(key, tuple(-count for count in counts))
        return found

    def _lines(self) -> Iterator[tuple[Key, tuple[int, ...]]]:
        yield from self.figures.items()
        yield from ((key, (people,)) for key, people in self.delays.items())

    @property
    def size(self) -> int:
        """How many sums are not zero."""
        return sum(any(counts) for counts in self.figures.values()) + sum(bool(one) for one in self.delays.values())


def _of_year(key: Key) -> Key:
    """The key of the year that a month's sum belongs to."""
    on = cast(date, key[_SPAN + 1])
    return (*key[:_SPAN], FigureSpan.YEAR, on.replace(month=1), *key[_SPAN + 2 :])


def counts_by_horizon(unit: Unit) -> Iterator[tuple[int, tuple[int, ...]]]:
    """`counts_of` for each horizon; between two of them in which nothing lies, the counts are the same."""
    days = [(day - unit.addressed_on).days for day in _days(unit)]
    before, counts = 0, counts_of(unit, timedelta(days=HORIZONS[0]))
    for horizon in HORIZONS:
        if before and any(before < day <= horizon for day in days):
            counts = counts_of(unit, timedelta(days=horizon))
        before = horizon
        yield horizon, counts


def _days(unit: Unit) -> list[date]:
    """Whenever something happened that a count may depend on."""
    told = (unit.reached_on, unit.answered_on, unit.crossed_on)
    return [*(day for day in told if day is not None), *(one.starts_on for one in unit.meetings)]


def counts_of(unit: Unit, window: timedelta) -> tuple[int, ...]:
    """What the unit adds to FIGURE_SUMS, in their order, as `definitions` has it."""
    outcomes = [one.outcome for one in definitions.in_time(unit, window)]
    return (
        1,
        int(definitions.was_reached(unit, window)),
        int(definitions.has_answered(unit, window)),
        int(bool(outcomes)),
        int(definitions.is_autonomous(unit, window)),
        int(definitions.was_seen(unit, window)),
        int(definitions.is_unknown(unit, window)),
        int(definitions.has_crossed(unit, window)),
        outcomes.count(Outcome.SEEN),
        outcomes.count(Outcome.NOSHOW),
        outcomes.count(Outcome.EXCUSED),
        outcomes.count(Outcome.REVOKED),
        outcomes.count(Outcome.UNKNOWN),
    )


def delays_of(unit: Unit) -> Iterator[tuple[DelayKind, int]]:
    """The delays that are known of the unit, in days. Leaving counts for whoever was not seen before."""
    seen_on, left_on, opened_on = unit.seen_on, unit.left_on, unit.rights_opened_on
    if seen_on is not None and (left_on is None or seen_on <= left_on):
        yield from _within(DelayKind.ADDRESSED_TO_SEEN, (seen_on - unit.addressed_on).days)
    elif left_on is not None:
        yield from _within(DelayKind.ADDRESSED_TO_LEFT, (left_on - unit.addressed_on).days)
    if opened_on is not None and opened_on <= unit.addressed_on:
        yield DelayKind.RIGHT_TO_ADDRESSED, rounded((unit.addressed_on - opened_on).days)
        if seen_on is not None:
            yield DelayKind.RIGHT_TO_SEEN, rounded((seen_on - opened_on).days)


def rounded(days: int) -> int:
    """To the day for the first ten weeks, in which the law's delays lie; then to whole weeks, up to a year."""
    return days if days < TO_THE_DAY else min(LONGEST_DELAY, days // 7 * 7)


def _within(kind: DelayKind, days: int) -> Iterator[tuple[DelayKind, int]]:
    if days <= WATCHED_DAYS:
        yield kind, days


def write(session: Session, difference: Sums) -> None:
    """Add these differences to what is there: on PostgreSQL in one statement, on SQLite in one for each table."""
    figures = [(*key, *counts) for key, counts in sorted(difference.figures.items()) if any(counts)]
    delays = [(*key, people) for key, people in sorted(difference.delays.items()) if people]
    if is_postgresql(session):
        if figures or delays:
            rows.run(session, _adding_arrays(), _columns(_FIGURES, figures) | _columns(_DELAYS, delays))
        return
    for table, lines in ((_FIGURES, figures), (_DELAYS, delays)):
        rows.run_all(session, _adding_rows(table), [dict(zip(_IN_LINES[table], line, strict=True)) for line in lines])


def _columns(table: Table, lines: Sequence[Key]) -> dict[str, str]:
    """The lines, column by column, each as PostgreSQL writes a list: whole numbers, days and words without a comma."""
    columns = zip(*lines, strict=True) if lines else [() for _ in table.c]
    return {f"{_SHORT[table]}{place}": "{" + ",".join(map(str, one)) + "}" for place, one in enumerate(columns)}


@cache
def _adding_rows(table: Table) -> Executable:
    statement: Executable = _or_added(sqlite.insert(table), table)
    return statement


@cache
def _adding_arrays() -> Executable:
    """As `invitations.inserting` has it: the driver reads a short statement, whatever the number of lines."""
    figures, delays = (_of_arrays(table) for table in (_FIGURES, _DELAYS))
    statement: Executable = delays.add_cte(figures.cte("of_figures"))
    return statement


def _of_arrays(table: Table) -> Any:
    columns = [column(name, table.c[name].type) for name in _IN_LINES[table]]
    arrays = [
        cast_to(bindparam(f"{_SHORT[table]}{place}", type_=String), ARRAY(one.type))
        for place, one in enumerate(columns)
    ]
    given = func.unnest(*arrays).table_valued(*columns, name=f"{table.name}_given")
    inserted = postgresql.insert(table).from_select(list(_IN_LINES[table]), select(given.render_derived()))
    return _or_added(inserted, table)


def _or_added(inserted: Any, table: Table) -> Any:
    """Where the key is there already, what is given is added to what it says."""
    key = [one.name for one in table.primary_key]
    grown = {one.name: one + inserted.excluded[one.name] for one in table.c if not one.primary_key}
    return inserted.on_conflict_do_update(index_elements=key, set_=grown)
