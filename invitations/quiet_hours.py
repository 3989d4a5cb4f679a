"""When a message may reach people: 08:00–20:00, Monday to Saturday, no public holiday, in their own time zone.
Calls ring at fewer hours: 9:00–12:30 and 14:00–18:00, Monday to Friday.

Arithmetic only. The hours are the house's rule (messages.md, "Hours"); answers to someone who has just acted
leave at once and never come here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from invitations.holidays import is_holiday

OPENS = time(8)
CLOSES = time(20)
# A message brought forward is due an hour before closing at the latest: the queue needs time to empty.
LAST_CALL = time(19)
SATURDAY, SUNDAY = 5, 6
# When a telephone may ring, half a day each.
CALLING = ((time(9), time(12, 30)), (time(14), time(18)))
_DAY = timedelta(days=1)


def is_allowed_day(day: date, subdivision: str | None) -> bool:
    """True from Monday to Saturday, but on public holidays. `subdivision`: see `public_holidays`."""
    return day.weekday() != SUNDAY and not is_holiday(day, subdivision)


def next_allowed(moment: datetime, zone: ZoneInfo, subdivision: str | None) -> datetime:
    """`moment` when it is inside the hours, else the next opening, in UTC."""
    local = moment.astimezone(zone)
    day = local.date()
    if is_allowed_day(day, subdivision):
        if OPENS <= local.time() < CLOSES:
            return moment.astimezone(UTC)
        if local.time() < OPENS:
            return _at(day, OPENS, zone)
    return _at(_step(day, _DAY, subdivision), OPENS, zone)


def last_allowed_before(moment: datetime, zone: ZoneInfo, subdivision: str | None) -> datetime:
    """`moment` when it is inside the hours, else an earlier one that is, in UTC.

    On a closed day: the same time of the last open day before it (a reminder due on Sunday at 10:00 leaves on
    Saturday at 10:00), brought inside 08:00–19:00. After closing: the same day at 19:00.
    """
    local = moment.astimezone(zone)
    day = local.date()
    if is_allowed_day(day, subdivision):
        if OPENS <= local.time() < CLOSES:
            return moment.astimezone(UTC)
        if local.time() >= CLOSES:
            return _at(day, LAST_CALL, zone)
        return _at(_step(day, -_DAY, subdivision), LAST_CALL, zone)
    return _at(_step(day, -_DAY, subdivision), min(max(local.time(), OPENS), LAST_CALL), zone)


def next_allowed_today(moment: datetime, zone: ZoneInfo) -> datetime:
    """`moment`, or 08:00 of the same day: for what is about today and can't wait for an open day."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if local.time() >= OPENS else _at(local.date(), OPENS, zone)


def next_allowed_any_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """`moment` between 08:00 and 20:00, else the next 08:00, whatever day it is: for what can't wait for an open day."""
    local = moment.astimezone(zone)
    if local.time() < CLOSES:
        return next_allowed_today(moment, zone)
    return _at(local.date() + _DAY, OPENS, zone)


def next_calling(moment: datetime, zone: ZoneInfo, subdivision: str | None) -> datetime:
    """`moment` when a telephone may ring, else the next time that it may, in UTC."""
    local = moment.astimezone(zone)
    if is_calling_day(local.date(), subdivision):
        for opens, closes in CALLING:
            if local.time() < opens:
                return _at(local.date(), opens, zone)
            if local.time() < closes:
                return moment.astimezone(UTC)
    return _next_calling_day(local.date(), zone, subdivision)


def next_half_day(moment: datetime, zone: ZoneInfo, subdivision: str | None) -> datetime:
    """The beginning of the first half day of calls after the one that `moment` is in, in UTC."""
    local = moment.astimezone(zone)
    if is_calling_day(local.date(), subdivision):
        for opens, _ in CALLING:
            if local.time() < opens:
                return _at(local.date(), opens, zone)
    return _next_calling_day(local.date(), zone, subdivision)


def is_calling_day(day: date, subdivision: str | None) -> bool:
    """True from Monday to Friday, but on public holidays."""
    return day.weekday() not in {SATURDAY, SUNDAY} and not is_holiday(day, subdivision)


def _next_calling_day(day: date, zone: ZoneInfo, subdivision: str | None) -> datetime:
    day += _DAY
    while not is_calling_day(day, subdivision):
        day += _DAY
    return _at(day, CALLING[0][0], zone)


def _step(day: date, step: timedelta, subdivision: str | None) -> date:
    day += step
    while not is_allowed_day(day, subdivision):
        day += step
    return day


def _at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
