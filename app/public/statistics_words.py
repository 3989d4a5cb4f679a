"""Public figures in French words: periods, sentences, and why a number is not there."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from app.filters import thousands
from app.labels import label
from invitations.models import Mode, Part, Span
from invitations.statistics.public_page import Line, Subject
from invitations.statistics.public_tables import Step

NBSP = "\N{NO-BREAK SPACE}"

STEPS = {
    Step.REACHED: "Un message est arrivé",
    Step.ANSWERED: "La personne a répondu",
    Step.BOOKED: "Un rendez-vous a été pris",
    Step.AUTONOMOUS: "dont par la personne elle-même",
}
HIDDEN = "supprimé"
NOBODY = "personne"
TOO_MANY_UNKNOWN = "trop d’issues inconnues pour un taux"
TOO_FEW_FOR_A_RATE = "trop peu de personnes pour un taux"


def period(line: Line) -> str:
    """septembre 2026, 3e trimestre 2026, 2026"""
    if line.span is Span.MONTH:
        return format_date(line.starts_on, f"LLLL{NBSP}y", locale="fr")
    if line.span is Span.QUARTER:
        return quarter(line.starts_on)
    return str(line.starts_on.year)


def quarter(on: date) -> str:
    """1er trimestre 2026"""
    number = (on.month + 2) // 3
    return f"{number}{'er' if number == 1 else 'e'}{NBSP}trimestre{NBSP}{on.year}"


def during(line: Line) -> str:
    """En septembre 2026, Au 3e trimestre 2026: how a sentence begins"""
    return f"{'En' if line.span is Span.MONTH else 'Au'} {period(line)}"


def who(line: Line) -> str:
    """The mode, the organisation, the step; for everyone the period."""
    named = {
        Part.EVERYONE: lambda: period(line).replace(NBSP, " "),  # a narrow column may break it
        Part.MODE: lambda: label(line.mode),
        Part.ORGANISATION: lambda: line.name,
        Part.STEP: lambda: STEPS[line.step],
    }
    return named[line.part]()


def why_no_rate(line: Line) -> str:
    """Why there is no rate: hidden, nobody, too few, or too many unknown; "" where there is one."""
    if line.is_hidden:
        return HIDDEN
    if not line.people:
        return NOBODY
    if line.reaching is None:
        return TOO_MANY_UNKNOWN
    return "" if line.has_rate else TOO_FEW_FOR_A_RATE


def of_hundred(share: float | None) -> str:
    """71, from 0.7142"""
    return "" if share is None else f"{share * 100:.0f}"


def number(count: int | None) -> str:
    """12 500; nothing for what is hidden"""
    return "" if count is None else thousands(count)


def people(count: int | None) -> str:
    """1 personne, 600 personnes"""
    return f"{number(count)}{NBSP}{'personne' if (count or 0) < 2 else 'personnes'}"


def within(subject: Subject) -> str:
    """dans les 45 jours"""
    return f"dans les {subject.days}{NBSP}jours"


def across(share: float | None) -> str:
    """71.4%: where on a line from 0 to 100 a share lies, for a picture"""
    return f"{(share or 0) * 100:.1f}%"


def code(line: Line) -> str:
    """2026-T3, as an address says it"""
    return f"{line.starts_on.year}-T{(line.starts_on.month + 2) // 3}"


def in_order(lines: list[Line]) -> list[Line]:
    """Modes as they are always told: invitation, proposition, convocation."""
    return sorted(lines, key=lambda line: list(Mode).index(line.mode))


def steps(lines: list[Line]) -> list[tuple[str, int | None, bool]]:
    """Each step in its order: its name, its people, and whether it is told."""
    found = {line.step: line for line in lines}
    return [(STEPS[step], found[step].reaching, not found[step].is_hidden) for step in Step if step in found]
