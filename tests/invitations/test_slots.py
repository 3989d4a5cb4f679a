"""The arithmetic of slots, by properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from invitations.agenda.slots import (
    GRID,
    Interval,
    Kind,
    Slot,
    Window,
    free_slots,
    merged,
    minute_of,
    moment_of,
)

NINE = minute_of(datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
TALK = Kind(type_id=1, duration=45, step=45)

INTERVALS = st.lists(st.tuples(st.integers(0, 600), st.integers(1, 120)).map(lambda one: (one[0], one[0] + one[1])))
KINDS = st.sampled_from([Kind(1, 45, 45), Kind(2, 20, 15), Kind(3, 30, 50), Kind(4, 5, 5)])
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
    return minute_of(slot.starts_at), minute_of(slot.ends_at)


def overlap(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@given(WINDOWS, BUSY)
def test_a_slot_lies_inside_an_opening_and_never_touches_busy_time(
    windows: list[Window], busy: dict[int, list[Interval]]
) -> None:
    for slot in free_slots(windows, busy):
        mine = [
            one
            for one in windows
            if (one.agent_id, one.place_id, one.kind.type_id) == (slot.agent_id, slot.place_id, slot.type_id)
        ]
        start, end = minutes(slot)
        assert any(low <= start and end <= high for low, high in merged([(one.starts, one.ends) for one in mine]))
        assert not any(overlap((start, end), taken) for taken in busy.get(slot.agent_id, []))
        assert start % GRID == 0


@given(WINDOWS, BUSY, st.integers(0, 700), st.integers(0, 700))
def test_the_bounds_are_half_open_and_exact(
    windows: list[Window], busy: dict[int, list[Interval]], after: int, before: int
) -> None:
    everything = free_slots(windows, busy)
    inside = [one for one in everything if after <= minute_of(one.starts_at) < before]
    assert free_slots(windows, busy, after=after, before=before) == inside


@given(WINDOWS, BUSY)
def test_the_order_is_start_then_place_then_agent(windows: list[Window], busy: dict[int, list[Interval]]) -> None:
    slots = free_slots(windows, busy)
    assert slots == sorted(slots, key=lambda one: (one.starts_at, one.place_id, one.agent_id, one.type_id))
    assert slots == free_slots(list(reversed(windows)), busy)


@given(WINDOWS, BUSY, st.integers(0, 700), st.integers(0, 700))
def test_time_passing_only_removes_slots(
    windows: list[Window], busy: dict[int, list[Interval]], now: int, later: int
) -> None:
    def at(moment: int) -> set[Slot]:
        return set(free_slots([one._replace(kind=one.kind._replace(earliest=moment)) for one in windows], busy))

    assert at(max(now, later)) <= at(min(now, later))


@given(WINDOWS, BUSY, st.integers(1, 3))
def test_booking_a_slot_takes_no_place_that_it_does_not_overlap_at_its_own_edges(
    windows: list[Window], busy: dict[int, list[Interval]], pick: int
) -> None:
    slots = free_slots(windows, busy)
    if not slots:
        return
    booked = slots[pick % len(slots)]
    after = free_slots(windows, {**busy, booked.agent_id: [*busy.get(booked.agent_id, []), minutes(booked)]})
    assert booked not in after
    assert not any(one.agent_id == booked.agent_id and overlap(minutes(one), minutes(booked)) for one in after)
    assert [one for one in after if one.agent_id != booked.agent_id] == [
        one for one in slots if one.agent_id != booked.agent_id
    ]


def naive_slots(
    windows: list[Window], busy: dict[int, list[Interval]], *, after: int, before: int
) -> set[tuple[int, int, int, int, int]]:
    """The rules of slots.md minute by minute, as slowly and plainly as they can be written."""
    found = set()
    for agent_id, place_id, kind in {(one.agent_id, one.place_id, one.kind) for one in windows}:
        mine = [one for one in windows if (one.agent_id, one.place_id, one.kind) == (agent_id, place_id, kind)]
        free = {minute for one in mine for minute in range(one.starts, one.ends)}
        free -= {minute for low, high in busy.get(agent_id, []) for minute in range(low, high)}
        twice = {minute for one in mine if one.repeated for minute in range(*one.repeated)}
        for begin in sorted(minute for minute in free if minute - 1 not in free):
            start = begin + -begin % GRID
            while free.issuperset(range(begin, start + kind.duration)):
                if after <= start < before and kind.earliest <= start <= kind.latest and start not in twice:
                    found.add((start, place_id, agent_id, kind.type_id, start + kind.duration))
                start += kind.step
    return found


@given(
    WINDOWS, BUSY, st.integers(0, 700), st.integers(0, 900), st.none() | st.tuples(st.just(300), st.integers(301, 400))
)
def test_the_arithmetic_finds_what_counting_minute_by_minute_finds(
    windows: list[Window], busy: dict[int, list[Interval]], after: int, before: int, repeated: Interval | None
) -> None:
    windows = [one._replace(repeated=repeated, kind=one.kind._replace(earliest=60, latest=650)) for one in windows]
    slots = free_slots(windows, busy, after=after, before=before)
    assert slots == sorted(naive_slots(windows, busy, after=after, before=before))


def test_a_busy_time_of_no_length_cuts_nothing() -> None:
    slots = free_slots([Window(7, 3, TALK, NINE, NINE + 90)], {7: [(NINE + 50, NINE + 50)]})
    assert [one.start - NINE for one in slots] == [0, 45]


def test_contact_is_free() -> None:
    slots = free_slots([Window(7, 3, TALK, NINE, NINE + 180)], {7: [(NINE + 15, NINE + 60)]})
    assert [minute_of(one.starts_at) - NINE for one in slots] == [60, 105]


def test_overlapping_and_adjacent_openings_merge_before_cutting() -> None:
    halves = [Window(7, 3, TALK, NINE, NINE + 70), Window(7, 3, TALK, NINE + 70, NINE + 135)]
    doubled = [*halves, Window(7, 3, TALK, NINE + 30, NINE + 100)]
    whole = [Window(7, 3, TALK, NINE, NINE + 135)]
    assert free_slots(halves, {}) == free_slots(doubled, {}) == free_slots(whole, {})


def test_a_free_interval_is_cut_from_its_own_beginning_rounded_up_to_five_minutes() -> None:
    slots = free_slots([Window(7, 3, TALK, NINE, NINE + 180)], {7: [(NINE, NINE + 47)]})
    assert [minute_of(one.starts_at) - NINE for one in slots] == [50, 95]


def test_a_slot_fits_entirely_or_does_not_exist() -> None:
    assert free_slots([Window(7, 3, TALK, NINE, NINE + 44)], {}) == []
    assert len(free_slots([Window(7, 3, TALK, NINE, NINE + 45)], {})) == 1


def test_the_hour_that_happens_twice_is_offered_once() -> None:
    hourly = Kind(1, 60, 60)
    window = Window(7, 3, hourly, NINE, NINE + 300, repeated=(NINE + 120, NINE + 180))
    assert [minute_of(one.starts_at) - NINE for one in free_slots([window], {})] == [0, 60, 180, 240]


def test_a_minute_and_its_moment_are_the_same() -> None:
    moment = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert moment_of(minute_of(moment)) == moment
    assert minute_of(moment + timedelta(seconds=59)) == minute_of(moment)
