"""Evaluations in French: what a refusal means, what would make one shorter, what one means for whoever addresses people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

from app.filters import listing
from app.labels import label
from invitations.errors import TrialRefused
from invitations.models import Mode, Trial, TrialEnd
from invitations.trials.opening import TrialFault
from invitations.trials.planning import Shorter, Way

NBSP = "\N{NO-BREAK SPACE}"

# The field of the form that a refusal is about, and what it says there.
REFUSALS = {
    TrialFault.NAME: ("name", "Un nom, de 120 caractères au plus."),
    TrialFault.ARMS: ("arms", "Choisissez au moins une façon, autre que celle d’aujourd’hui."),
    TrialFault.ORGANISATIONS: ("category", "Cette catégorie n’est pas du même département que les structures."),
    TrialFault.NOT_HANDLED: ("category", "Une des structures cochées ne suit pas cette catégorie."),
    TrialFault.MODE_NOT_ALLOWED: (
        "arms",
        "Les réglages d’une des structures ne permettent pas toutes ces façons pour cette catégorie.",
    ),
    TrialFault.HORIZON: ("horizon", "Choisissez dans la liste."),
    TrialFault.HYPOTHESIS: ("expected_to", "Deux nombres différents, de 1 à 99."),
    TrialFault.POWER: ("power", "Choisissez dans la liste."),
    TrialFault.LOOKS: ("looks", "Choisissez dans la liste."),
    TrialFault.NOT_DRAFT: ("name", "Cette évaluation a commencé entre-temps, plus rien n’en change."),
    TrialFault.NOT_RUNNING: ("name", "Cette évaluation s’est arrêtée entre-temps."),
    TrialFault.ALREADY_RUNNING: (
        "category",
        "Une autre évaluation est en cours pour cette catégorie, dans une des structures. Il faut l’arrêter d’abord.",
    ),
    TrialFault.NOTE: ("note", "Dites pourquoi, en 500 caractères au plus."),
}

# What ended a trial, in the middle of a sentence.
ENDED = {
    TrialEnd.COMPLETED: "au nombre prévu",
    TrialEnd.EARLY: "avant le nombre prévu, un regard ayant franchi son seuil",
    TrialEnd.HARM: "parce qu’une façon faisait du tort",
    TrialEnd.ABANDONED: "sans aller au bout",
}


# A space of French that no line may end with: before : ; ? ! » and %, after «.
_BEFORE, _AFTER = re.compile(r" (?=[:;?!»%](?:\s|$|[.,]))"), re.compile(r"(?<=«) ")


def spaced(text: str) -> str:
    """The words with no-break spaces where French wants them."""
    return _AFTER.sub(NBSP, _BEFORE.sub(NBSP, text))


def refusal(refused: TrialRefused) -> tuple[str, str]:
    """The field that it is about, and the sentence."""
    return REFUSALS[refused.details["fault"]]


def shorter(way: Way) -> str:
    """Two ways instead of three; what else would shorten a trial"""
    if way.what is Shorter.LARGER_GAP and way.expected_to is not None:
        return f"chercher un écart plus grand, {way.expected_to * 100:.0f} personnes vues sur 100"
    return {
        Shorter.TWO_ARMS: "comparer deux façons au lieu de trois",
        Shorter.TWICE_AS_MANY: "avec d’autres structures, qui sollicitent ensemble autant que vous",
        Shorter.LESS_POWER: "accepter 80 chances sur 100 de voir l’écart",
    }[way.what]


def duration(months: int) -> str:
    """32 mois, 4 ans: nobody counts a long wait in months"""
    return f"{months}{NBSP}mois" if months < 36 else f"{ceil(months / 12)}{NBSP}ans"


def ways(modes: Sequence[Mode]) -> str:
    """l’invitation, la proposition et la convocation"""
    return listing([the(one) for one in modes])


def the(mode: Mode) -> str:
    """l’invitation, la proposition"""
    return f"l’{label(mode).lower()}" if mode is Mode.INVITATION else f"la {label(mode).lower()}"


def by(mode: Mode) -> str:
    """par invitation"""
    return f"par {label(mode).lower()}"


def quoted(name: str) -> str:
    return f"«{NBSP}{name}{NBSP}»"


def meaning(trial: Trial) -> list[str]:
    """What it means for whoever addresses people, in three sentences."""
    said = [
        f"Elle compare {ways(trial.modes)}, pour les personnes de {quoted(trial.category.name)} que votre structure "
        "sollicite pour la première fois.",
        "Quand vous confirmez, le sort décide de la façon pour chaque personne ; avant, un clic sort quelqu’un du tirage, "
        "sans raison à donner.",
        "Ensuite vous faites comme vous le jugez utile : mêmes créneaux et même aide pour tout le monde, et au "
        f"{trial.fallback_days}e jour la liste des personnes à appeler, quelle que soit la façon.",
    ]
    return [spaced(one) for one in said]
