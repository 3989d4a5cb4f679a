"""The filters of the page of results, as words of its address, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from invitations.errors import NotFound
from invitations.models import Entry, FirstChannel, Mode
from invitations.statistics.reading import HORIZONS
from invitations.statistics.results import Asked

Word = TypeVar("Word", bound=StrEnum)

DEPARTMENT = "departement"
# The RSA began in 2009.
YEARS = range(2009, 2200)
MODES = {mode.value: mode for mode in Mode}
CHANNELS = {
    "sms": FirstChannel.SMS,
    "courriel": FirstChannel.EMAIL,
    "sms-et-courriel": FirstChannel.SMS_EMAIL,
    "courrier": FirstChannel.LETTER,
    "appel": FirstChannel.VOICE,
    "plusieurs": FirstChannel.SEVERAL,
    "aucun": FirstChannel.NONE,
}
ENTRIES = {"nouveau": Entry.NEW, "stock": Entry.STOCK, "inconnu": Entry.UNKNOWN}


def read(address: Mapping[str, str]) -> Asked:
    """What the address asks for; an empty word asks for nothing. Raises NotFound for a word that means nothing."""
    horizon = address.get("delai")
    if horizon and horizon not in {str(days) for days in HORIZONS}:
        raise NotFound
    scope = address.get("perimetre")
    if scope not in {None, "", DEPARTMENT}:
        raise NotFound
    return Asked(
        category=address.get("categorie") or None,
        since=first_day(address.get("depuis")),
        until=first_day(address.get("jusqua")),
        mode=meant(MODES, address.get("facon")),
        channel=meant(CHANNELS, address.get("canal")),
        entry=meant(ENTRIES, address.get("entree")),
        horizon=int(horizon) if horizon else None,
        of_department=scope == DEPARTMENT,
    )


def written(asked: Asked) -> dict[str, str]:
    """The words of the address that asks for the same; what is not asked for is not in it."""
    words = {
        "perimetre": DEPARTMENT if asked.of_department else None,
        "categorie": asked.category,
        "depuis": asked.since and month(asked.since),
        "jusqua": asked.until and month(asked.until),
        "facon": word_of(MODES, asked.mode),
        "canal": word_of(CHANNELS, asked.channel),
        "entree": word_of(ENTRIES, asked.entry),
        "delai": asked.horizon and str(asked.horizon),
    }
    return {name: word for name, word in words.items() if word}


def meant(words: Mapping[str, Word], word: str | None) -> Word | None:
    if not word:
        return None
    if word not in words:
        raise NotFound
    return words[word]


def word_of(words: Mapping[str, Word], member: Word | None) -> str | None:
    return next((word for word, one in words.items() if one is member), None) if member is not None else None


def first_day(month: str | None) -> date | None:
    """The first day of "2026-09"; None when nothing is asked. Raises NotFound when it is no month."""
    if not month:
        return None
    try:
        found = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007  (a month, not a moment)
    except ValueError as wrong:
        raise NotFound from wrong
    if found.year not in YEARS:
        raise NotFound
    return found


def month(first: date) -> str:
    return f"{first:%Y-%m}"
