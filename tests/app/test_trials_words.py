"""What an evaluation says, from made-up findings: no sentence concludes where nothing may be concluded; where lines are drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from app.agents import trials_drawing, trials_pictures, trials_report, trials_result_words, trials_words
from app.agents.trials_drawing import Curve, Gap
from app.agents.trials_protocol import spaced
from app.labels import label
from invitations.models import Agent, Category, Department, Mode, Trial, TrialEnd, TrialExit, TrialLook, TrialState
from invitations.statistics.definitions import NoShow, Proportion, Seen
from invitations.statistics.intervals import Interval
from invitations.statistics.survival import Times
from invitations.trials.opening import TrialFault
from invitations.trials.planning import Shorter, Way
from invitations.trials.results import ArmResult, NextLook, TrialResults, Versus
from notifications.reports import Facts, Heading, Picture, Text

INVITATION, PROPOSITION, CONVOCATION = Mode
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def trial(*modes: Mode, **changes: Any) -> Trial:
    agent = Agent(first_name="Claire", last_name="Roche")
    values = {
        "name": "Relances d’automne",
        "arms": [one.value for one in modes],
        "horizon_days": 45,
        "expected_from": 0.6,
        "expected_to": 0.7,
        "alpha": 0.05,
        "power": 0.8,
        "looks": 3,
        "per_arm": 100,
        "fallback_days": 21,
        "state": TrialState.ENDED,
        "started_at": AT,
        "ended_at": AT,
        "end_reason": TrialEnd.COMPLETED,
        "category": Category(name="RSA orientation", code="rsa_orientation"),
        "department": Department(full_name="Département de la Drôme", accent="#0b5c6b", timezone="Europe/Paris"),
        "started_by_agent": agent,
        "ended_by_agent": agent,
        "protocol_hash": "ab" * 32,
        "seed_hash": "cd" * 32,
    }
    return Trial(**values | changes)


def arm(mode: Mode, seen: int, counted: int = 100, *, unknown: int = 0, too_early: int = 0) -> ArmResult:
    return ArmResult(
        mode=mode,
        assigned=counted + too_early,
        objected=0,
        merged=0,
        addressed=counted + too_early,
        seen=Seen(Proportion(seen, counted), unknown, too_early, 0),
        booked=seen,
        crossed=3,
        fell_back=7,
        no_show=NoShow(Proportion(4, seen + 4), 1, 1, 0),
        times=Times(seen={10: seen}, censored={45: counted - seen}),
    )


def versus(mode: Mode, value: float, low: float, high: float, **changes: Any) -> Versus:
    told = Versus(mode, value, low, high, value, low, high, 0.03, disagrees=False, so_far=Interval(low, high))
    return replace(told, **changes)


def look(mode: Mode, low: float, high: float, *, number: int = 1, crossed: bool = False) -> TrialLook:
    return TrialLook(
        trial_id=1, number=number, versus=mode, at=AT, fraction=number / 3, counted={}, statistic=2.0, boundary=3.71,
        difference=0.1, low=low, high=high, crossed=crossed,
    )  # fmt: skip


def found(
    *arms: ArmResult, gaps: tuple[Versus, ...] = (), looks: tuple[TrialLook, ...] = (), **of: Any
) -> TrialResults:
    return TrialResults(
        trial=trial(*(one.mode for one in arms), **of),
        arms=arms,
        versus=gaps,
        left={TrialExit.AGENT: 2, TrialExit.NOT_IN_EVERY_ARM: 1},
        looks=looks,
        next_look=None,
        per_month={},
        as_of=AT,
    )


def said(results: TrialResults) -> str:
    words = " ".join([trials_result_words.headline(results), trials_result_words.lead(results)])
    return " ".join([words, *trials_result_words.warnings(results)]).replace("\N{NO-BREAK SPACE}", " ")


def test_a_difference_is_told_in_absolute_numbers_then_its_interval() -> None:
    results = found(arm(INVITATION, 63), arm(PROPOSITION, 80), gaps=(versus(PROPOSITION, 0.17, 0.05, 0.29),))
    assert said(results) == (
        "80 personnes sur 100 vues par proposition, 63 par invitation L’écart entre la proposition et l’invitation est compris "
        "entre +5 et +29 personnes vues pour 100 : plus que le hasard. On voit plus de personnes par proposition."
    )


def test_the_other_way_round_it_is_the_first_that_is_better() -> None:
    results = found(arm(INVITATION, 80), arm(PROPOSITION, 63), gaps=(versus(PROPOSITION, -0.17, -0.29, -0.05),))
    assert (
        "entre −29 et −5 personnes vues pour 100 : plus que le hasard. On voit plus de personnes par invitation."
        in said(results)
    )


def test_an_interval_that_holds_zero_shows_no_difference() -> None:
    results = found(arm(INVITATION, 63), arm(PROPOSITION, 70), gaps=(versus(PROPOSITION, 0.07, -0.06, 0.2),))
    assert "entre −6 et +20 personnes vues pour 100 : le hasard suffit à l’expliquer." in said(results)
    assert "ne montre pas de différence" in said(results)


@pytest.mark.parametrize("why", [TrialEnd.HARM, TrialEnd.ABANDONED, TrialEnd.EARLY])
def test_stopped_before_its_number_it_concludes_nothing_whatever_the_interval(why: TrialEnd) -> None:
    gaps = (versus(PROPOSITION, 0.3, 0.1, 0.5),)
    results = found(arm(INVITATION, 20, 40), arm(PROPOSITION, 32, 40), gaps=gaps, end_reason=why)
    words = said(results)
    assert words.startswith("Pas de conclusion : arrêtée à 80 personnes comptées sur 200 prévues")
    assert "80 personnes sur 100 vues par proposition, 50 par invitation. L’écart" in words
    assert "entre +10 et +50 personnes vues pour 100 : trop tôt pour conclure." in words
    assert "plus que le hasard" not in words


def test_a_look_that_crossed_its_boundary_may_conclude_before_the_number() -> None:
    gaps, looks = (versus(PROPOSITION, 0.3, 0.1, 0.5),), (look(PROPOSITION, 0.04, 0.56, crossed=True),)
    results = found(
        arm(INVITATION, 20, 40), arm(PROPOSITION, 32, 40), gaps=gaps, looks=looks, end_reason=TrialEnd.EARLY
    )
    words = said(results)
    assert "entre +4 et +56 personnes vues pour 100 : plus que le hasard." in words
    assert "80 personnes comptées sur 200 prévues : un regard a franchi son seuil avant." in words


def test_after_looks_it_is_their_interval_and_their_boundary_that_decide() -> None:
    """The interval of one look alone would leave zero out too often."""
    gaps, looks = (versus(PROPOSITION, 0.13, 0.001, 0.26),), (look(PROPOSITION, -0.01, 0.27, number=3),)
    assert "entre −1 et +27 personnes vues pour 100 : le hasard suffit" in said(
        found(arm(INVITATION, 63), arm(PROPOSITION, 76), gaps=gaps, looks=looks)
    )


def test_between_the_planned_number_and_the_last_look_nothing_is_concluded() -> None:
    gaps = (versus(PROPOSITION, 0.13, 0.001, 0.26),)
    results = replace(found(arm(INVITATION, 63), arm(PROPOSITION, 76), gaps=gaps), next_look=NextLook(3, 200))
    assert said(results).startswith("Le nombre prévu est atteint : le dernier regard a lieu cette nuit")
    assert "trop tôt pour conclure" in said(results)


def test_more_than_five_percent_unknown_is_no_result() -> None:
    results = found(arm(INVITATION, 63, unknown=6), arm(PROPOSITION, 70), gaps=(versus(PROPOSITION, 0.07, 0.01, 0.2),))
    assert said(results).startswith("Pas de résultat : il manque 6 issues Au-delà de 5 %")
    assert "hasard" not in said(results)


def test_under_thirty_people_there_is_no_rate() -> None:
    results = found(arm(INVITATION, 10, 20), arm(PROPOSITION, 18, 20), gaps=(versus(PROPOSITION, 0.4, 0.1, 0.7),))
    assert said(results).startswith("Trop peu de monde pour un taux : 40 personnes comptées")
    assert trials_result_words.rate(results.arms[0]) == "petit effectif"


def test_nobody_counted_is_no_data_and_never_nought() -> None:
    none = found(arm(INVITATION, 0, 0), arm(PROPOSITION, 0, 0))
    assert said(none) == "Personne n’a été tiré au sort Il n’y a rien à compter."
    assert trials_result_words.rate(none.arms[0]) == "pas de données"
    assert trials_result_words.bounds(none.arms[0]) == "–"
    soon = found(arm(INVITATION, 0, 0, too_early=3), arm(PROPOSITION, 0, 0, too_early=1))
    assert "Chaque personne compte 45 jours après son tirage" in said(soon)
    assert "4 personnes ne comptent pas encore : les chiffres bougeront" in said(soon)


def test_what_is_missing_bounds_each_figure_and_each_difference() -> None:
    one = versus(PROPOSITION, 0.07, -0.05, 0.2)
    results = found(arm(INVITATION, 60, unknown=2), arm(PROPOSITION, 70, unknown=5), gaps=(one,))
    assert [trials_result_words.bounds(each) for each in results.arms] == ["60 à 62", "70 à 75"]
    assert trials_result_words.extremes(results, one) == "+8 à +15"


def test_three_arms_are_named_from_the_best_and_each_compared_with_the_first() -> None:
    gaps = (versus(PROPOSITION, 0.2, 0.03, 0.37), versus(CONVOCATION, 0.05, -0.1, 0.2))
    results = found(arm(INVITATION, 50), arm(PROPOSITION, 70), arm(CONVOCATION, 55), gaps=gaps)
    assert "70 personnes sur 100 vues par proposition, 55 par convocation et 50 par invitation" in said(results)
    assert "L’écart entre la convocation et l’invitation est compris entre −10 et +20" in said(results)
    assert trials_pictures.level(results).replace("\N{NO-BREAK SPACE}", " ") == "97,5 %"


def test_a_probability_has_the_digits_that_tell_something() -> None:
    words = [trials_result_words.probability(p) for p in (None, 0.0004, 0.0072, 0.0312, 1.0)]
    assert words == ["–", "< 0,001", "0,007", "0,03", "1,00"]


def test_every_fault_has_a_field_and_a_sentence_and_every_way_words() -> None:
    assert set(trials_words.REFUSALS) == set(TrialFault)
    assert set(trials_words.ENDED) == set(TrialEnd)
    assert all(trials_words.shorter(Way(what, 12, 0.8)) for what in Shorter)


def test_french_keeps_its_signs_beside_their_words() -> None:
    assert trials_words.spaced("« RSA » : 5 % ; oui ?") == "«\xa0RSA\xa0»\xa0: 5\xa0% ; oui\xa0?".replace(" ;", "\xa0;")
    assert spaced(Facts([("Écart :", "un : deux")])) == Facts([["Écart\xa0:", "un\xa0: deux"]])  # type: ignore[list-item]
    assert spaced(Picture("<svg : />", "a : b", "")).svg == "<svg : />"  # type: ignore[union-attr]
    assert spaced(Text("a ; b", kind="main")) == Text("a\xa0; b", kind="main")


def test_differences_stand_on_one_axis_with_zero_in_its_middle() -> None:
    drawn = trials_drawing.intervals([Gap("a", 0.08, 0.01, 0.15), Gap("b", -0.02, -0.09, 0.05)])
    assert drawn.zero == (trials_drawing.LEFT + trials_drawing.RIGHT) / 2
    assert [tick for _, tick in drawn.ticks] == [-15, -10, -5, 0, 5, 10, 15]
    first, second = drawn.rows
    assert drawn.zero < first.start < first.at < first.end <= trials_drawing.RIGHT
    assert trials_drawing.LEFT <= second.start < second.at < drawn.zero < second.end
    assert first.y < second.y < drawn.bottom
    wide = trials_drawing.intervals([Gap("a", 0.5, -0.98, 1.0)])
    assert [tick for _, tick in wide.ticks] == [-100, -75, -50, -25, 0, 25, 50, 75, 100]
    assert trials_drawing.intervals([Gap("a", 0, 0, 0)]).rows[0].at == drawn.zero


def test_curves_rise_by_steps_to_the_end_and_their_names_never_touch() -> None:
    drawn = trials_drawing.curves(
        [Curve(INVITATION, [(10, 0.5), (60, 0.9)]), Curve(PROPOSITION, [(5, 0.51)]), Curve(CONVOCATION, [])], until=45
    )
    assert [line.share for line in drawn.lines] == [0.5, 0.51, 0.0]
    assert drawn.lines[0].path.startswith("M52.0 284H171.6V149.0H590.0")
    assert [day for _, day in drawn.days] == [0, 15, 30, 45]
    heights = sorted(line.name_y for line in drawn.lines)
    assert all(b - a >= trials_drawing.NAME_HEIGHT for a, b in pairwise(heights))


def test_the_flow_holds_every_box_and_none_lies_on_another() -> None:
    results = found(arm(INVITATION, 63), arm(PROPOSITION, 70), arm(CONVOCATION, 71))
    drawn = trials_pictures.of_results(results).flow
    assert len(drawn.boxes) == 2 + 3 * 3
    for place, one in enumerate(drawn.boxes):
        assert one.x >= 0
        assert one.x + one.width <= drawn.width
        assert one.y + one.height <= drawn.height
        for other in drawn.boxes[place + 1 :]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y
    assert "303 personnes sollicitées pour la première fois" in drawn.words[0].replace("\N{NO-BREAK SPACE}", " ")


def test_the_risk_table_counts_people_not_seen_yet() -> None:
    results = found(arm(INVITATION, 60), arm(PROPOSITION, 80))
    assert trials_pictures.of_results(results).risk == [
        (0, [(100, "0"), (100, "0")]),
        (15, [(40, "60"), (20, "80")]),
        (30, [(40, "60"), (20, "80")]),
        (45, [(40, "60"), (20, "80")]),
    ]


def test_the_picture_shows_a_difference_and_an_interval_of_the_same_people() -> None:
    """More were counted since the look that crossed: their difference could lie beyond the end of its interval."""
    now, then = versus(PROPOSITION, 0.25, 0.12, 0.38), look(PROPOSITION, 0.02, 0.18, crossed=True)
    arms = arm(INVITATION, 60), arm(PROPOSITION, 85)
    assert trials_pictures.gaps_of(found(*arms, gaps=(now,), looks=(then,))) == [Gap("Proposition", 0.1, 0.02, 0.18)]
    assert trials_pictures.gaps_of(found(*arms, gaps=(now,))) == [Gap("Proposition", 0.25, 0.12, 0.38)]


def test_of_days_for_which_too_few_were_followed_nothing_is_told() -> None:
    """7 people drawn today: nobody is known of tomorrow, and a curve at 0 would say that nobody came."""
    soon = replace(arm(INVITATION, 0, 0, too_early=7), times=Times(censored={0: 7}))
    pictures = trials_pictures.of_results(found(soon, replace(soon, mode=PROPOSITION)))
    assert pictures.curves is None
    assert pictures.risk[:2] == [(0, [(7, "0"), (7, "0")]), (15, [(0, "–"), (0, "–")])]
    short = trials_drawing.curves([Curve(INVITATION, [(10, 0.5), (40, 0.9)], last=30)], until=45)
    assert short.lines[0].share == 0.5
    assert short.lines[0].end[0] < trials_drawing.FRAME_RIGHT


def test_the_limits_say_what_was_not_reached() -> None:
    short = found(arm(INVITATION, 20, 40), arm(PROPOSITION, 32, 40))
    heading, points = trials_report.limits(short)
    assert heading == Heading("Limites")
    assert "80 comptées sur 200 prévues : un écart plus petit a pu échapper." in points.lines  # type: ignore[union-attr]
    crossed = (
        "6\N{NO-BREAK SPACE}personnes sollicitées autrement ensuite et 14\N{NO-BREAK SPACE}mises sur la liste à appeler"
    )
    assert any(one.startswith(crossed) for one in points.lines)  # type: ignore[union-attr]
    assert "Toutes les issues sont notées." in points.lines  # type: ignore[union-attr]


def test_every_mode_has_an_article() -> None:
    assert [trials_words.the(one) for one in Mode] == ["l’invitation", "la proposition", "la convocation"]
    assert [trials_words.by(one) for one in Mode] == [f"par {label(one).lower()}" for one in Mode]
