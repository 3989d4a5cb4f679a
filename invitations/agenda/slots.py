"""From openings and busy times to free slots. Plain values in, slots out: no database, no clock.

To try it with cases of your own, all you need is this module:

>>> from datetime import UTC, datetime, timedelta
>>> nine = minute_of(datetime(2026, 12, 1, 8, 0, tzinfo=UTC))        # 9:00 in Paris
>>> talk = Kind(type_id=1, duration=45, step=45)
>>> window = Window(agent_id=7, place_id=3, kind=talk, starts=nine, ends=nine + 180)
>>> busy = {7: [(nine + 45, nine + 90)]}                             # taken from 9:45 to 10:30
>>> [f"{slot.starts_at:%H:%M}" for slot in free_slots([window], busy)]
['08:00', '09:30', '10:15']

Moments are whole minutes since 1970-01-01 00:00 UTC; lengths are minutes; intervals are half-open. A day with
a clock change needs nothing special here: the caller turns wall time into moments, and says which wall times
happen twice (`Window.repeated`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# The grid on which free intervals begin: nobody is invited at 10:07.
GRID = 5

Interval = tuple[int, int]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Slot(NamedTuple):
    """One agent free at one place for one type. Sorting gives the order of a search: start, place, agent."""

    starts_at: datetime
    place_id: int
    agent_id: int
    type_id: int
    ends_at: datetime


class Kind(NamedTuple):
    """What cutting needs of an appointment type. `earliest` and `latest` bound the start, both included."""

    type_id: int
    duration: int
    step: int
    earliest: int = 0
    latest: int = 2**62


class Window(NamedTuple):
    """One occurrence of an opening for one type. `repeated` is the span whose wall times happen a second time."""

    agent_id: int
    place_id: int
    kind: Kind
    starts: int
    ends: int
    repeated: Interval | None = None


def minute_of(moment: datetime) -> int:
    """Whole minutes since 1970 UTC of an aware moment; seconds are dropped."""
    return int(moment.timestamp() // 60)


def moment_of(minute: int) -> datetime:
    """The aware UTC moment of a minute."""
    return _EPOCH + timedelta(minutes=minute)


def free_slots(
    windows: Iterable[Window], busy: Mapping[int, Sequence[Interval]], *, after: int = 0, before: int = 2**62
) -> list[Slot]:
    """Every slot that fits, with `after <= start < before`, in order of start, place, agent, type.

    `busy` gives for each agent the intervals in which they can't receive, in any order, overlapping or not.
    Cost: linear in windows plus busy intervals plus slots, after sorting.
    """
    together: dict[tuple[int, int, Kind], list[Window]] = defaultdict(list)
    for window in windows:
        together[window.agent_id, window.place_id, window.kind].append(window)
    taken = {agent_id: merged(intervals) for agent_id, intervals in busy.items()}
    slots: list[Slot] = []
    for (agent_id, place_id, kind), mine in together.items():
        repeated = [window.repeated for window in mine if window.repeated]
        first, last = max(after, kind.earliest), min(before - 1, kind.latest)
        open_times = merged([(window.starts, window.ends) for window in mine])
        for start in cut(subtract(open_times, taken.get(agent_id, [])), kind.duration, kind.step):
            if first <= start <= last and not any(begin <= start < end for begin, end in repeated):
                ends_at = moment_of(start + kind.duration)
                slots.append(Slot(moment_of(start), place_id, agent_id, kind.type_id, ends_at))
    slots.sort()
    return slots


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time covered by as few intervals as possible, in order; overlapping and adjacent ones join."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        elif start < end:
            result.append((start, end))
    return result


def subtract(open_times: Sequence[Interval], busy: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of `open_times` without `busy`; both merged and in order. Contact is free."""
    place = 0
    for start, end in open_times:
        while place < len(busy) and busy[place][1] <= start:
            place += 1
        ahead = place
        while ahead < len(busy) and busy[ahead][0] < end:
            if start < busy[ahead][0]:
                yield start, busy[ahead][0]
            start = busy[ahead][1]
            ahead += 1
        if start < end:
            yield start, end


def cut(free: Iterable[Interval], duration: int, step: int) -> Iterator[int]:
    """The starts that fit, each free interval cut from its own beginning, rounded up to the grid."""
    for start, end in free:
        yield from range(-(-start // GRID) * GRID, end - duration + 1, step)
