"""What a trial finds: everybody drawn counts in the arm drawn, whatever happens to them or to their record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from invitations import forgetting, inviting, merging, undoing
from invitations.codes import Codes
from invitations.models import (
    Assignment,
    AuditEvent,
    Author,
    Beneficiary,
    FollowUp,
    Mode,
    Outcome,
    Participation,
    Trial,
    TrialExit,
    TrialLook,
)
from invitations.statistics import counting
from invitations.trials import allocating, exporting, looking, opting_out, results
from invitations.trials.results import ArmResult, TrialResults
from tests.factories import World
from tests.invitations.trial_worlds import BOTH, ON_SQLITE, SEALS, address, evenly

DAY = timedelta(days=1)


def draw(world: World, trial: Trial, people: int) -> list[FollowUp]:
    """Lots alone, nothing sent: what follows is about figures."""
    those = [world.make_follow_up() for _ in range(people)]
    allocating.assign(
        world.session, trial, those, organisation_id=world.organisation.id, agent_id=None, seals=SEALS, now=world.now
    )
    return those


def meet(world: World, follow_up: FollowUp, outcome: Outcome = Outcome.SEEN, *, after: int = 5) -> Participation:
    """An appointment so many days after the draw."""
    starts_at = world.now + after * DAY
    appointment = world.make_session(starts_at, world.type, agents=[world.make_agent()], seats=1)
    return world.add(
        Participation(
            uid=f"met-{follow_up.id}-{after}",
            appointment_id=appointment.id,
            beneficiary_id=follow_up.beneficiary_id,
            follow_up_id=follow_up.id,
            outcome=outcome,
            created_by=Author.BENEFICIARY,
            created_at=world.now,
        )
    )


def read(world: World, trial: Trial, *, days: int = 60) -> TrialResults:
    counting.count(world.session, now=world.now + days * DAY)
    world.session.expire_all()
    return results.read(world.session, trial, now=world.now + days * DAY)


def of(world: World, those: Sequence[FollowUp], mode: Mode) -> list[FollowUp]:
    drawn = set(world.session.scalars(select(Assignment.follow_up_id).where(Assignment.arm == mode)))
    return [one for one in those if one.id in drawn]


def arm(found: TrialResults, mode: Mode) -> ArmResult:
    return next(one for one in found.arms if one.mode is mode)


def test_people_count_in_the_arm_that_lots_gave_once_their_window_is_over(world: World) -> None:
    trial = evenly(world)
    those = draw(world, trial, 8)
    for one in of(world, those, Mode.PROPOSITION)[:3]:
        meet(world, one)
    meet(world, of(world, those, Mode.INVITATION)[0], Outcome.NOSHOW)
    early = read(world, trial, days=52)
    assert (early.counted, early.assigned, early.arms[0].seen.too_early) == (0, 8, 4)
    assert [one.difference for one in early.versus] == [None]
    found = read(world, trial, days=53)
    invited, proposed = arm(found, Mode.INVITATION), arm(found, Mode.PROPOSITION)
    assert (invited.seen.proportion.count, invited.seen.proportion.total) == (0, 4)
    assert (proposed.seen.proportion.count, proposed.seen.proportion.total, proposed.booked) == (3, 4, 3)
    assert (invited.no_show.proportion.count, invited.booked) == (1, 1)
    assert [(one.mode, one.difference) for one in found.versus] == [(Mode.PROPOSITION, 0.75)]
    assert found.is_too_early  # eight of some eight hundred
    assert (dict(proposed.times.seen), sum(invited.times.censored.values())) == ({5: 3}, 4)


@ON_SQLITE
def test_who_is_seen_too_late_or_whose_outcome_nobody_noted_is_not_seen(world: World) -> None:
    trial = evenly(world, horizon_days=30)
    those = of(world, draw(world, trial, 8), Mode.INVITATION)
    meet(world, those[0], after=31)
    meet(world, those[1], Outcome.UNKNOWN)
    meet(world, those[2], Outcome.UNKNOWN, after=3)
    meet(world, those[2], after=30)
    seen = arm(read(world, trial), Mode.INVITATION).seen
    assert (seen.proportion.count, seen.proportion.total, seen.unknown) == (1, 4, 1)


def test_a_later_act_in_another_mode_is_a_crossover_and_moves_nobody(world: World, codes: Codes) -> None:
    trial, those = evenly(world), [world.make_follow_up() for _ in range(4)]
    made = address(world, trial, *those)
    one = next(one for one in those if made.drawn[one.id] is Mode.PROPOSITION)
    inviting.invite(
        world.session, one, organisation_id=world.organisation.id, channels=BOTH, agent_id=world.agent.id,
        codes=codes, now=world.now + 3 * DAY,
    )  # fmt: skip
    found = read(world, trial)
    assert [arm.crossed for arm in found.arms] == [0, 1]
    assert [arm.assigned for arm in found.arms] == [2, 2]


@ON_SQLITE
def test_who_objects_counts_in_no_figure_and_is_counted_as_such(world: World) -> None:
    trial = evenly(world)
    those = draw(world, trial, 4)
    (mine,) = world.session.scalars(select(Assignment).where(Assignment.follow_up_id == those[0].id))
    opting_out.object_for(world.session, mine, organisation_id=world.organisation.id, agent_id=1, now=world.now)
    meet(world, those[0])
    found = read(world, trial)
    assert (found.assigned, found.counted, found.left) == (4, 3, {TrialExit.OBJECTED: 1})
    assert sum(one.seen.proportion.count for one in found.arms) == 0
    assert arm(found, mine.arm).objected == 1


@ON_SQLITE
def test_a_taken_back_batch_leaves_people_drawn_and_not_addressed(world: World) -> None:
    trial, those = evenly(world), [world.make_follow_up() for _ in range(4)]
    made = address(world, trial, *those)
    assert made.batch
    undoing.take_back(world.session, made.batch, agent_id=world.agent.id, now=world.now)
    found = read(world, trial)
    assert [(one.assigned, one.addressed) for one in found.arms] == [(2, 0), (2, 2)]
    assert found.counted == 4


def test_a_deleted_person_still_counts_and_is_nobody(world: World) -> None:
    trial = evenly(world)
    those = draw(world, trial, 4)
    seen = of(world, those, Mode.PROPOSITION)[0]
    meet(world, seen)
    world.now, then = world.now + 10 * DAY, world.now
    before = read(world, trial, days=50)
    person = seen.beneficiary_id
    forgetting.forget(world.session, [person], now=world.now)
    after = read(world, trial, days=50)
    assert world.session.get(Beneficiary, person) is None
    assert [(one.seen, one.times, one.booked) for one in after.arms] == [
        (one.seen, one.times, one.booked) for one in before.arms
    ]
    (kept,) = world.session.scalars(select(Assignment).where(Assignment.follow_up_id.is_(None)))
    assert kept.kept == {
        "addressed": False, "objected": False, "crossed": None, "left": None, "meetings": [[5, "seen", True]],
    }  # fmt: skip
    assert kept.assigned_at == then


@ON_SQLITE
def test_deleting_everybody_changes_no_figure_of_a_trial(world: World, codes: Codes) -> None:
    trial, those = evenly(world), [world.make_follow_up() for _ in range(6)]
    made = address(world, trial, *those)
    inviting.invite(
        world.session, next(one for one in those if made.drawn[one.id] is Mode.PROPOSITION),
        organisation_id=world.organisation.id, channels=BOTH, agent_id=world.agent.id, codes=codes,
        now=world.now + 2 * DAY,
    )  # fmt: skip
    meet(world, those[0], after=20)
    before = read(world, trial)
    forgetting.forget(world.session, [one.beneficiary_id for one in those], now=world.now + 60 * DAY)
    assert read(world, trial).arms == before.arms


def test_one_person_drawn_twice_counts_once_in_the_arm_drawn_first(world: World) -> None:
    trial = evenly(world)
    first, second, *_ = draw(world, trial, 4)
    meet(world, second)
    mine = world.session.scalars(select(Assignment.arm).where(Assignment.follow_up_id == first.id)).one()
    kept, gone = world.session.get_one(Beneficiary, second.beneficiary_id), first.beneficiary_id
    merging.merge(
        world.session, kept, world.session.get_one(Beneficiary, gone), [], organisation_id=world.organisation.id,
        agent_id=world.agent.id, now=world.now,
    )  # fmt: skip
    found = read(world, trial)
    assert (found.assigned, found.counted, sum(one.merged for one in found.arms)) == (4, 3, 1)
    assert arm(found, mine).seen.proportion.count == 1
    assert world.session.scalars(select(Assignment.follow_up_id).order_by(Assignment.id)).all()[:2] == [second.id, None]


@ON_SQLITE
def test_a_record_that_was_not_drawn_brings_its_past_to_the_one_that_was(world: World) -> None:
    trial = evenly(world)
    (one,) = draw(world, trial, 1)
    other = world.make_follow_up()
    meet(world, other)
    merging.merge(
        world.session, world.session.get_one(Beneficiary, other.beneficiary_id),
        world.session.get_one(Beneficiary, one.beneficiary_id), [], organisation_id=world.organisation.id,
        agent_id=world.agent.id, now=world.now,
    )  # fmt: skip
    found = read(world, trial)
    assert (found.assigned, sum(arm.seen.proportion.count for arm in found.arms)) == (1, 1)


def test_reading_a_trial_takes_as_many_queries_for_two_people_as_for_twenty(world: World) -> None:
    trial = evenly(world)
    draw(world, trial, 2)
    counts = []
    for _ in range(2):
        counting.count(world.session, now=world.now)
        asked: list[str] = []
        connection = world.session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given, kept=asked: kept.append(given[2]))
        results.read(world.session, trial, now=world.now)
        counts.append(len(asked))
        draw(world, trial, 18)
    assert counts[0] == counts[1] <= 8


def test_a_look_is_taken_once_at_the_planned_number(world: World) -> None:
    trial = evenly(world, expected_from=0.2, expected_to=0.9, looks=2)
    those = draw(world, trial, trial.planned)
    assert trial.planned < 40
    proposed = of(world, those, Mode.PROPOSITION)
    for one in proposed[1:]:
        meet(world, one)
    counting.count(world.session, now=world.now)
    assert looking.look(world.session, trial.id, now=world.now + 52 * DAY) == 0
    assert looking.look(world.session, trial.id, now=world.now + 53 * DAY) == 1
    assert looking.look(world.session, trial.id, now=world.now + 54 * DAY) == 0
    (taken,) = world.session.scalars(select(TrialLook))
    assert (taken.number, taken.versus, taken.crossed, taken.fraction) == (2, Mode.PROPOSITION, True, 1.0)
    assert taken.counted["proposition"] == {"counted": len(proposed), "seen": len(proposed) - 1, "unknown": 0}
    assert taken.difference == pytest.approx(1 - 1 / len(proposed))
    noted = world.session.scalars(select(AuditEvent).where(AuditEvent.action == "trial.looked_at")).all()
    assert [one.details for one in noted] == [{"trial_id": trial.id, "number": 2, "crossed": 1}]
    found = read(world, trial)
    assert found.has_crossed
    assert not found.is_too_early
    assert found.next_look is None


@ON_SQLITE
def test_looks_come_one_after_the_other_with_boundaries_that_come_down(world: World) -> None:
    trial = evenly(world, expected_from=0.2, expected_to=0.9, looks=3)
    for part in range(3):
        draw(world, trial, -(-trial.planned // 3))
        world.now += 60 * DAY
        counting.count(world.session, now=world.now)
        assert looking.look(world.session, trial.id, now=world.now) == 1, part
    taken = world.session.scalars(select(TrialLook).order_by(TrialLook.number)).all()
    assert [one.number for one in taken] == [1, 2, 3]
    assert taken[0].boundary > taken[1].boundary > taken[2].boundary > 1.9
    assert [one.statistic for one in taken] == [None, None, None]  # nobody was seen: nothing varies
    assert not any(one.crossed for one in taken)


@ON_SQLITE
def test_three_arms_are_each_compared_with_the_first(world: World) -> None:
    trial = evenly(world, arms=(Mode.CONVOCATION, Mode.INVITATION, Mode.PROPOSITION))
    those = draw(world, trial, 18)
    for one in of(world, those, Mode.INVITATION):
        meet(world, one)
    found = read(world, trial)
    assert [one.mode for one in found.arms] == list(trial.modes)
    assert [(one.mode, one.difference) for one in found.versus] == [(Mode.INVITATION, 1.0), (Mode.PROPOSITION, 0.0)]


@ON_SQLITE
def test_an_export_has_a_row_for_each_person_drawn_and_no_trace_of_who_it_is(world: World) -> None:
    trial = evenly(world)
    those = draw(world, trial, 8)
    meet(world, of(world, those, Mode.INVITATION)[0], Outcome.NOSHOW, after=2)
    meet(world, of(world, those, Mode.INVITATION)[0], after=12)
    read(world, trial)
    rows = list(exporting.rows(world.session, trial, now=world.now + 60 * DAY))
    again = list(exporting.rows(world.session, trial, now=world.now + 60 * DAY))
    assert Counter(one["arm"] for one in rows) == {"invitation": 4, "proposition": 4}
    assert not {one["person"] for one in rows} & {one["person"] for one in again}
    assert all(tuple(one) == exporting.COLUMNS for one in rows)
    (seen,) = [one for one in rows if one["seen_in_time"] == "yes"]
    assert (seen["outcomes"], seen["days_to_seen"], seen["week"]) == ("noshow seen", 12, "2026-W48")
    assert {one["stratum"] for one in rows} == {f"{world.organisation.id}:unknown:yes"}
    assert all(one["counted"] == "yes" for one in rows)


@ON_SQLITE
@pytest.mark.parametrize("days", [53, 200])
def test_an_export_redoes_the_figures(world: World, days: int) -> None:
    trial = evenly(world)
    those = draw(world, trial, 12)
    for place, one in enumerate(those[:7]):
        meet(world, one, Outcome.SEEN if place % 3 else Outcome.UNKNOWN, after=10 * place)
    found = read(world, trial, days=days)
    rows = list(exporting.rows(world.session, trial, now=world.now + days * DAY))
    for mine in found.arms:
        here = [one for one in rows if one["arm"] == mine.mode and one["counted"] == "yes"]
        assert len(here) == mine.seen.proportion.total
        assert sum(one["seen_in_time"] == "yes" for one in here) == mine.seen.proportion.count
        assert sum(one["seen_in_time"] == "unknown" for one in here) == mine.seen.unknown
        assert sum(one["booked"] == "yes" for one in here) == mine.booked


@ON_SQLITE
def test_a_trial_without_people_has_no_rate(world: World) -> None:
    found = read(world, evenly(world))
    assert [one.seen.rate for one in found.arms] == [None, None]
    assert [one.difference for one in found.versus] == [None]
