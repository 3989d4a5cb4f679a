"""The hours of a place, kept in OpenStreetMap's syntax (`Place.opening_hours`): read, written, compared with an opening.

https://wiki.openstreetmap.org/wiki/Key:opening_hours, read by `opening_hours` (the package opening-hours-py).
Empty means unknown: nothing can be outside of it. A text that nobody can read counts as unknown too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise

from opening_hours import OpeningHours, State, validate

# The windows of one day in order, and the seven days of a week from Monday.
Hours = tuple[tuple[time, time], ...]
Week = tuple[Hours, ...]

NEVER: Week = ((),) * 7
# A week without a holiday or a clock change, for hours that are asked of a weekday rather than of a date.
_MONDAY = date(2026, 11, 16)
_DAY = timedelta(days=1)
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def is_within(opening_hours: str, day: date | int, starts: time, ends: time) -> bool:
    """True when the place is open from `starts` to `ends`, without a break, on a date or a weekday (Monday = 0).

    True as well when its hours are unknown.
    """
    hours = parsed(opening_hours)
    if hours is None:
        return True
    on = day if isinstance(day, date) else _MONDAY + day * _DAY
    between = hours.intervals(datetime.combine(on, starts), datetime.combine(on, ends))
    return all(state is not State.CLOSED for _, _, state, _ in between)


def parsed(opening_hours: str) -> OpeningHours | None:
    """The hours, or None when they are unknown or nobody can read them."""
    text = opening_hours.strip()
    return OpeningHours(text) if validate(text) else None


def written(week: Week) -> str:
    """The hours of a week in OSM's syntax, days alike together: `Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00`."""
    rules = []
    first = 0
    for hours, days in groupby(week):
        last = first + len(list(days)) - 1
        if hours:
            rules.append(f"{_days(first, last)} {','.join(f'{_clock(one)}-{_clock(other)}' for one, other in hours)}")
        first = last + 1
    return "; ".join(rules)


def weekly(opening_hours: str) -> Week | None:
    """The hours of each weekday; None when they say more than a week can (months, holidays, comments) or nothing."""
    hours = parsed(opening_hours)
    if hours is None:
        return None
    week = tuple(windows(hours, _MONDAY + number * _DAY) for number in range(7))
    again = parsed(written(week))
    return week if again is not None and str(again.normalize()) == str(hours.normalize()) else None


def windows(hours: OpeningHours, day: date) -> Hours:
    """When it is open on a date."""
    between = hours.intervals(datetime.combine(day, time()), datetime.combine(day + _DAY, time()))
    return tuple((starts.time(), _end(ends, day)) for starts, ends, state, _ in between if state is State.OPEN and ends)


def in_order(hours: Sequence[tuple[time, time]]) -> bool:
    """True when each window ends after it starts, and no two touch."""
    clock = [moment for window in hours for moment in window]
    return all(one < other for one, other in pairwise(clock))


def _end(ends: datetime, day: date) -> time:
    return ends.time() if ends.date() == day else time(23, 59)


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def _days(first: int, last: int) -> str:
    return _DAYS[first] if first == last else f"{_DAYS[first]}-{_DAYS[last]}"
