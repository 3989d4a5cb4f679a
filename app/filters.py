"""How dates, times, numbers and plurals are written in templates. Days are those of the zone handed in."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Flask
from jinja2 import StrictUndefined

PARIS = ZoneInfo("Europe/Paris")


def day(moment: datetime | date, zone: ZoneInfo = PARIS) -> str:
    """mardi 1er décembre"""
    on = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    words = format_date(on, "EEEE d MMMM", locale="fr")
    return words.replace(" 1 ", " 1er ", 1)


def day_and_year(moment: datetime | date, zone: ZoneInfo = PARIS) -> str:
    """mardi 1er décembre 2026"""
    on = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    return f"{day(on)} {on.year}"


def short_day(moment: datetime | date, zone: ZoneInfo = PARIS) -> str:
    """01/12/2026"""
    on = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    return on.strftime("%d/%m/%Y")


def clock_time(moment: datetime, zone: ZoneInfo = PARIS) -> str:
    """9 h 00, with no-break spaces"""
    local = moment.astimezone(zone)
    return f"{local.hour}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{local.minute:02d}"


def phone(number: str | None) -> str:
    """04 75 00 00 00, from E.164; as it came when it can't be read"""
    import phonenumbers

    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    if parsed.country_code == 33:
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def plural(count: int, one: str, many: str) -> str:
    """1 personne, 2 personnes; French counts zero as one"""
    return f"{count}\N{NO-BREAK SPACE}{one if count < 2 else many}"


def install(flask: Flask) -> None:
    flask.jinja_env.undefined = StrictUndefined
    flask.jinja_env.trim_blocks = True
    flask.jinja_env.lstrip_blocks = True
    flask.jinja_env.filters.update(
        day=day,
        day_and_year=day_and_year,
        short_day=short_day,
        clock_time=clock_time,
        phone=phone,
        plural=plural,
    )
