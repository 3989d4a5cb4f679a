"""Openings, doubts and absences in French sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.filters import clock_time, day, day_and_year
from invitations.agenda.recurrence import Rule
from invitations.openings import Doubt, DoubtKind
from invitations.openings_list import AbsenceLine, OpeningLine

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NTH = {1: "premier", 2: "deuxième", 3: "troisième", 4: "quatrième", 5: "cinquième", -1: "dernier"}
NBSP = "\N{NO-BREAK SPACE}"


def rhythm(line: OpeningLine, today: date) -> str:
    """tous les mardis et jeudis, du mardi 1er décembre au vendredi 18 décembre 2026"""
    if line.rule is None:
        return f"{day_and_year(line.starts_on)} seulement"
    return repeated(line.rule) + bounds(line, today)


def repeated(rule: Rule) -> str:
    """tous les mardis et jeudis · une semaine sur deux, le mardi · le premier mardi du mois"""
    weekdays = sorted(rule.weekdays)
    if rule.nth is not None:
        return f"le {NTH[rule.nth]} {WEEKDAYS[weekdays[0]]} du mois"
    if rule.interval == 1:
        return every_week(weekdays)
    often = "une semaine sur deux" if rule.interval == 2 else f"toutes les {rule.interval}{NBSP}semaines"
    return f"{often}, {run_of(weekdays) or 'le ' + listed([WEEKDAYS[one] for one in weekdays], ' et le ')}"


def every_week(weekdays: Sequence[int]) -> str:
    if len(weekdays) == len(WEEKDAYS):
        return "tous les jours"
    return run_of(weekdays) or "tous les " + listed([WEEKDAYS[one] + "s" for one in weekdays], " et ")


def run_of(weekdays: Sequence[int]) -> str:
    """du lundi au vendredi, when three days or more follow each other; else nothing"""
    if len(weekdays) < 3 or weekdays[-1] - weekdays[0] != len(weekdays) - 1:
        return ""
    return f"du {WEEKDAYS[weekdays[0]]} au {WEEKDAYS[weekdays[-1]]}"


def bounds(line: OpeningLine, today: date) -> str:
    """, à partir du … / , jusqu’au …, as far as they are still to come"""
    begins = f", à partir du {day_and_year(line.starts_on)}" if line.starts_on > today else ""
    ends = f", jusqu’au {day_and_year(line.last_on)}" if line.last_on else ""
    return begins + ends


def hours(starts: time, ends: time) -> str:
    """9 h – 12 h 30"""
    return f"{hour(starts)} – {hour(ends)}"


def hour(at: time) -> str:
    """9 h, 9 h 30"""
    return f"{at.hour}{NBSP}h" + (f"{NBSP}{at.minute:02d}" if at.minute else "")


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


def doubt(one: Doubt, agent: str) -> str:
    """The sentence that somebody reads before saving all the same."""
    if one.kind is DoubtKind.SHORTER_THAN_TYPE:
        return (
            f"La plage est plus courte que «{NBSP}{one.type}{NBSP}»{NBSP}: elle n’offrira aucun créneau pour ce motif."
        )
    if one.on is None or one.kind is DoubtKind.HOLIDAY:
        return f"Le {day_and_year(one.on) if one.on else 'jour choisi'} est férié{NBSP}: aucun créneau ne sera proposé."
    if one.starts_at_time is None or one.ends_at_time is None:
        return f"{agent} reçoit déjà à ce moment-là."
    return (
        f"{agent} reçoit déjà {day_and_year(one.on)} de {hour(one.starts_at_time)} à {hour(one.ends_at_time)}, "
        f"à {one.place}. Une même heure n’est jamais donnée deux fois."
    )


def listed(words: Sequence[str], last: str) -> str:
    """lundi, mardi et jeudi"""
    return last.join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
