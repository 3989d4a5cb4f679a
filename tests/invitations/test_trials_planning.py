"""What a trial would cost: people, months, and what would make it shorter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from invitations.models import Invitation, Mode
from invitations.statistics import counting
from invitations.trials import planning
from invitations.trials.planning import Shorter, Wish
from tests.factories import World

USUAL = Wish(arms=2, expected_from=0.6, expected_to=0.7, power=0.8, looks=1, horizon_days=45)


def test_the_example_of_the_handbook_needs_356_in_each_arm() -> None:
    found = planning.estimate(USUAL, 60)
    assert (found.per_arm, found.people) == (356, 712)
    assert found.months == 14  # 712 / 60 months, and 52 days until the last of them counts
    assert not found.is_too_long
    assert not found.shorter


def test_looks_and_a_third_arm_cost_people() -> None:
    assert planning.estimate(replace(USUAL, looks=3), 60).per_arm == 361
    assert planning.estimate(replace(USUAL, arms=3), 60).per_arm == 432


def test_where_nobody_is_addressed_no_duration_is_known() -> None:
    found = planning.estimate(USUAL, 0)
    assert found.months is None
    assert not found.is_too_long


def test_beyond_two_years_every_way_told_is_shorter_than_it() -> None:
    found = planning.estimate(replace(USUAL, arms=3, power=0.9), 20)
    assert found.is_too_long
    assert found.months
    assert {way.what for way in found.shorter} == set(Shorter)
    assert all(way.months < (found.months or 0) for way in found.shorter)
    assert next(way.expected_to for way in found.shorter if way.what is Shorter.LARGER_GAP) == 0.75


@pytest.mark.parametrize(
    ("today", "hoped", "larger"), [(0.6, 0.7, 0.75), (0.7, 0.6, 0.55), (0.6, 0.9, None), (0.1, 0.05, None)]
)
def test_a_larger_gap_goes_the_same_way_and_stays_a_share(today: float, hoped: float, larger: float | None) -> None:
    assert planning.larger_gap(replace(USUAL, expected_from=today, expected_to=hoped)) == larger


def test_the_flow_is_that_of_the_last_six_whole_months(world: World) -> None:
    today = world.now.date()
    here = [world.organisation.id]

    def address(count: int, on: date) -> None:
        for _ in range(count):
            follow_up = world.make_follow_up()
            at = world.now - timedelta(days=(today - on).days)
            world.add(
                Invitation(
                    uid=follow_up.uid,
                    follow_up_id=follow_up.id,
                    organisation_id=world.organisation.id,
                    mode=Mode.INVITATION,
                    created_at=at,
                )
            )
        counting.count(world.session, now=world.now)

    def flow() -> float:
        return planning.people_a_month(world.session, here, world.category.id, today=today)

    assert flow() == 0
    address(3, date(2026, 11, 10))
    assert flow() == 3  # nothing but the present month
    address(4, date(2026, 9, 15))
    assert flow() == 2  # September and October; November is not over
    address(6, date(2026, 5, 15))
    assert flow() == pytest.approx(10 / 6)
    address(9, date(2026, 4, 15))
    assert flow() == pytest.approx(10 / 6)  # too long ago
    assert planning.people_a_month(world.session, here, world.category.id + 1, today=today) == 0
