"""How days, hours and lengths of time are written to people in French: in words for emails, short for texts."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

NBSP = "\N{NO-BREAK SPACE}"


def day(moment: datetime, zone: ZoneInfo) -> str:
    """mardi 1er décembre"""
    words: str = format_date(moment.astimezone(zone).date(), "EEEE d MMMM", locale="fr")
    return words.replace(" 1 ", " 1er ", 1)


def short_day(moment: datetime, zone: ZoneInfo) -> str:
    """mardi 1/12"""
    return f"{format_date(moment.astimezone(zone).date(), 'EEEE', locale='fr')} {shortest_day(moment, zone)}"


def shortest_day(moment: datetime, zone: ZoneInfo) -> str:
    """1/12"""
    on = moment.astimezone(zone).date()
    return f"{on.day}/{on.month}"


def hour(moment: datetime, zone: ZoneInfo) -> str:
    """9 h 00, with no-break spaces"""
    local = moment.astimezone(zone)
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}"


def short_hour(moment: datetime, zone: ZoneInfo) -> str:
    """9h, 10h30"""
    local = moment.astimezone(zone)
    return f"{local.hour}h{local.minute:02d}" if local.minute else f"{local.hour}h"


def is_midnight(moment: datetime, zone: ZoneInfo) -> bool:
    """True when a day begins at this moment: "before the 8th" is then the whole truth."""
    return moment.astimezone(zone).time() == time()


def length(span: timedelta) -> str:
    """45 minutes, 1 heure, 2 jours; what is not a whole number of one unit is said in the next smaller one"""
    for unit, one in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if span >= one and span % one == timedelta():
            return _in_words(span, unit)
    return _in_words(span, "minute")


def _in_words(span: timedelta, unit: str) -> str:
    # A threshold nothing reaches keeps Babel from rounding up to the next unit.
    words: str = format_timedelta(span, granularity=unit, threshold=10**6, locale="fr")  # type: ignore[arg-type]
    return words.replace(" ", NBSP)
