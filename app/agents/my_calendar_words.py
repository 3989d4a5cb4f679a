"""How an agent's calendars are doing, in French: when each was read, why it was not, what to do about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from app.filters import clock_time, day, plural
from app.runtime import runtime
from invitations.calendar_copies import SEALED
from invitations.external_calendars import Shown
from notifications.ics_reading import Unusable
from notifications.web_addresses import Trouble

NBSP = "\N{NO-BREAK SPACE}"
_MINUTE = timedelta(minutes=1)

# Beside the field, when the address is refused at once.
WRONG_ADDRESS = {
    Trouble.NOT_AN_ADDRESS: "Cette adresse ne se lit pas. Elle commence par https:// ou webcal://.",
    Trouble.NOT_HTTPS: "Cette adresse n’est pas protégée. Il en faut une qui commence par https:// ou webcal://.",
    Trouble.HAS_PASSWORD: "Cette adresse contient un mot de passe. Il faut l’adresse de partage de l’agenda.",
    Trouble.WRONG_PORT: "Cette adresse passe par un port particulier, qui n’est pas ouvert d’ici.",
    Trouble.NOT_PUBLIC: "Cette adresse n’existe que dans un réseau interne. Votre service informatique peut l’autoriser.",
}

# Why the last reading gave nothing, as the end of a sentence. By the value that is kept.
FAILURES: dict[str, str] = {
    Trouble.NOT_AN_ADDRESS: "l’adresse mène à une autre, qui ne se lit pas",
    Trouble.NOT_HTTPS: "l’adresse mène à une autre, qui n’est pas protégée",
    Trouble.HAS_PASSWORD: "l’adresse mène à une autre, qui contient un mot de passe",
    Trouble.WRONG_PORT: "l’adresse mène à une autre, qui n’est pas ouverte d’ici",
    Trouble.NOT_PUBLIC: "l’adresse mène dans un réseau interne",
    Trouble.UNKNOWN_HOST: "le serveur de cette adresse est introuvable",
    Trouble.UNREACHABLE: "l’adresse ne répond pas",
    Trouble.BAD_CERTIFICATE: "le certificat du serveur n’est pas valable",
    Trouble.TOO_SLOW: "la réponse n’est pas arrivée à temps",
    Trouble.TOO_LARGE: "l’agenda dépasse 5\N{NO-BREAK SPACE}Mo",
    Trouble.TOO_MANY_REDIRECTS: "l’adresse renvoie sans fin d’une page à l’autre",
    Trouble.KEPT_OUT: "le serveur demande un mot de passe, l’agenda n’est plus partagé",
    Trouble.GONE: "cette adresse n’existe plus",
    Trouble.REFUSED: "le serveur est en panne, ou refuse",
    Trouble.GARBLED: "la réponse est incompréhensible",
    Unusable.NOT_A_CALENDAR: "ce qui s’y trouve n’est pas un agenda",
    Unusable.TOO_HEAVY: "l’agenda est trop lourd à lire",
    SEALED: "l’adresse n’est plus lisible, il faut la donner de nouveau",
}


def state(one: Shown, now: datetime, zone: ZoneInfo) -> str:
    """Lu il y a 4 minutes · Lu pour la dernière fois hier à 14 h 05 : l’adresse ne répond pas"""
    if one.failure is None:
        return f"Lu {when(one.fetched_at, now, zone)}" if one.fetched_at else "Première lecture dans la minute"
    why = FAILURES.get(one.failure, "l’agenda ne se lit pas")
    if one.fetched_at is None:
        return f"Pas encore lu{NBSP}: {why}"
    return f"Lu pour la dernière fois {when(one.fetched_at, now, zone)}{NBSP}: {why}"


def takes(one: Shown, zone: ZoneInfo) -> str:
    """132 moments occupés à venir, jusqu’au mardi 1er décembre"""
    if not one.busy or one.busy_until is None:
        return "Rien d’occupé à venir" if one.fetched_at else ""
    moments = plural(one.busy, "moment occupé", "moments occupés")
    return f"{moments} à venir, jusqu’au {day(one.busy_until, zone)}"


def doubt(one: Shown) -> str:
    """3 événements illisibles ou en trop, qui ne bloquent rien"""
    if not one.left_out:
        return ""
    return plural(
        one.left_out,
        "événement illisible ou en trop, qui ne bloque rien",
        "événements illisibles ou en trop, qui ne bloquent rien",
    )


def when(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """à l’instant · il y a 4 minutes · aujourd’hui à 9 h 12 · hier à 14 h 05 · mardi 1er décembre à 9 h 00"""
    minutes = (now - moment) // _MINUTE
    if minutes < 60:
        return f"il y a {plural(minutes, 'minute', 'minutes')}" if minutes > 0 else "à l’instant"
    days = (now.astimezone(zone).date() - moment.astimezone(zone).date()).days
    on = {0: "aujourd’hui", 1: "hier"}.get(days) or day(moment, zone)
    return f"{on} à {clock_time(moment, zone)}"


def next_try(one: Shown, now: datetime, zone: ZoneInfo) -> str:
    """dans la minute · à 15 h 30 · demain à 0 h 15"""
    if one.next_try_at <= now + _MINUTE:
        return "dans la minute"
    is_today = one.next_try_at.astimezone(zone).date() == now.astimezone(zone).date()
    return f"{'' if is_today else 'demain '}à {clock_time(one.next_try_at, zone)}"


def feed_address(code: str | None) -> str | None:
    """The whole address; None when its code can't be written any more."""
    return f"{runtime().settings.public_url}{url_for('calendar_feeds.show', code=code)}" if code else None


def webcal(address: str) -> str:
    """The same under the name that telephones and desktop calendars open by themselves."""
    return f"webcal://{address.split('://', 1)[1]}"
