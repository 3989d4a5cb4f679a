"""An evaluation's drawings, from what it found: the differences, the curves, the flow of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import get_template_attribute

from app.agents import trials_drawing, trials_protocol, trials_result_words, trials_words
from app.agents.results_curves import last_known
from app.agents.trials_drawing import Curves, Flow, Gap, Intervals
from app.agents.trials_protocol import of_hundred
from app.agents.trials_words import NBSP
from app.filters import plural
from app.labels import label
from invitations.models import TrialExit
from invitations.statistics.survival import LogRank, kaplan_meier, log_rank
from invitations.trials.results import ArmResult, TrialResults

DRAWINGS = "agents/trials/drawings.html"
# The days of the table under the curves.
DAYS = (0, 15, 30, 45, 60)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Each drawing's geometry; None where there is nothing to draw. `risk`: by day, people not seen yet and share seen."""

    intervals: Intervals | None
    curves: Curves | None
    risk: list[tuple[int, list[tuple[int, str]]]]
    log_rank: LogRank | None
    flow: Flow


def of_results(results: TrialResults) -> Pictures:
    kept = {one.mode: kaplan_meier(one.times) for one in results.arms}
    days = [one for one in DAYS if one < results.trial.horizon_days] + [results.trial.horizon_days]
    last = {mode: last_known(curve) for mode, curve in kept.items()}
    drawn = [
        trials_drawing.Curve(mode, [(step.day, 1 - step.survival) for step in curve.steps], last[mode])
        for mode, curve in kept.items()
        if curve.people and last[mode]
    ]
    return Pictures(
        intervals=trials_drawing.intervals(gaps) if (gaps := gaps_of(results)) else None,
        curves=trials_drawing.curves(drawn, until=results.trial.horizon_days) if len(drawn) > 1 else None,
        risk=[
            (
                day,
                [
                    (curve.at_risk(day), share(curve.survival(day) if day <= last[mode] else None))
                    for mode, curve in kept.items()
                ],
            )
            for day in days
        ],
        log_rank=log_rank(list(kept.values())),
        flow=trials_drawing.flow(
            [plural(entered(results), "personne sollicitée pour", "personnes sollicitées pour"), "la première fois"],
            excluded(results),
            [(one.mode, steps(one)) for one in results.arms],
        ),
    )


def gaps_of(results: TrialResults) -> list[Gap]:
    """What the picture shows: the stratified difference, with the interval that the sentence speaks of."""
    return [
        Gap(label(one.mode), one.difference, one.low, one.high)
        for one in trials_result_words.answers(results)
        if one.difference is not None
    ]


def share(survival: float | None) -> str:
    return "–" if survival is None else of_hundred(1 - survival)


def entered(results: TrialResults) -> int:
    return results.assigned + sum(results.left.get(one, 0) for one in (TrialExit.AGENT, TrialExit.NOT_IN_EVERY_ARM))


def excluded(results: TrialResults) -> list[str]:
    """Before the draw."""
    by_agent = results.left.get(TrialExit.AGENT, 0)
    otherwise = results.left.get(TrialExit.NOT_IN_EVERY_ARM, 0)
    return [
        f"{by_agent + otherwise} hors tirage",
        f"par un agent{NBSP}: {by_agent}",
        f"façons impossibles{NBSP}: {otherwise}",
    ]


def out_of_it(results: TrialResults) -> str:
    """12 par un agent, 3 pour qui toutes les façons n’étaient pas possibles"""
    by_agent = results.left.get(TrialExit.AGENT, 0)
    otherwise = results.left.get(TrialExit.NOT_IN_EVERY_ARM, 0)
    return (
        f"{plural(by_agent, 'personne sortie', 'personnes sorties')} par un agent, {plural(otherwise, 'personne', 'personnes')} "
        "pour qui une des façons n’était pas possible"
    )


def steps(arm: ArmResult) -> list[Sequence[str]]:
    """From the draw to the figure, as CONSORT follows people."""
    seen = arm.seen
    drawn = [f"{label(arm.mode)}{NBSP}: {arm.assigned}", f"sollicitées{NBSP}: {arm.addressed}"]
    if arm.objected or arm.merged:
        drawn.append(f"refus ou doublons{NBSP}: {arm.objected + arm.merged}")
    return [
        drawn,
        [f"Comptées{NBSP}: {seen.proportion.total}", f"pas encore{NBSP}: {seen.too_early}"],
        [
            f"Vues{NBSP}: {seen.proportion.count}",
            f"issue inconnue{NBSP}: {seen.unknown}",
            f"sollicitées autrement{NBSP}: {arm.crossed}",
        ],
    ]


def drawn_intervals(results: TrialResults, drawing: Intervals) -> str:
    return str(get_template_attribute(DRAWINGS, "intervals")("ecart", drawing, gap_title(results), level(results)))


def drawn_curves(drawing: Curves) -> str:
    return str(get_template_attribute(DRAWINGS, "curves")("courbes", drawing, CURVES))


def drawn_flow(drawing: Flow) -> str:
    return str(get_template_attribute(DRAWINGS, "flow")("flux", drawing, FLOW))


CURVES = "Personnes vues selon le nombre de jours depuis le tirage, pour 100"
FLOW = "Du tirage au résultat, combien de personnes"


def gap_title(results: TrialResults) -> str:
    return f"Écarts avec {trials_words.the(results.arms[0].mode)}, en personnes vues pour 100"


def level(results: TrialResults) -> str:
    """95 %, and 97,5 % where each of two comparisons has half of the error."""
    return trials_protocol.percent(1 - results.trial.alpha / len(results.versus)) if results.versus else ""
