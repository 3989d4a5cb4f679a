"""From openings and busy times to free slots. Plain values in, slots out: no database, no clock, nothing kept.

To try it with cases of your own, all you need is this module. An agent (7) receives at a place (3) from 9:00 to 12:00
for talks of 45 minutes, and is taken from 9:45 to 10:30. Moments are whole minutes since 1970-01-01 00:00 UTC:

>>> from datetime import date, datetime, time
>>> from zoneinfo import ZoneInfo
>>> PARIS = ZoneInfo("Europe/Paris")
>>> def at(hour, minute=0):
...     return minute_of(datetime(2026, 12, 1, hour, minute, tzinfo=PARIS))
>>> def shown(slots):
...     return " ".join(f"{slot.starts_at.astimezone(PARIS):%H:%M}" for slot in slots)
>>> talk = Kind(type_id=1, duration=45, step=45)
>>> morning = Window(agent_id=7, place_id=3, kind=talk, starts=at(9), ends=at(12))
>>> shown(free_slots([morning], busy={7: [(at(9, 45), at(10, 30))]}))
'09:00 10:30 11:15'

The rules, in the order in which they are applied (lengths are minutes, intervals half-open: 9:45–10:30 leaves 10:30 free):

1. Windows of one agent, place and type that touch or overlap are one: no start comes twice.

>>> shown(free_slots([morning._replace(ends=at(10, 10)), morning._replace(starts=at(10))], {}))
'09:00 09:45 10:30 11:15'

2. What is busy is taken out. A pause after an appointment is busy time: hand in its end with the pause. An interval
   without length, or that ends before it starts, takes nothing.

3. Each free interval is cut from its own beginning, rounded up to 5 minutes, at every `step`; a slot fits whole or is
   none. So a step other than the duration is the distance between two starts, and an appointment that ends at 9:47
   is followed by 9:50. Something more that is busy may so move the starts behind it; it never frees any time.

>>> shown(free_slots([morning._replace(kind=talk._replace(step=60))], {7: [(at(9), at(9, 47))]}))
'09:50 10:50'

4. Then the bounds drop what starts too early or too late, and move nothing: `earliest <= start <= latest` of the type (now
   and its shortest and longest delay), `after <= start < before` of the search.

>>> shown(free_slots([morning._replace(kind=talk._replace(earliest=at(9, 1)))], {}, before=at(11, 15)))
'09:45 10:30'

5. The order is start, place, agent, type.

Durations and steps are 1 or more. Moments are of one line of time, so a day with a clock change needs nothing special:
`invitations.agenda.wall_time.span` turns wall time into minutes, with those whose wall time comes a second time
(`Window.repeated`: no slot starts there); `invitations.agenda.recurrence.occurrences` tells the days of a repetition.

>>> from invitations.agenda.wall_time import span
>>> hours, again = span(date(2026, 10, 25), time(1), time(4), PARIS)      # at 3:00 the clock goes back to 2:00
>>> shown(free_slots([Window(7, 3, talk._replace(duration=60, step=60), *hours, repeated=again)], {}))
'01:00 02:00 03:00'
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple

# The grid on which free intervals begin: nobody is invited at 10:07.
GRID = 5

Interval = tuple[int, int]
# What an opening covers of a day, and what of that day happens a second time.
Span = tuple[Interval, Interval | None]
_NEVER: Interval = (2**62, 2**62)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Slot(NamedTuple):
    """One agent free at one place for one type. Sorting gives the order of a search: start, place, agent.

    A search finds thousands and shows a few: it counts in minutes, and a moment is made when it is asked for.
    """

    start: int
    place_id: int
    agent_id: int
    type_id: int
    end: int

    @property
    def starts_at(self) -> datetime:
        return moment_of(self.start)

    @property
    def ends_at(self) -> datetime:
        return moment_of(self.end)


# A slot from its five values, as Slot(…) makes it but a third quicker: thousands are made for a page.
_made: Callable[[tuple[int, int, int, int, int]], Slot] = partial(tuple.__new__, Slot)


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


class Desk(NamedTuple):
    """One agent at one place for one type. Sorting gives the order of simultaneous slots."""

    place_id: int
    agent_id: int
    kind: Kind


def minute_of(moment: datetime) -> int:
    """Whole minutes since 1970 UTC of an aware moment; seconds are dropped."""
    return int(moment.timestamp() // 60)


@lru_cache(maxsize=16_384)
def moment_of(minute: int) -> datetime:
    """The aware UTC moment of a minute."""
    return _EPOCH + timedelta(minutes=minute)


def free_slots(
    windows: Iterable[Window], busy: Mapping[int, Sequence[Interval]], *, after: int = 0, before: int = 2**62
) -> list[Slot]:
    """Every slot that fits, with `after <= start < before`, in order of start, place, agent, type.

    `busy` gives for each agent the intervals in which they can't receive, in any order, overlapping or not; an
    agent without any may be left out. Cost: linear in windows plus busy intervals plus slots, after sorting.
    """
    hours: dict[Desk, list[Span]] = defaultdict(list)
    for agent_id, place_id, kind, starts, ends, repeated in windows:
        hours[Desk(place_id, agent_id, kind)].append(((starts, ends), repeated))
    taken = {agent_id: merged(intervals) for agent_id, intervals in busy.items()}
    return slots_within(hours, taken, after=after, before=before)


def slots_within(
    hours: Mapping[Desk, Collection[Span]], busy: Mapping[int, Sequence[Interval]], *, after: int, before: int
) -> list[Slot]:
    """`free_slots` for windows that are gathered by agent, place and kind already, and busy times in order of start."""
    slots: list[Slot] = []
    for desk in sorted(hours):
        place_id, agent_id, (type_id, duration, step, earliest, latest) = desk
        open_times = merged([open_time for open_time, _ in hours[desk]])
        starts = starts_around(open_times, busy.get(agent_id, ()), duration, step)
        starts = within(starts, max(after, earliest), min(before - 1, latest))
        for begin, end in {repeated for _, repeated in hours[desk] if repeated}:
            starts = [start for start in starts if not begin <= start < end]
        slots += map(_made, [(start, place_id, agent_id, type_id, start + duration) for start in starts])
    slots.sort(key=itemgetter(0))  # stable: what starts together stays in order of place, agent, type
    return slots


def within(starts: list[int], first: int, last: int) -> list[int]:
    """Those of the starts, which are in order, from `first` to `last`, both included."""
    return starts[bisect_left(starts, first) : bisect_right(starts, last)]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time covered by as few intervals as possible, in order; overlapping and adjacent ones join."""
    result: list[Interval] = []
    reached = -(2**62)
    for start, end in sorted(intervals):
        if end <= reached or end <= start:
            continue
        if start <= reached:
            start, _ = result.pop()
        result.append((start, end))
        reached = end
    return result


def starts_around(open_times: Iterable[Interval], busy: Iterable[Interval], duration: int, step: int) -> list[int]:
    """The starts that fit into what `busy` leaves of `open_times`, which are merged; both in order. Contact is free.

    Each free interval is cut from its own beginning, rounded up to the grid.
    """
    starts: list[int] = []
    ahead = iter(busy)
    busy_from, busy_to = next(ahead, _NEVER)
    for begin, end in open_times:
        start = begin
        while busy_to <= start:
            busy_from, busy_to = next(ahead, _NEVER)
        while busy_from < end:
            if start + duration <= busy_from:
                starts += range(-(-start // GRID) * GRID, busy_from - duration + 1, step)
            if busy_to > start:
                start = busy_to
            if busy_to > end:
                break  # it reaches into the next open time, perhaps
            busy_from, busy_to = next(ahead, _NEVER)
        if start + duration <= end:
            starts += range(-(-start // GRID) * GRID, end - duration + 1, step)
    return starts
