"""The VTIMEZONE of a zone (RFC 5545 § 3.6.5), as yearly rules: one text a zone, right for every event since 2020.

Readers that keep the first VTIMEZONE they meet under a name are safe with it. icalendar's own generator lists a
few years' dates instead, and writes the start of summer time an hour late (wall time after the change, where the
standard asks for wall time before).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

FIRST_YEAR = 2020
# A rule is believed when the zone's own changes follow it for as long as this.
YEARS_LOOKED_AT = 20
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a zone's clocks; `wall` is the naive wall time just before it."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool


@cache
def timezone_of(zone: ZoneInfo) -> Timezone:
    """The zone's component. Raises ValueError when its changes follow no yearly rule (Morocco)."""
    component = Timezone()
    component.add("tzid", zone.key)
    changes = list(changes_in(zone, FIRST_YEAR))
    for change in changes or [_no_change(zone)]:
        component.add_component(_observance(zone, change, repeats=bool(changes)))
    return component


def changes_in(zone: ZoneInfo, year: int) -> Iterator[Change]:
    """The zone's clock changes of a year, in order, to the quarter of an hour."""
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        following = moment + timedelta(days=1)
        if _offset(moment, zone) != _offset(following, zone):
            yield _change_within(moment, following, zone)
        moment = following


def _change_within(moment: datetime, following: datetime, zone: ZoneInfo) -> Change:
    before = _offset(moment, zone)
    while _offset(moment, zone) == before and moment < following:
        moment += timedelta(minutes=15)
    local = moment.astimezone(zone)
    return Change(
        wall=moment.replace(tzinfo=None) + before,
        before=before,
        after=_offset(moment, zone),
        name=local.tzname() or zone.key,
        is_summer=bool(local.dst()),
    )


def _no_change(zone: ZoneInfo) -> Change:
    start = datetime(FIRST_YEAR, 1, 1, tzinfo=zone)
    offset = _offset(start, zone)
    return Change(start.replace(tzinfo=None), offset, offset, start.tzname() or zone.key, is_summer=False)


def _observance(zone: ZoneInfo, change: Change, *, repeats: bool) -> TimezoneDaylight | TimezoneStandard:
    made = TimezoneDaylight() if change.is_summer else TimezoneStandard()
    made.add("dtstart", change.wall)
    made.add("tzoffsetfrom", change.before)
    made.add("tzoffsetto", change.after)
    made.add("tzname", change.name)
    if repeats:
        made.add("rrule", {"freq": "yearly", "bymonth": change.wall.month, "byday": _rule_of(zone, change)})
    return made


def _rule_of(zone: ZoneInfo, change: Change) -> str:
    """ "-1SU" or "2SU": what the zone's changes of that month have in common over the years."""
    later = [
        one.wall
        for year in range(FIRST_YEAR, FIRST_YEAR + YEARS_LOOKED_AT)
        for one in changes_in(zone, year)
        if (one.is_summer, one.wall.month, one.wall.time()) == (change.is_summer, change.wall.month, change.wall.time())
    ]
    day = WEEKDAYS[change.wall.weekday()]
    for nth in (-1, (change.wall.day - 1) // 7 + 1):
        if len(later) == YEARS_LOOKED_AT and all(_is_nth(wall, nth, change.wall.weekday()) for wall in later):
            return f"{nth}{day}"
    raise ValueError(f"{zone.key} follows no yearly rule")


def _is_nth(wall: datetime, nth: int, weekday: int) -> bool:
    is_last = wall.day + 7 > monthrange(wall.year, wall.month)[1]
    return wall.weekday() == weekday and (is_last if nth == -1 else (wall.day - 1) // 7 + 1 == nth)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
