"""The arithmetic of slots, by properties, and against counting minute by minute (`counting.py`)."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from invitations.agenda.recurrence import monthly, occurrences, weekly
from invitations.agenda.slots import GRID, Interval, Kind, Slot, Window, free_slots, merged, minute_of, starts_around
from invitations.agenda.wall_time import span
from tests.invitations.counting import DAY, MINUTE, Cut, Rhythm, Team, count_slots
from tests.invitations.small_teams import DAYS, bounds_around, hours, spans, zones

Busy = dict[int, list[Interval]]

INTERVALS = st.lists(st.tuples(st.integers(0, 600), st.integers(1, 120)).map(lambda one: (one[0], one[0] + one[1])))
KINDS = st.sampled_from([Kind(1, 45, 45), Kind(2, 20, 15), Kind(3, 30, 50), Kind(4, 5, 5), Kind(5, 25, 7)])
WINDOWS = st.lists(
    st.builds(
        lambda agent, place, kind, start, length: Window(agent, place, kind, start, start + length),
        st.integers(1, 3),
        st.integers(1, 2),
        KINDS,
        st.integers(0, 600),
        st.integers(0, 240),
    ),
    max_size=8,
)
BUSY = st.dictionaries(st.integers(1, 3), INTERVALS, max_size=3)


def minutes(slot: Slot) -> Interval:
    return slot.start, slot.end


def overlap(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def open_times(windows: list[Window], slot: Slot) -> list[Interval]:
    mine = (slot.agent_id, slot.place_id, slot.type_id)
    return merged([(one.starts, one.ends) for one in windows if (one.agent_id, one.place_id, one.kind.type_id) == mine])


def covered(intervals: list[Interval]) -> set[int]:
    return {minute for low, high in intervals for minute in range(low, high)}


def more_busy(busy: Busy, agent_id: int, interval: Interval) -> Busy:
    return {**busy, agent_id: [*busy.get(agent_id, []), interval]}


@given(WINDOWS, BUSY)
def test_a_slot_lies_inside_an_opening_and_never_touches_busy_time(windows: list[Window], busy: Busy) -> None:
    for slot in free_slots(windows, busy):
        assert any(low <= slot.start and slot.end <= high for low, high in open_times(windows, slot))
        assert not any(overlap(minutes(slot), taken) for taken in busy.get(slot.agent_id, []))


@given(WINDOWS, BUSY, st.integers(0, 700), st.integers(0, 700))
def test_the_bounds_are_half_open_and_exact(windows: list[Window], busy: Busy, after: int, before: int) -> None:
    inside = [one for one in free_slots(windows, busy) if after <= one.start < before]
    assert free_slots(windows, busy, after=after, before=before) == inside


@given(WINDOWS, BUSY, st.integers(0, 700), st.integers(0, 700))
def test_a_type_s_delays_bound_the_start_both_ends_included(
    windows: list[Window], busy: Busy, earliest: int, latest: int
) -> None:
    bounded = [one._replace(kind=one.kind._replace(earliest=earliest, latest=latest)) for one in windows]
    assert free_slots(bounded, busy) == [one for one in free_slots(windows, busy) if earliest <= one.start <= latest]


@given(WINDOWS, BUSY, st.randoms(use_true_random=False))
def test_the_order_is_start_place_agent_whatever_the_order_of_what_comes_in(
    windows: list[Window], busy: Busy, chance: Random
) -> None:
    slots = free_slots(windows, busy)
    assert slots == sorted(slots, key=lambda one: (one.start, one.place_id, one.agent_id, one.type_id))
    shuffled = chance.sample(windows, len(windows))
    mixed = {agent_id: chance.sample(taken, len(taken)) for agent_id, taken in busy.items()}
    assert free_slots(shuffled, mixed) == slots


@given(WINDOWS, BUSY, st.integers(0, 700), st.integers(0, 700))
def test_time_passing_only_removes_slots(windows: list[Window], busy: Busy, now: int, later: int) -> None:
    def at(now: int) -> set[Slot]:
        return set(free_slots([one._replace(kind=one.kind._replace(earliest=now)) for one in windows], busy))

    assert at(max(now, later)) <= at(min(now, later))


@given(WINDOWS, BUSY)
def test_openings_that_touch_or_overlap_never_double_a_start(windows: list[Window], busy: Busy) -> None:
    times = Counter((one.start, one.place_id, one.agent_id, one.type_id) for one in free_slots(windows, busy))
    assert all(count == 1 for count in times.values())
    halves = [half for one in windows for half in in_two(one)]
    assert free_slots(halves, busy) == free_slots([*halves, *windows], busy) == free_slots(windows, busy)


def in_two(window: Window) -> tuple[Window, Window]:
    middle = (window.starts + window.ends) // 2
    return window._replace(ends=middle), window._replace(starts=middle)


@given(WINDOWS, BUSY)
def test_what_follows_something_begins_on_a_grid_of_five_minutes(windows: list[Window], busy: Busy) -> None:
    slots = free_slots(windows, busy)
    step = {one.kind.type_id: one.kind.step for one in windows}
    known = {(one.start, one.place_id, one.agent_id, one.type_id) for one in slots}
    for one in slots:
        before = one.start - step[one.type_id]
        assert one.start % GRID == 0 or (before, one.place_id, one.agent_id, one.type_id) in known


@given(WINDOWS, BUSY, st.integers(1, 3), st.tuples(st.integers(0, 600), st.integers(1, 120)))
def test_an_appointment_more_leaves_no_time_that_was_not_free_before(
    windows: list[Window], busy: Busy, agent_id: int, taken: tuple[int, int]
) -> None:
    interval = taken[0], sum(taken)
    after = free_slots(windows, more_busy(busy, agent_id, interval))
    for slot in after:
        was_free = covered(open_times(windows, slot)) - covered(busy.get(slot.agent_id, []))
        assert was_free.issuperset(range(*minutes(slot)))
    others = [one for one in free_slots(windows, busy) if one.agent_id != agent_id]
    assert [one for one in after if one.agent_id != agent_id] == others


EVEN = st.sampled_from([Kind(1, 45, 45), Kind(2, 30, 15), Kind(3, 60, 20), Kind(4, 5, 5)])


@given(WINDOWS, BUSY, EVEN, st.integers(0, 99), st.sampled_from([0, 1, 2]))
def test_booking_a_slot_only_removes_slots_and_cancelling_gives_exactly_those_back(
    windows: list[Window], busy: Busy, kind: Kind, pick: int, pauses: int
) -> None:
    """At one place, where length and pause are whole numbers of steps: what follows is cut where it was cut before. A pause that goes
    on beyond the free time it began in cuts the next one anew: here it ends with it."""
    windows = [one._replace(kind=kind, place_id=1) for one in windows]
    before = free_slots(windows, busy)
    if not before:
        return
    booked = before[pick % len(before)]
    free = covered(open_times(windows, booked)) - covered(busy.get(booked.agent_id, []))
    paused = itertools.takewhile(free.__contains__, range(booked.end, booked.end + pauses * kind.step))
    busy_until = booked.end + len(list(paused))
    after = free_slots(windows, more_busy(busy, booked.agent_id, (booked.start, busy_until)))
    gone = set(before) - set(after)
    assert set(after) < set(before)
    assert booked in gone
    assert all(one.agent_id == booked.agent_id for one in gone)
    assert free_slots(windows, busy) == before


@given(INTERVALS, INTERVALS)
def test_starts_fill_exactly_the_time_that_is_open_and_not_busy(one: list[Interval], other: list[Interval]) -> None:
    """Told in the smallest blocks there are: lengths and steps of one line of the grid."""
    open_times, busy = ([(low * GRID, high * GRID) for low, high in merged(those)] for those in (one, other))
    blocks = set(starts_around(open_times, busy, GRID, GRID))
    assert blocks == {minute * GRID for minute in covered(one) - covered(other)}


@given(INTERVALS, INTERVALS)
def test_busy_times_may_overlap_and_touch(one: list[Interval], other: list[Interval]) -> None:
    busy = sorted(interval for interval in other if interval[0] < interval[1])
    assert starts_around(merged(one), busy, GRID, GRID) == starts_around(merged(one), merged(busy), GRID, GRID)


def as_text(rhythm: Rhythm) -> str | None:
    """The rule as it is stored."""
    if not rhythm.weekdays:
        return None
    if rhythm.nth:
        return monthly(rhythm.nth, next(iter(rhythm.weekdays)), until=rhythm.until)
    return weekly(rhythm.weekdays, interval=rhythm.every, until=rhythm.until)


def removed_days(rhythm: Rhythm) -> list[str]:
    return [day.isoformat() for day in rhythm.removed]


ONE_TYPE = st.sampled_from([Cut(45, 45), Cut(30, 50), Cut(20, 15), Cut(60, 60), Cut(25, 7)])


@st.composite
def one_desk(draw: st.DrawFn) -> tuple[date, Team]:
    day = draw(st.sampled_from(sorted(DAYS)))
    team = Team(
        kinds={1: draw(ONE_TYPE)},
        zones={1: draw(zones(day))},
        openings=draw(st.lists(hours(day, places=1, kinds=1), min_size=1, max_size=4)),
        absences=draw(st.lists(spans(day, longest=300), max_size=3)),
    )
    return day, team


@given(one_desk(), st.data())
def test_wall_times_recurrences_and_cutting_together_find_what_counting_finds(
    drawn: tuple[date, Team], bounds: st.DataObject
) -> None:
    day, team = drawn
    _, after, before = bounds.draw(bounds_around(day))
    slots = free_slots(windows_of(team, day), busy_of(team), after=ceiling(after), before=ceiling(before))
    assert slots == count_slots(team, after=after, before=before, now=after - 2 * DAY, grace=timedelta())


def windows_of(team: Team, day: date) -> list[Window]:
    (cut,), (zone,) = team.kinds.values(), team.zones.values()
    kind = Kind(1, cut.duration, cut.step)
    found = []
    for one in team.openings:
        days = occurrences(
            as_text(one.rhythm),
            one.rhythm.starts_on,
            removed_days(one.rhythm),
            first=day - 3 * DAY,
            last=day + 3 * DAY,
        )
        for that_day in days:
            (starts, ends), repeated = span(that_day, one.starts, one.ends, zone)
            found.append(Window(one.agent, 1, kind, starts, ends, repeated))
    return found


def busy_of(team: Team) -> Busy:
    return {agent: [(start, end) for whose, start, end in team.absences if whose == agent] for agent in (1, 2)}


def ceiling(bound: datetime) -> int:
    return minute_of(bound + MINUTE - timedelta(microseconds=1))
