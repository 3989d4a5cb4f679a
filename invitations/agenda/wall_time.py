"""Wall time of a place turned into moments, on ordinary days and on the two that change the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from invitations.agenda.slots import Interval, minute_of

_DAY = timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins in a zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def day_of(day: date, zone: ZoneInfo) -> tuple[int, bool]:
    """The minute at which a day begins in a zone, and whether its clock runs straight through it."""
    begins, ends = midnight(day, zone), midnight(day + _DAY, zone)
    return minute_of(begins), ends - begins == _DAY


def span(day: date, starts: time, ends: time, zone: ZoneInfo) -> tuple[Interval, Interval | None]:
    """The minutes covered by a wall-time window, and those among them whose wall time happens a second time.

    A wall time that does not exist counts from the moment the clock has jumped over it; one that happens twice
    is meant the first time.
    """
    begins, is_straight = day_of(day, zone)
    if is_straight:
        return (begins + starts.hour * 60 + starts.minute, begins + ends.hour * 60 + ends.minute), None
    return (_first_minute(day, starts, zone), _first_minute(day, ends, zone)), _repeated(day, zone)


def _first_minute(day: date, wall: time, zone: ZoneInfo) -> int:
    moment = datetime.combine(day, wall, tzinfo=zone)
    while moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        moment += timedelta(minutes=1)  # wall-clock arithmetic: walks to the end of the gap
    return minute_of(moment)


def _repeated(day: date, zone: ZoneInfo) -> Interval | None:
    begins, ends = minute_of(midnight(day, zone)), minute_of(midnight(day + _DAY, zone))
    if ends - begins < 24 * 60:
        return None
    walls = [datetime.fromtimestamp(minute * 60, zone) for minute in range(begins, ends)]
    second_time = [minute for minute, wall in zip(range(begins, ends), walls, strict=True) if wall.fold]
    return second_time[0], second_time[-1] + 1
