"""The filters of the page of results, as it offers them, and in the words of its overline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.agents.results_asked import CHANNELS, DEPARTMENT, ENTRIES, MODES, month, written
from app.agents.results_tables import month as month_words
from app.labels import label
from invitations.models import Organisation
from invitations.statistics.reading import HORIZONS
from invitations.statistics.results import Asked, Results

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One select of the form. `options`: word of the address → words for people; an empty word asks for nothing."""

    name: str
    label: str
    options: Options
    chosen: str


def choices(results: Results, organisation: Organisation, months: Sequence[date]) -> list[Choice]:
    """Those that leave something to choose."""
    words = written(results.asked)
    named = [(month(first), month_words(first)) for first in months]
    days = [(str(days), f"{days} jours") for days in HORIZONS]
    offered = {
        "perimetre": ("Périmètre", scopes(results, organisation)),
        "categorie": ("Catégorie", [(one.code, one.name) for one in results.categories]),
        "depuis": ("Sollicitées depuis", [("", "le début"), *named]),
        "jusqua": ("Jusqu’à", [("", "aujourd’hui"), *named]),
        "facon": ("Façon", [("", "Toutes"), *((word, label(one)) for word, one in MODES.items())]),
        "canal": ("Moyen", [("", "Tous"), *((word, label(one)) for word, one in CHANNELS.items())]),
        "entree": ("Ancienneté du droit", [("", "Toutes"), *((word, label(one)) for word, one in ENTRIES.items())]),
        "delai": ("Vues en", days),
    }
    usual = {"categorie": results.category.code if results.category else "", "delai": str(results.days)}
    return [
        Choice(name, words_of, options, words.get(name, usual.get(name, "")))
        for name, (words_of, options) in offered.items()
        if len(options) > 1
    ]


def scopes(results: Results, organisation: Organisation) -> Options:
    if not results.has_department:
        return []
    return [("", organisation.name), (DEPARTMENT, organisation.department.full_name)]


def about(results: Results, organisation: Organisation) -> list[str]:
    """Whose figures these are, and what was asked for."""
    asked = results.asked
    whose = [organisation.department.full_name if asked.of_department else organisation.name]
    category = [results.category.name] if results.category else []
    members = [one for one in (asked.mode, asked.channel, asked.entry) if one is not None]
    return [*category, *whose, *between(asked), *(label(one) for one in members)]


def between(asked: Asked) -> list[str]:
    since = [f"depuis {month_words(asked.since)}"] if asked.since else []
    until = [f"jusqu’à {month_words(asked.until)}"] if asked.until else []
    return [" ".join([*since, *until])] if since or until else []
