"""Collective sessions in French sentences: what speaks against a day, what was saved, how full it is."""

from __future__ import annotations

from collections.abc import Sequence

from app.filters import clock_time, day, day_and_year, plural
from invitations.session_doubts import Trouble, TroubleKind
from invitations.sessions import Occurrence
from invitations.sessions_list import Line

NBSP = "\N{NO-BREAK SPACE}"


def trouble(one: Trouble) -> str:
    """Mme Roche a déjà un rendez-vous à cette heure · jour férié"""
    return {
        TroubleKind.TAKEN: f"{one.agent} a déjà un rendez-vous à cette heure",
        TroubleKind.HOLIDAY: "jour férié",
        TroubleKind.CLOSED: "le lieu est fermé",
        TroubleKind.ABSENT: f"{one.agent} est en absence",
    }[one.kind]


def against(one: Occurrence) -> str:
    """vendredi 25 décembre 2026 : jour férié, Mme Roche est en absence"""
    return f"{day_and_year(one.on)}{NBSP}: {', '.join(map(trouble, one.troubles))}"


def saved(found: Sequence[Line]) -> str:
    """12 séances sont créées, du mardi 1er décembre au mardi 16 février."""
    if len(found) == 1:
        return "La séance est créée. Ses places peuvent être choisies dès maintenant."
    first, last = found[0], found[-1]
    return (
        f"{plural(len(found), 'séance est créée', 'séances sont créées')}, du {day(first.starts_at, first.zone)} au "
        f"{day(last.starts_at, last.zone)}. Leurs places peuvent être choisies dès maintenant."
    )


def fullness(seats_taken: int, seats: int) -> str:
    """8 places prises sur 12 · complète, 12 places"""
    if seats_taken >= seats:
        return f"complète, {plural(seats, 'place', 'places')}"
    return f"{plural(seats_taken, 'place prise', 'places prises')} sur {seats}"


def hours(one: Line) -> str:
    """9 h 00 – 11 h 00"""
    return f"{clock_time(one.starts_at, one.zone)} – {clock_time(one.ends_at, one.zone)}"


def told(people: int) -> str:
    """what follows "Séance annulée." """
    if not people:
        return "Personne n’y était attendu."
    return f"{plural(people, 'personne reçoit', 'personnes reçoivent')} un message, avec d’autres dates à choisir."
