"""Whatever happens, in whatever order: sums kept by difference are the sums counted from scratch, and nobody is lost.

RDV_FIGURES_ACTS=3000 makes the lives longer than the few seconds that every run may cost.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.models import DelayKind, FigureChange, FigureDelays, Figures, FollowUp, Mode, UnitFacts
from invitations.statistics import cohorts, counting, definitions, reading, sums
from invitations.statistics.counts import NOBODY, Counts
from invitations.statistics.definitions import HORIZONS, NOTING, WATCHED_DAYS
from invitations.statistics.reading import Dimension, Filters, Scope
from invitations.statistics.sums import DELAY_KEY, FIGURE_KEY, FIGURE_SUMS, Sums
from invitations.statistics.units import Unit
from tests.factories import World
from tests.invitations.figures_acts import ACTS, Life

LONG = int(os.environ.get("RDV_FIGURES_ACTS", "32"))
# The first and the last month of what is asked.
MONTHS = (
    (date(2026, 2, 1), date(2027, 9, 1)),
    (date(2025, 9, 1), date(2026, 11, 1)),
    (date(2026, 12, 1), date(2027, 2, 1)),
)
LIVES = ((2, "Indian/Reunion"), (3, "America/Guadeloupe"))  # Paris comes by an act


def from_scratch(session: Session) -> list[Unit]:
    follow_ups = session.scalars(select(FollowUp.id).order_by(FollowUp.id)).all()
    return list(cohorts.read_units(session, follow_ups).values())


def kept(session: Session) -> Sums:
    """What stands in the two tables."""
    found = Sums()
    for table, key, names in ((Figures, FIGURE_KEY, FIGURE_SUMS), (FigureDelays, DELAY_KEY, ("people",))):
        columns = table.__table__.c
        for row in session.execute(select(*(columns[name] for name in (*key, *names)))):
            found.put_held(tuple(row[: len(key)]), tuple(row[len(key) :]))
    return found


def made_of(units: Iterable[Unit], gone: Iterable[Unit], days_since: date | None) -> Sums:
    found = Sums(days_since)
    for unit in units:
        found.put(unit, +1)
    for unit in gone:
        found.put(unit, +1, is_gone=True)
    return found


def count_all(life: Life) -> None:
    while counting.is_due(life.session, now=life.now):
        counting.count(life.session, now=life.now)


@pytest.mark.parametrize(("seed", "zone"), LIVES)
def test_after_every_act_the_sums_are_those_counted_from_scratch(
    world: World, codes: Codes, seed: int, zone: str
) -> None:
    life = Life(world, codes, seed=seed, zone=zone)
    done: Counter[str] = Counter()
    while done.total() < LONG:
        act = life.drawn.choice(ACTS)
        if not life.live(act):
            continue
        done[act.__name__] += 1
        if life.drawn.random() < 0.6:  # else what changed is counted together with what changes next
            count_all(life)
            assert_true(life, act.__name__)
    count_all(life)
    assert_true(life, "the end")
    assert_read_as_defined(life)
    assert len(done) > len(set(ACTS)) / 2, done


def assert_true(life: Life, after: str) -> None:
    state = counting.hold(life.session)
    assert state
    units = from_scratch(life.session)
    held = kept(life.session)
    difference = held.minus(made_of(units, life.gone, state.days_since))
    wrong = {key: value for key, value in difference.figures.items() if any(value)}
    assert (wrong, +Counter(difference.delays)) == ({}, {}), after
    assert difference.size == 0, after
    assert held.lacking_years().size == 0, after
    rows = life.session.scalars(select(UnitFacts.follow_up_id).order_by(UnitFacts.follow_up_id)).all()
    assert rows == sorted(unit.follow_up_id for unit in units), after
    assert life.session.scalar(select(FigureChange.id).limit(1)) is None, after


def assert_read_as_defined(life: Life) -> None:
    """What pages read is what `definitions` says of everybody who was ever addressed."""
    units = [*from_scratch(life.session), *life.gone]
    scope = Scope(department_id=life.world.department.id)
    for horizon, later in product(HORIZONS, (0, 20, 60)):
        today = life.today + timedelta(days=later)
        filters = Filters(horizon=horizon)
        by_mode = reading.counts_by(life.session, scope, filters, Dimension.MODE, Dimension.MONTH, today=today)
        for mode, month in {(unit.arm, unit.addressed_on.replace(day=1)) for unit in units}:
            theirs = [one for one in units if one.arm is mode and one.addressed_on.replace(day=1) == month]
            assert by_mode[mode, month] == counted(theirs, horizon, today)
        everybody = reading.counts_by(life.session, scope, filters, today=today).get((), NOBODY)
        assert everybody == sum(by_mode.values(), NOBODY)
        teams = reading.counts_by(life.session, scope, filters, Dimension.ORGANISATION, today=today)
        assert sum(teams.values(), NOBODY) == everybody
    for since, until in MONTHS:
        filters = Filters(since=since, until=until)
        there = [one for one in units if since <= one.addressed_on.replace(day=1) <= until]
        found = reading.counts_by(life.session, scope, filters, today=life.today).get((), NOBODY)
        assert found == counted(there, filters.horizon, life.today), (since, until)
    assert_times(life, units, scope)


def counted(units: list[Unit], horizon: int, today: date) -> Counts:
    window = timedelta(days=horizon)
    seen = definitions.seen(units, window, today=today)
    no_show = definitions.no_show(units, window, today=today)
    over = definitions.counted(units, window, today=today)
    return Counts(
        counted=seen.proportion.total,
        too_early=seen.too_early,
        seen_early=seen.seen_early,
        reached=sum(definitions.was_reached(one, window) for one in over),
        answered=sum(definitions.has_answered(one, window) for one in over),
        booked=definitions.booked(units, window, today=today).count,
        autonomous=definitions.autonomy(units, window, today=today).count,
        seen=seen.proportion.count,
        unknown=seen.unknown,
        crossed=definitions.crossed(units, window, today=today).count,
        kept=no_show.proportion.total - no_show.proportion.count,
        noshow=no_show.proportion.count,
        excused=no_show.excused,
        revoked=no_show.revoked,
        unnoted=no_show.unknown,
    )


def assert_times(life: Life, units: list[Unit], scope: Scope) -> None:
    for later in (0, 30, 100):
        today = life.today + timedelta(days=later)
        found = reading.times_to_seen(life.session, scope, Filters(), today=today)
        for mode in Mode:
            seen, left, censored = naive_times([one for one in units if one.arm is mode], today - NOTING)
            if not (seen or left or censored):
                assert mode not in found or found[mode].people == 0
                continue
            assert (found[mode].seen, found[mode].left, found[mode].censored) == (seen, left, censored)
    delays = reading.delays(life.session, scope, Filters(), DelayKind.RIGHT_TO_ADDRESSED, today=life.today)
    known = [one for one in units if one.rights_opened_on and one.rights_opened_on <= one.addressed_on]
    assert sum(delays.values()) == len(known)


def naive_times(units: list[Unit], last: date) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """One person after the other, looked at until `last`."""
    seen, left, censored = Counter[int](), Counter[int](), Counter[int]()
    for one in (one for one in units if one.addressed_on <= last):
        until = min(last, one.addressed_on + timedelta(days=WATCHED_DAYS))
        events = sorted(
            (day, number) for number, day in enumerate((one.seen_on, one.left_on)) if day is not None and day <= until
        )
        days = ((events[0][0] if events else until) - one.addressed_on).days
        (censored, seen, left)[events[0][1] + 1 if events else 0][days] += 1
    return seen, left, censored


def test_nobody_is_in_the_sums_by_name_or_by_agent() -> None:
    """Ids of people are in the facts alone, and go with them; no table of figures knows an agent."""
    for table in (Figures, FigureDelays, UnitFacts):
        names = set(table.__table__.c.keys())
        assert not {name for name in names if "agent" in name or "beneficiary" in name}
    assert "follow_up_id" not in {*FIGURE_KEY, *DELAY_KEY}
    assert sums.FIGURE_SUMS[0] == "addressed"
