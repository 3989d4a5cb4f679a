"""A line of the journal in words: what, who, to whom, from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.agents.journal_acts import ACTS
from app.filters import plural
from app.labels import label
from invitations.journal_reading import Line
from invitations.models import Origin, Role

# Whoever acts when no agent and no key does.
NOBODY = {
    Origin.PAGE: "sans identification",
    Origin.LINK: "la personne",
    Origin.HOOK: "la personne",
    Origin.API: "un logiciel",
    Origin.JOB: "le logiciel",
    Origin.COMMAND: "l’exploitation",
}
# What details say that is worth reading; the rest is in the file.
COUNTED: Mapping[str, Callable[[int], str]] = {
    "people": lambda count: plural(count, "personne", "personnes"),
    "messages": lambda count: plural(count, "message", "messages"),
    "letters": lambda count: plural(count, "courrier", "courriers"),
    "lines": lambda count: plural(count, "ligne", "lignes"),
    "appointments": lambda count: plural(count, "rendez-vous", "rendez-vous"),
    "sessions_ended": lambda count: plural(count, "connexion fermée", "connexions fermées"),
}


def act(line: Line) -> str:
    """Envoi groupé; an act without words stands as the journal writes it"""
    return ACTS.get(line.action, line.action)


def more(line: Line) -> str:
    """12 personnes; the colleague it was done to, and as what"""
    counts = [say(line.details[name]) for name, say in COUNTED.items() if is_count(line.details.get(name))]
    role = line.details.get("role")
    roles = [label(Role(role)).lower()] if role in set(Role) else []
    return ", ".join([*([line.about] if line.about else []), *roles, *counts])


def who(line: Line) -> str:
    """Nadia Roche; whoever helps in her place; the key of a piece of software; else who it can have been"""
    if line.agent and line.supporter:
        return f"{line.supporter}, à la place de {line.agent}"
    if line.agent:
        return line.agent
    if line.key:
        return f"clé «\N{NO-BREAK SPACE}{line.key}\N{NO-BREAK SPACE}»"
    return NOBODY[line.origin] if line.origin else "la personne, ou le logiciel"


def whence(line: Line) -> str:
    return label(line.origin).lower() if line.origin else "non conservé"


def whom(line: Line) -> str:
    """Inès Bernard; a number for whoever is not of one's organisations"""
    if line.person:
        return line.person
    return f"personne n°\N{NO-BREAK SPACE}{line.beneficiary_id}" if line.beneficiary_id else ""


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
