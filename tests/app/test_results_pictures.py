"""The pictures of the page of results: read aloud, told apart without colour, drawn where they should be."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from app.agents import results_curves
from app.agents.charts import curves, flow, months
from app.agents.charts.curves import Rise, Step
from app.agents.charts.months import Month
from app.agents.charts.scale import Scale, apart
from invitations.database import Database
from invitations.models import Mode, Outcome
from invitations.statistics.intervals import wilson
from invitations.statistics.survival import Times, kaplan_meier
from tests.app.reading_results import Opened, drawings, opening, told_by
from tests.conftest import Clock
from tests.factories import World
from tests.stories import crowd

SEEN = Outcome.SEEN


@pytest.fixture
def opened(flask_app: Flask, database: Database, clock: Clock) -> Opened:
    return opening(flask_app, database, clock)


def test_every_picture_can_be_read_aloud(opened: Opened) -> None:
    def told(world: World) -> None:
        crowd(world, 40, Mode.INVITATION, *[SEEN] * 30, *[Outcome.NOSHOW] * 5)
        crowd(world, 40, Mode.INVITATION, *[SEEN] * 3, day=60)  # too early to count, not for the curve

    found = drawings(opened(told))
    assert list(found) == ["vues", "parcours", "courbes", "mois"]
    assert "Invitation : 75, entre 60 et 86. Proposition : personne encore." in told_by(found["vues"])
    assert "Comptées : 40. Jointes : 35. Ont répondu : 35." in told_by(found["parcours"])
    assert "Invitation : 41 pour 100 au bout de 45 jours" in told_by(found["courbes"])
    assert "septembre 2026 : 75, entre 60 et 86. octobre 2026 : pas de taux, mois en cours" in told_by(found["mois"])


def test_words_at_the_ends_of_lines_stand_apart_and_in_order() -> None:
    assert apart([100.0, 102.0, 50.0], room=20, lowest=200) == [100.0, 120.0, 50.0]
    assert apart([195.0, 196.0, 197.0], room=20, lowest=200) == [160.0, 180.0, 200.0]


def test_a_curve_is_level_between_two_days_and_ends_with_the_last_one() -> None:
    across, up = Scale(0, 90, 0, 90), Scale(0, 1, 100, 0)
    assert (
        curves.stairs([(0, 0.0), (10, 0.25), (20, 0.5), (120, 0.9)], across, up)
        == "M0.0 100.0H10.0V75.0H20.0V50.0H90.0"
    )


def test_a_band_goes_along_the_upper_end_and_back_along_the_lower_one() -> None:
    across, up = Scale(0, 90, 0, 90), Scale(0, 1, 100, 0)
    steps = [Step(10, 0.3, 0.2, 0.4), Step(20, 0.5, 0.4, 0.6)]
    assert curves.between(steps, across, up) == "M10.0 60.0H20.0V40.0H90.0V60.0H20.0V80.0H10.0Z"


def test_a_curve_of_nobody_seen_is_a_line_at_the_bottom() -> None:
    (line,) = curves.draw([Rise(Mode.INVITATION, [], [30] * 7)], horizon=45).lines
    assert (line.path, line.band, line.share) == (f"M{curves.LEFT} {curves.BOTTOM}H{curves.RIGHT}", "", 0.0)


def test_a_curve_ends_before_it_hangs_on_a_few_people() -> None:
    """40 people: 15 seen on day 9; 20 lost sight of after day 12, so that 5 are left."""
    few = kaplan_meier(Times(seen={9: 15, 20: 5}, censored={12: 20}))
    assert results_curves.last_known(few) == 12
    assert [step.day for step in results_curves.known(few).steps] == [9]
    (line,) = curves.draw([Rise(Mode.INVITATION, [Step(9, 0.4, 0.3, 0.5)], [40] * 7, until=12)], horizon=45).lines
    assert line.path.endswith(f"H{line.end}")
    assert line.end < curves.RIGHT


def test_a_curve_of_people_followed_to_the_end_goes_to_the_end() -> None:
    assert results_curves.last_known(kaplan_meier(Times(seen={9: 39, 20: 1}))) == curves.LAST_DAY


def test_bars_are_as_long_as_their_numbers_and_say_what_is_lost() -> None:
    bars = flow.draw([40, 30, 35, 10]).bars
    assert [bar.length / flow.LONGEST for bar in bars] == [1, 0.75, 0.875, 0.25]
    assert [bar.lost for bar in bars] == [None, 10, -5, 25]
    assert flow.draw([0, 0]).bars == []


def test_the_line_through_the_months_stops_where_one_has_no_rate() -> None:
    whole, few = wilson(20, 40), wilson(2, 4)
    told = [
        Month(date(2026, 1, 1), 0.5, whole, is_small=False, is_over=True),
        Month(date(2026, 2, 1), 0.5, whole, is_small=False, is_over=True),
        Month(date(2026, 3, 1), 0.5, few, is_small=True, is_over=True),
        Month(date(2026, 4, 1), None, None, is_small=False, is_over=True),
        Month(date(2026, 5, 1), 0.5, whole, is_small=False, is_over=True),
        Month(date(2026, 6, 1), 0.5, whole, is_small=False, is_over=False),
    ]
    picture = months.draw(told[::-1])
    assert [point.month.first.month for point in picture.points] == [1, 2, 3, 4, 5, 6]
    assert (picture.line.count("M"), picture.line.count("L")) == (2, 1)
    assert picture.points[3].y is None


def test_of_a_long_past_two_years_are_drawn_and_every_third_month_is_named() -> None:
    first = [date(2020 + number // 12, number % 12 + 1, 1) for number in range(40)]
    picture = months.draw([Month(one, 0.5, wilson(20, 40), is_small=False, is_over=True) for one in first])
    assert [point.month.first for point in picture.points] == first[-24:]
    assert picture.points[-1].is_named
    assert sum(point.is_named for point in picture.points) == 8
