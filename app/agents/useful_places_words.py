"""Useful places in French: what they help with, why a file or a row was refused, when they are open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from app.agents import weekly_hours
from app.filters import plural
from invitations import place_hours
from invitations.models import UsefulKind, UsefulTheme
from invitations.useful_places.feeds import OTHER_KIND, SHRUNK
from invitations.useful_places.keeping import Changes
from invitations.useful_places.parsing import Why
from invitations.useful_places.schema import Flaw
from notifications.web_addresses import Trouble

NBSP = "\N{NO-BREAK SPACE}"
THEMES = {
    UsefulTheme.TRANSPORT: "Transport",
    UsefulTheme.CHILDCARE: "Garde d’enfants",
    UsefulTheme.DIGITAL: "Aide numérique",
    UsefulTheme.PAPERWORK: "Aide aux démarches",
    UsefulTheme.FRENCH: "Apprendre le français",
}
KINDS = {UsefulKind.STRUCTURE: "structures", UsefulKind.SERVICE: "services"}

# Beside the file, when it is refused whole. Nothing of what is kept has changed.
REFUSED: dict[str, str] = {
    Why.NO_FILE: f"Choisissez un fichier{NBSP}: celui-ci est vide, ou n’est pas arrivé.",
    Why.TOO_LARGE: f"Ce fichier dépasse 60{NBSP}Mo. Téléchargez celui des structures ou celui des services, pas les deux ensemble.",
    Why.UNKNOWN_KIND: "Ce fichier n’est ni un CSV ni un JSON. data·inclusion publie les deux, non compressés.",
    Why.NOT_THE_SCHEMA: "Ce fichier n’a pas les colonnes de data·inclusion (au moins «\u00a0id\u00a0» et «\u00a0nom\u00a0»).",
    Why.UNREADABLE: "Ce fichier est abîmé ou incomplet. Téléchargez-le de nouveau.",
    Why.NO_ROWS: "Ce fichier ne contient aucun lieu de votre département.",
    Why.TOO_MANY: "Ce fichier contient plus de 20\u00a0000 lieux de votre département. Ce n’est pas celui de data·inclusion.",
}
# Why some rows are not kept: one, several.
FLAWS: dict[str, tuple[str, str]] = {
    Flaw.ELSEWHERE: ("dans un autre département", "dans d’autres départements"),
    Flaw.NO_COMMUNE: ("sans commune connue", "sans commune connue"),
    Flaw.NO_ID: ("sans identifiant", "sans identifiant"),
    Flaw.NO_NAME: ("sans nom", "sans nom"),
    Flaw.TWICE: ("déjà vu plus haut dans le fichier", "déjà vus plus haut dans le fichier"),
    Flaw.SHAPE: ("dont la ligne est abîmée", "dont la ligne est abîmée"),
}
# Beside the address, when it is refused at once.
WRONG_ADDRESS: dict[str, str] = {
    Trouble.NOT_AN_ADDRESS: "Cette adresse ne se lit pas. Elle commence par https://.",
    Trouble.NOT_HTTPS: "Cette adresse n’est pas protégée. Il en faut une qui commence par https://.",
    Trouble.HAS_PASSWORD: "Cette adresse contient un mot de passe. Il en faut une qui n’en a pas.",
    Trouble.WRONG_PORT: "Cette adresse passe par un port particulier, qui n’est pas ouvert d’ici.",
    Trouble.NOT_PUBLIC: "Cette adresse n’existe que dans un réseau interne.",
}
# Why the last reading gave nothing, by the word that is kept: the end of a sentence.
FAILURES: dict[str, str] = {
    Trouble.NOT_HTTPS: "l’adresse renvoie vers une autre qui n’est pas protégée",
    Trouble.NOT_PUBLIC: "l’adresse mène dans un réseau interne",
    Trouble.UNKNOWN_HOST: "le serveur est introuvable",
    Trouble.UNREACHABLE: "l’adresse ne répond pas",
    Trouble.BAD_CERTIFICATE: "le certificat du serveur n’est pas valable",
    Trouble.TOO_SLOW: f"le fichier n’est pas arrivé en 5{NBSP}minutes",
    Trouble.TOO_LARGE: f"le fichier dépasse 60{NBSP}Mo",
    Trouble.TOO_MANY_REDIRECTS: "l’adresse renvoie trop de fois vers une autre",
    Trouble.KEPT_OUT: "le serveur refuse l’accès",
    Trouble.GONE: "cette adresse n’existe plus",
    Trouble.REFUSED: "le serveur est en panne, ou refuse",
    Trouble.GARBLED: "le fichier est arrivé incomplet",
    Why.NO_FILE: "le fichier est vide",
    Why.UNKNOWN_KIND: "ce n’est ni un CSV ni un JSON",
    Why.NOT_THE_SCHEMA: "le fichier n’a pas les colonnes de data·inclusion",
    Why.UNREADABLE: "le fichier est abîmé ou incomplet",
    Why.NO_ROWS: "le fichier ne contient aucun lieu du département",
    Why.TOO_MANY: "le fichier contient bien trop de lieux du département",
    OTHER_KIND: "le fichier est celui de l’autre sorte",
    SHRUNK: "le fichier contient moins de la moitié des lieux connus. S’il est juste, envoyez-le ci-dessus",
}
# Rules about holidays, which a week has no line for: "PH off", "SH,PH off", "PH closed".
_HOLIDAYS = re.compile(r"[;,]?\s*(?:(?:PH|SH)\s*,?\s*)+\s+(?:off|closed)\s*", re.IGNORECASE)
_WEEK = timedelta(days=7)


def hours_in_words(opening_hours: str, today: date) -> list[str]:
    """lundi–vendredi 9:00-12:00; what a week can't say (months, dates) is told of the seven days to come."""
    if opening_hours.strip() == "24/7":
        return ["tous les jours, jour et nuit"]
    plain = _HOLIDAYS.sub("", opening_hours).strip(" ;")
    week = place_hours.weekly(plain)
    if week is None:
        return _these_days(opening_hours, today)
    closed = ["fermé les jours fériés"] if re.search(r"\bPH\b", opening_hours) and plain != opening_hours else []
    return weekly_hours.grouped(week) + closed


def _these_days(opening_hours: str, today: date) -> list[str]:
    hours = place_hours.parsed(opening_hours)
    if hours is None:
        return []
    days = [today + timedelta(days=number) for number in range(_WEEK.days)]
    by_weekday = sorted(days, key=lambda day: day.weekday())
    lines = weekly_hours.grouped(tuple(place_hours.windows(hours, day) for day in by_weekday))
    return [f"ces sept jours{NBSP}: {' · '.join(lines) or 'fermé'}"]


def themes_in_words(themes: str) -> str:
    return ", ".join(words for theme, words in THEMES.items() if f" {theme} " in themes)


def left_out_in_words(left_out: Mapping[str, int]) -> list[str]:
    """12 000 dans d’autres départements"""
    return [plural(left_out[flaw], *words) for flaw, words in FLAWS.items() if left_out.get(flaw)]


def changes_in_words(changes: Changes) -> str:
    """C’est enregistré: 12 nouveaux, 3 modifiés, 1 retiré."""
    said = [
        plural(len(changes.new), "nouveau", "nouveaux") if changes.new else "",
        plural(len(changes.changed), "modifié", "modifiés") if changes.changed else "",
        plural(len(changes.gone), "retiré", "retirés") if changes.gone else "",
    ]
    words = ", ".join(one for one in said if one)
    return f"C’est enregistré{NBSP}: {words}." if words else "C’est enregistré. Rien n’avait changé."
