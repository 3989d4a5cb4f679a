"""How days, hours and lengths of time are written to people, in their language: in words for emails, short for texts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

from notifications.languages import FRENCH, Language

NBSP = "\N{NO-BREAK SPACE}"


def day(moment: datetime | date, zone: ZoneInfo, language: Language = FRENCH) -> str:
    """mardi 1er décembre, Tuesday 1 December"""
    return day_in_words(moment.astimezone(zone).date() if isinstance(moment, datetime) else moment, language)


@lru_cache(maxsize=4096)
def day_in_words(on: date, language: Language) -> str:
    words: str = format_date(on, language.day, locale=language.locale)
    return words.replace(" 1 ", " 1er ", 1) if language.is_french else words


def short_day(moment: datetime, zone: ZoneInfo, language: Language = FRENCH) -> str:
    """mardi 1/12; вт 1/12 where a text holds 67 letters a segment"""
    return f"{_weekday(moment.astimezone(zone).date(), language)} {shortest_day(moment, zone, language)}"


@lru_cache(maxsize=4096)
def _weekday(on: date, language: Language) -> str:
    return str(format_date(on, "EEEE" if language.is_latin else "EEE", locale=language.locale))


def shortest_day(moment: datetime, zone: ZoneInfo, _language: Language = FRENCH) -> str:
    """1/12; day before month in every language we speak"""
    on = moment.astimezone(zone).date()
    return f"{on.day}/{on.month}"


def hour(moment: datetime, zone: ZoneInfo, language: Language = FRENCH) -> str:
    """9 h 00 in French, with no-break spaces; 09:00 elsewhere: 24 hours, which nobody takes for the other half of a day"""
    local = moment.astimezone(zone)
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}" if language.is_french else f"{local:%H:%M}"


def short_hour(moment: datetime, zone: ZoneInfo, language: Language = FRENCH) -> str:
    """9h, 10h30; 09:00 elsewhere"""
    local = moment.astimezone(zone)
    if not language.is_french:
        return f"{local:%H:%M}"
    return f"{local.hour}h{local.minute:02d}" if local.minute else f"{local.hour}h"


def spoken_hour(moment: datetime, zone: ZoneInfo, language: Language = FRENCH) -> str:
    """9 heures, 9 heures 30, as a voice reads them; 09:30 elsewhere"""
    local = moment.astimezone(zone)
    if not language.is_french:
        return f"{local:%H:%M}"
    return f"{local.hour} heure{'s' if local.hour > 1 else ''}" + (f" {local.minute}" if local.minute else "")


def is_midnight(moment: datetime, zone: ZoneInfo) -> bool:
    """True when a day begins at this moment: "before the 8th" is then the whole truth."""
    return moment.astimezone(zone).time() == time()


def length(span: timedelta, language: Language = FRENCH) -> str:
    """45 minutes, 1 heure, 2 jours; what is not a whole number of one unit is said in the next smaller one"""
    for unit, one in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if span >= one and span % one == timedelta():
            return _in_words(span, unit, language)
    return _in_words(span, "minute", language)


@lru_cache(maxsize=512)
def _in_words(span: timedelta, unit: str, language: Language) -> str:
    # A threshold nothing reaches keeps Babel from rounding up to the next unit.
    words: str = format_timedelta(span, granularity=unit, threshold=10**6, locale=language.locale)  # type: ignore[arg-type]
    return words.replace(" ", NBSP)
