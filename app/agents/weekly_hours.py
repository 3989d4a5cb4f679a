"""The hours of a place as a secretary types them, a line a weekday: "9:00-12:00, 14:00-17:00", "9h-12h30 et 14h-17h"."""

from __future__ import annotations

import re
from datetime import time
from itertools import groupby

from wtforms import Field, ValidationError

from app.agents.french_form import FrenchForm
from invitations.place_hours import Hours, Week, in_order

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
CLOSED = {"", "fermé", "ferme", "-", "–"}

_CLOCK = r"(\d{1,2})(?:\s*[h:.]\s*(\d{2})?)?"
_WINDOW = re.compile(rf"(?:de\s+)?{_CLOCK}\s*(?:-|–|—|à|a)\s*{_CLOCK}")
_BETWEEN = re.compile(r"\s*(?:,|;|/|\bet\b|\bpuis\b)\s*")


def read(text: str | None) -> Hours:
    """The windows of a day. Raises ValueError for what nobody can read, or windows that overlap."""
    said = (text or "").strip().casefold()
    hours = () if said in CLOSED else tuple(window(one) for one in _BETWEEN.split(said))
    if not in_order(hours):
        raise ValueError(text)
    return hours


def window(text: str) -> tuple[time, time]:
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, minute, last_hour, last_minute = (int(one or 0) for one in found.groups())
    return time(hour, minute), time(last_hour, last_minute)


def shown(hours: Hours) -> str:
    """9:00-12:00, 14:00-17:00"""
    return ", ".join(f"{one.hour}:{one:%M}-{other.hour}:{other:%M}" for one, other in hours)


def readable_hours(_form: FrenchForm, control: Field) -> None:
    try:
        read(control.data)
    except ValueError as wrong:
        raise ValidationError("Écrivez par exemple 9:00-12:00, 14:00-17:00, dans l’ordre, ou rien.") from wrong


def grouped(week: Week) -> list[str]:
    """Days alike together: "lundi–vendredi 9:00-12:00"."""
    lines = []
    first = 0
    for hours, days in groupby(week):
        last = first + len(list(days)) - 1
        span = WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}–{WEEKDAYS[last]}"
        if hours:
            lines.append(f"{span} {shown(hours)}")
        first = last + 1
    return lines
