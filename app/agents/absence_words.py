"""Absences in French sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.agents.opening_words import bounds, hour, repeated
from app.filters import clock_time, day, plural
from invitations.absences_list import AbsenceLine, Absent, BookedDay, RegularLine
from invitations.regular_absences import DAY_BEGINS, DAY_ENDS

# Names written out before the rest is only counted.
NAMED = 3


def absence(line: AbsenceLine, zone: ZoneInfo) -> str:
    """mercredi 2 décembre · du lundi 21 au jeudi 24 décembre · mardi 1er décembre, de 14 h à 16 h"""
    starts, ends = line.starts_at.astimezone(zone), line.ends_at.astimezone(zone)
    if starts.time() == time() == ends.time():
        last = ends.date() - timedelta(days=1)
        return day(starts) if last == starts.date() else f"du {day(starts.date())} au {day(last)}"
    if starts.date() == ends.date():
        return f"{day(starts.date())}, de {hour(starts.time())} à {hour(ends.time())}"
    return f"du {moment(starts, zone)} au {moment(ends, zone)}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{day(at, zone)} à {clock_time(at, zone)}"


def regular(line: RegularLine, today: date) -> str:
    """tous les mercredis, à partir de 14 h · le premier lundi du mois, de 9 h à 11 h, jusqu’au …"""
    return f"{repeated(line.rule)}, {hours(line.starts_at_time, line.ends_at_time)}{bounds(line.starts_on, line.last_on, today)}"


def hours(starts: time, ends: time) -> str:
    """toute la journée · à partir de 14 h · jusqu’à 12 h · de 9 h à 11 h"""
    if starts == DAY_BEGINS:
        return "toute la journée" if ends == DAY_ENDS else f"jusqu’à {hour(ends)}"
    return f"à partir de {hour(starts)}" if ends == DAY_ENDS else f"de {hour(starts)} à {hour(ends)}"


def names(absent: Sequence[Absent]) -> str:
    """Mme Roche, M. Faure · 12 personnes"""
    if len(absent) <= NAMED:
        return ", ".join(one.agent for one in absent)
    return plural(len(absent), "personne", "personnes")


def booked(days: Sequence[BookedDay]) -> str:
    """3 rendez-vous déjà pris"""
    return plural(sum(one.count for one in days), "rendez-vous déjà pris", "rendez-vous déjà pris")


def by_day(days: Sequence[BookedDay]) -> list[tuple[date, int, int | None]]:
    """Each day, its appointments, and whose they are when they are all one agent's."""
    found: dict[date, list[BookedDay]] = defaultdict(list)
    for one in days:
        found[one.on].append(one)
    return [
        (on, sum(one.count for one in theirs), theirs[0].agent_id if len(theirs) == 1 else None)
        for on, theirs in found.items()
    ]
