"""The agenda in French: its headings, hours, states, and what a move or a booking says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.filters import clock_time, day, plural
from app.labels import label
from invitations.agenda.wall_time import midnight
from invitations.models import Outcome
from invitations.team_agenda import Away, ClosedDay, Meeting, Reason, Receiving

NBSP = "\N{NO-BREAK SPACE}"
AWAY = {Reason.ABSENT: "Absence", Reason.BUSY: "Pas libre", Reason.ELSEWHERE: "Rendez-vous ailleurs"}
UNTOLD = "L’heure est passée\N{NO-BREAK SPACE}: aucun message ne part."
_DAY = timedelta(days=1)


def heading(view: str, days: Sequence[date], names: Sequence[str], *, is_everybody: bool, today: date) -> str:
    """Mardi 24 novembre, Mme Roche · Du 23 au 27 novembre, toute l’équipe · Du 22 au 26 mars 2027, 4 agents"""
    who = "toute l’équipe" if is_everybody else ", ".join(names) if len(names) < 3 else f"{len(names)}{NBSP}agents"
    when = day(days[0]) if view == "jour" else run_of(days[0], days[-1])
    year = f" {days[-1].year}" if days[-1].year != today.year else ""
    return f"{when[0].upper()}{when[1:]}{year}, {who}"


def run_of(first: date, last: date) -> str:
    """du 23 au 27 novembre, du 30 novembre au 4 décembre"""
    begins = day(first).split(" ", 1)[1]
    if first.month == last.month:
        begins = begins.split(" ", maxsplit=1)[0]
    return f"du {begins} au {day(last).split(' ', 1)[1]}"


def short(on: date) -> str:
    """mardi 24"""
    return day(on).rsplit(" ", 1)[0]


def moment(at: datetime, zone: ZoneInfo) -> str:
    """mardi 24 novembre à 9 h 30"""
    return f"{day(at, zone)} à{NBSP}{clock_time(at, zone)}"


def wall(on: date, at: time) -> str:
    """mardi 24 novembre à 9 h 30, from a form"""
    return f"{day(on)} à{NBSP}{at.hour}{NBSP}h{NBSP}{at.minute:02d}"


def hours(item: Receiving | Away | Meeting, on: date, zone: ZoneInfo) -> str:
    """9 h 00 – 9 h 45 · toute la journée · jusqu’à 12 h 00: what of it falls on this day"""
    begins, ends = midnight(on, zone), midnight(on + _DAY, zone)
    starts_before, ends_after = item.starts_at <= begins, item.ends_at >= ends
    if starts_before and ends_after:
        return "toute la journée"
    if starts_before:
        return f"jusqu’à {clock_time(item.ends_at, zone)}"
    if ends_after:
        return f"à partir de {clock_time(item.starts_at, zone)}"
    return f"{clock_time(item.starts_at, zone)} – {clock_time(item.ends_at, zone)}"


def away(one: Away) -> str:
    """Absence : formation"""
    return f"{AWAY[one.reason]}{NBSP}: {one.label}" if one.label else AWAY[one.reason]


def closed(one: ClosedDay) -> str:
    """Férié : Noël · Fermé : inventaire · Fermé, Centre social : inventaire"""
    what = "Férié" if one.is_holiday else "Fermé"
    where = f", {one.place}" if one.place else ""
    return f"{what}{where}{NBSP}: {one.label}" if one.label else f"{what}{where}"


def state(one: Meeting) -> str:
    """What is to be known of it at a glance; nothing of one that is simply to come."""
    if one.is_held:
        return "Proposé" if one.guest else "Gardé pour la file d’attente"
    if one.is_session:
        return f"{plural(one.seats_taken, 'place prise', 'places prises')} sur {one.seats}"
    if one.guest is None or (one.guest.outcome is Outcome.UNKNOWN and not one.has_started):
        return ""
    return label(one.guest.outcome)


def look(one: Meeting) -> str:
    """The class of its look: held, session, coming, or its outcome."""
    if one.is_held:
        return "held"
    if one.is_session:
        return "session"
    if one.guest is None or (one.guest.outcome is Outcome.UNKNOWN and not one.has_started):
        return "coming"
    return one.guest.outcome.value


def where(one: Meeting) -> str:
    """Valence, Maison des solidarités · Par téléphone"""
    how = label(one.place_type)
    if one.city is None:
        return how
    place = f"{one.city}, {one.place}"
    return place if one.place_type.value == "public_office" else f"{how}, {place}"


def told(one: Meeting) -> str:
    """Whom a move tells."""
    if not one.is_session:
        return "La personne est prévenue par message, tout de suite."
    if one.seats_taken == 0:
        return "Personne n’est encore inscrit à cette séance."
    if one.seats_taken == 1:
        return "La personne inscrite est prévenue par message, tout de suite."
    return f"Les {one.seats_taken} personnes inscrites sont prévenues par message, tout de suite."
