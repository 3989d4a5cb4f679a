"""Public holidays of France and of its regions (Alsace-Moselle, overseas), by the `holidays` package."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays


@cache
def public_holidays(year: int, subdivision: str | None) -> frozenset[date]:
    """The public holidays of a year; `subdivision` is a code of the package (`6AE`, `57`, `RE`, …) or None."""
    return frozenset(holidays.country_holidays("FR", subdiv=subdivision, years=year))


def is_holiday(day: date, subdivision: str | None) -> bool:
    """True on a public holiday (code du travail L3133-1 and the regions' own)."""
    return day in public_holidays(day.year, subdivision)


@cache
def names(year: int, subdivision: str | None) -> dict[date, str]:
    """The public holidays of a year and what they are called, in French, with the apostrophe of print."""
    found = holidays.country_holidays("FR", subdiv=subdivision, years=year, language="fr")
    return {day: name.replace("'", "’") for day, name in found.items()}


def holiday_name(day: date, subdivision: str | None) -> str | None:
    """What a public holiday is called; None on any other day."""
    return names(day.year, subdivision).get(day)
