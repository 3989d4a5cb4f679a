"""What an evaluation found, in sentences: absolute numbers first, then what chance and missing outcomes leave open."""

from __future__ import annotations

from dataclasses import dataclass

from app.agents import trials_words
from app.agents.trials_protocol import decimal, of_hundred
from app.agents.trials_words import NBSP
from app.filters import listing, plural
from app.labels import label
from invitations.models import Mode, TrialEnd
from invitations.statistics.survival import LogRank
from invitations.trials.results import ArmResult, TrialResults, Versus

TOO_EARLY = "trop tôt pour conclure"


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be said of one arm against the first. `low`, `high`: shares, of the interval that holds at every look;
    `difference`: of the same people."""

    mode: Mode
    difference: float | None
    low: float
    high: float
    is_found: bool


def may_conclude(results: TrialResults) -> bool:
    """The last look has been taken, or one crossed its boundary; and not too many outcomes are missing."""
    is_over = not results.is_too_early and results.next_look is None
    return (is_over or results.has_crossed) and is_published(results)


def is_published(results: TrialResults) -> bool:
    return all(one.seen.is_published and not one.seen.is_small for one in results.arms)


def answers(results: TrialResults) -> list[Answer]:
    """One for each arm with an interval: of the last look at it, else the one that may be read on any day."""
    found = []
    for one in results.versus:
        looks = [look for look in results.looks if look.versus is one.mode and look.low is not None]
        told = looks[-1] if looks else one.so_far
        if told is not None and told.low is not None and told.high is not None:
            crossed = any(look.crossed for look in looks) if looks else not told.low <= 0 <= told.high
            difference = looks[-1].difference if looks else one.difference
            found.append(Answer(one.mode, difference, told.low, told.high, crossed))
    return found


def headline(results: TrialResults) -> str:
    """The answer in absolute numbers, or why there is none."""
    if not results.assigned:
        return "Personne n’a été tiré au sort"
    arms = [one for one in results.arms if one.seen.proportion.total]
    if len(arms) < len(results.arms):
        return "Il est trop tôt pour compter"
    if not all(one.seen.is_published for one in arms):
        missing = sum(one.seen.unknown for one in arms)
        return f"Pas de résultat{NBSP}: il manque {plural(missing, 'issue', 'issues')}"
    if not is_published(results):
        return (
            f"Trop peu de monde pour un taux{NBSP}: {plural(results.counted, 'personne comptée', 'personnes comptées')}"
        )
    if not results.is_too_early and not may_conclude(results):
        return f"Le nombre prévu est atteint{NBSP}: le dernier regard a lieu cette nuit"
    if not may_conclude(results):
        return f"Pas de conclusion{NBSP}: arrêtée à {results.counted} personnes comptées sur {results.trial.planned} prévues"
    return absolute(results)


def absolute(results: TrialResults) -> str:
    """71 personnes sur 100 vues par proposition, 63 par invitation"""
    first, *others = sorted(results.arms, key=lambda one: -(one.seen.rate or 0))
    more = listing([f"{of_hundred(one.seen.rate or 0)} {trials_words.by(one.mode)}" for one in others])
    return f"{of_hundred(first.seen.rate or 0)}{NBSP}personnes sur 100 vues {trials_words.by(first.mode)}, {more}"


def lead(results: TrialResults) -> str:
    """What the answer is, in a sentence an arm; else what is missing."""
    if not results.assigned:
        return "Il n’y a rien à compter."
    if not all(one.seen.proportion.total for one in results.arms):
        return f"Chaque personne compte {results.trial.horizon_days} jours après son tirage, plus une semaine pour noter l’issue."
    if not is_published(results):
        return (
            "Au-delà de 5 % d’issues inconnues, ou sous 30 personnes par façon, un taux dirait surtout ce qui manque."
        )
    said = [] if may_conclude(results) else [f"{absolute(results)}."]
    said += [sentence(results, one) for one in answers(results)]
    return " ".join(said)


def sentence(results: TrialResults, answer: Answer) -> str:
    what = f"{trials_words.the(answer.mode)} et {trials_words.the(results.arms[0].mode)}"
    between = f"L’écart entre {what} est compris entre {gap(answer.low)} et {gap(answer.high)} personnes vues pour 100"
    if not may_conclude(results):
        return f"{between}{NBSP}: {TOO_EARLY}."
    if answer.is_found:
        better = answer.mode if answer.low + answer.high > 0 else results.arms[0].mode
        return f"{between}{NBSP}: plus que le hasard. On voit plus de personnes {trials_words.by(better)}."
    return f"{between}{NBSP}: le hasard suffit à l’expliquer. L’évaluation ne montre pas de différence."


def so_far(results: TrialResults) -> list[str]:
    """Before the planned number: the interval, and that it is too early."""
    first = trials_words.the(results.arms[0].mode)
    return [
        f"Écart entre {trials_words.the(one.mode)} et {first}{NBSP}: entre {gap(one.low)} et {gap(one.high)} pour 100."
        for one in answers(results)
    ]


def warnings(results: TrialResults) -> list[str]:
    """What keeps the figures from being the last word."""
    said = []
    if may_conclude(results) and results.is_too_early:
        said.append(
            f"{results.counted} personnes comptées sur {results.trial.planned} prévues{NBSP}: un regard a franchi son seuil avant."
        )
    if early := sum(one.seen.too_early for one in results.arms):
        said.append(
            f"{plural(early, 'personne ne compte', 'personnes ne comptent')} pas encore{NBSP}: les chiffres bougeront jusqu’à la "
            "fin de leur délai."
        )
    return said


def ended(results: TrialResults) -> str:
    """How it ended, for the line under the title."""
    reason = results.trial.end_reason
    return f"terminée {trials_words.ENDED[reason]}" if isinstance(reason, TrialEnd) else "en cours"


def gap(share: float | None) -> str:
    """+8 or −2, of 100."""
    rounded = round((share or 0) * 100)
    return f"{rounded:+d}".replace("-", "−") if rounded else "0"


def points(low: float | None, high: float | None) -> str:
    """−3 à +12"""
    return "–" if low is None or high is None else f"{gap(low)} à {gap(high)}"


def probability(p: float | None) -> str:
    """0,03; below a thousandth nobody needs more digits."""
    if p is None:
        return "–"
    if p < 0.001:
        return "< 0,001"
    return f"{p:.3f}".replace(".", ",") if p < 0.01 else decimal(p)


def tested(found: LogRank) -> str:
    """Test du log-rank : p = 0,03."""
    said = probability(found.p)
    return f"Test du log-rank{NBSP}: p{NBSP}{said if said.startswith('<') else f'={NBSP}{said}'}."


def rate(arm: ArmResult) -> str:
    if not arm.seen.proportion.total:
        return "pas de données"
    if not arm.seen.is_published:
        return "trop d’inconnues"
    return "petit effectif" if arm.seen.is_small else of_hundred(arm.seen.rate or 0)


def between(arm: ArmResult) -> str:
    found = arm.seen.interval
    return f"{of_hundred(found.low)} à {of_hundred(found.high)}" if found else "–"


def bounds(arm: ArmResult) -> str:
    """From the worst to the best, if those of unknown outcome had not come, or all had."""
    if not arm.seen.is_published or not arm.seen.unknown:
        return "–"
    return f"{of_hundred(arm.seen.worst or 0)} à {of_hundred(arm.seen.best or 0)}"


def extremes(results: TrialResults, versus: Versus) -> str:
    """The crude difference if all missing outcomes had gone against this arm, and all for it."""
    first = results.arms[0].seen
    mine = next(one.seen for one in results.arms if one.mode is versus.mode)
    if None in (mine.worst, mine.best, first.worst, first.best):
        return "–"
    return points((mine.worst or 0) - (first.best or 0), (mine.best or 0) - (first.worst or 0))


def name(mode: Mode) -> str:
    return label(mode)
