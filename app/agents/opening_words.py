"""Openings and doubts in French sentences. Absences have their own in `absence_words`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, time, timedelta
from itertools import groupby

from app.filters import day, day_and_year, plural
from invitations.agenda.recurrence import Rule, parse
from invitations.openings import Wish
from invitations.openings_doubts import Doubt, DoubtKind
from invitations.openings_list import OpeningLine
from invitations.openings_preview import Given
from invitations.team_agenda import ClosedDay

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NTH = {1: "premier", 2: "deuxième", 3: "troisième", 4: "quatrième", 5: "cinquième", -1: "dernier"}
NBSP = "\N{NO-BREAK SPACE}"
# Days named one by one before the rest is only counted.
NAMED = 3
_DAY = timedelta(days=1)


def rhythm(line: OpeningLine, today: date) -> str:
    """tous les mardis et jeudis, du mardi 1er décembre au vendredi 18 décembre 2026"""
    if line.rule is None:
        return f"{day_and_year(line.starts_on)} seulement"
    return repeated(line.rule) + bounds(line.starts_on, line.last_on, today)


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


def bounds(starts_on: date, last_on: date | None, today: date) -> str:
    """, à partir du … / , jusqu’au …, as far as they are still to come"""
    begins = f", à partir du {day_and_year(starts_on)}" if starts_on > today else ""
    ends = f", jusqu’au {day_and_year(last_on)}" if last_on else ""
    return begins + ends


def exceptions(days: Sequence[date]) -> str:
    """sauf le mardi 8 décembre et le mardi 15 décembre · sauf le …, le …, le … et 4 autres jours; nothing without a day"""
    if not days:
        return ""
    named = [f"le {day(one)}" for one in days[: NAMED if len(days) > NAMED + 1 else NAMED + 1]]
    rest = len(days) - len(named)
    return "sauf " + listed([*named, *([f"{rest}{NBSP}autres jours"] if rest else [])], " et ")


def hours(starts: time, ends: time) -> str:
    """9 h – 12 h 30"""
    return f"{hour(starts)} – {hour(ends)}"


def hour(at: time) -> str:
    """9 h, 9 h 30"""
    return f"{at.hour}{NBSP}h" + (f"{NBSP}{at.minute:02d}" if at.minute else "")


def asked(wish: Wish, names: Collection[str], city: str, today: date) -> str:
    """Mme Roche et M. Faure, tous les mardis, à partir du mardi 1er décembre 2026, 9 h – 12 h, à Valence"""
    rule = wish.rhythm.rrule
    when = day_and_year(wish.rhythm.starts_on)
    if rule is not None:
        when = repeated(parse(rule)) + bounds(wish.rhythm.starts_on, wish.rhythm.last_on, today)
    return f"{listed([*names], ' et ')}, {when}, {hours(wish.starts_at_time, wish.ends_at_time)}, à {city}"


def given(one: Given) -> str:
    """16 créneaux pour « Entretien d’orientation »"""
    count = plural(one.slots, "créneau", "créneaux") if one.slots else "aucun créneau"
    return f"{count} pour «{NBSP}{one.type}{NBSP}»"


def doubt(one: Doubt) -> str:
    """The sentence that somebody reads before saving all the same."""
    return DOUBTS[one.kind](one)


def shorter_than_type(one: Doubt) -> str:
    return f"La plage est plus courte que «{NBSP}{one.type}{NBSP}»{NBSP}: elle n’offrira aucun créneau pour ce motif."


def outside_hours(one: Doubt) -> str:
    when = "" if one.always else f", la première fois {day_and_year(one.on)}" if one.on else ""
    return f"D’après ses horaires, le lieu choisi à {one.place} n’est pas ouvert tout ce temps{when}."


def holiday(one: Doubt) -> str:
    if one.always or one.on is None:
        return f"Tous les jours de cette plage sont fériés{NBSP}: aucun créneau ne sera proposé."
    return f"Le {day_and_year(one.on)} est férié{NBSP}: aucun créneau ne sera proposé."


def closed(one: Doubt) -> str:
    if one.always or one.on is None:
        return (
            f"Le lieu choisi à {one.place} est fermé tous les jours de cette plage{NBSP}: "
            "aucun créneau ne sera proposé."
        )
    return f"Le lieu choisi à {one.place} est fermé le {day_and_year(one.on)}{NBSP}: aucun créneau ne sera proposé."


def overlap(one: Doubt) -> str:
    return f"{one.agent} reçoit déjà {when_of(one)}, à {one.place}. Une même heure n’est jamais donnée deux fois."


def absent(one: Doubt) -> str:
    return f"{one.agent} n’est pas disponible {when_of(one)}{NBSP}: aucun créneau ne sera proposé pendant ce temps."


def when_of(one: Doubt) -> str:
    """lundi 30 novembre 2026 de 9 h à 12 h"""
    if one.on is None or one.starts_at_time is None or one.ends_at_time is None:
        return "à ce moment-là"
    return f"{day_and_year(one.on)} de {hour(one.starts_at_time)} à {hour(one.ends_at_time)}"


DOUBTS = {
    DoubtKind.SHORTER_THAN_TYPE: shorter_than_type,
    DoubtKind.OUTSIDE_HOURS: outside_hours,
    DoubtKind.HOLIDAY: holiday,
    DoubtKind.CLOSED: closed,
    DoubtKind.OVERLAP: overlap,
    DoubtKind.ABSENT: absent,
}


def closed_days(found: Iterable[ClosedDay]) -> list[str]:
    """vendredi 25 décembre (Noël, férié) · du lundi 28 décembre au jeudi 31 décembre (Ponts, Maison des solidarités)"""
    kept = sorted(found, key=lambda one: (one.label, one.place or "", one.is_holiday, one.on))
    spans = []
    for _, days in groupby(
        enumerate(kept),
        key=lambda pair: (
            pair[1].label,
            pair[1].place,
            pair[1].is_holiday,
            pair[1].on - pair[0] * _DAY,
        ),
    ):
        closed_on = [one for _, one in days]
        spans.append((closed_on[0].on, span_of(closed_on[0], closed_on[-1].on)))
    return [words for _, words in sorted(spans)]


def span_of(first: ClosedDay, last: date) -> str:
    when = day(first.on) if first.on == last else f"du {day(first.on)} au {day(last)}"
    why = [
        first.label or "fermé",
        *(["férié"] if first.is_holiday else []),
        *([first.place] if first.place else []),
    ]
    return f"{when} ({', '.join(why)})"


def listed(words: Sequence[str], last: str) -> str:
    """lundi, mardi et jeudi"""
    return last.join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
