"""The same fallback for every arm: three weeks after the draw, whoever has not been seen is on the list to call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from invitations import escalation_calls
from invitations.escalation_calls import CallWhy
from invitations.models import Assignment, FollowUp, Mode, Outcome, Participation
from invitations.trials import allocating, falling_back, opting_out
from tests.factories import World
from tests.invitations.test_trials_results import meet
from tests.invitations.trial_worlds import ON_SQLITE, SEALS, evenly

DAY = timedelta(days=1)


def drawn(world: World, people: int = 4, **changes: object) -> list[FollowUp]:
    trial = evenly(world, **changes)
    those = [world.make_follow_up() for _ in range(people)]
    allocating.assign(
        world.session, trial, those, organisation_id=world.organisation.id, agent_id=None, seals=SEALS, now=world.now
    )
    return those


def fall_back(world: World, *, days: int = 21) -> set[int | None]:
    falling_back.fall_back(
        world.session, falling_back.due(world.session, now=world.now + days * DAY), now=world.now + days * DAY
    )
    marked = select(Assignment.follow_up_id).where(Assignment.fell_back_at.is_not(None))
    return set(world.session.scalars(marked))


def to_call(world: World, *, days: int = 21) -> list[tuple[int, CallWhy]]:
    found = escalation_calls.read(world.session, world.organisation, now=world.now + days * DAY).now
    return [(one.follow_up_id, one.why) for one in found]


def test_who_has_not_been_seen_after_three_weeks_is_called_whatever_the_arm(world: World) -> None:
    those = drawn(world)
    assert fall_back(world, days=20) == set()
    assert fall_back(world) == {one.id for one in those}
    assert sorted(to_call(world)) == [(one.id, CallWhy.UNSEEN) for one in those]
    arms = set(world.session.scalars(select(Assignment.arm).where(Assignment.fell_back_at.is_not(None))))
    assert arms == {Mode.INVITATION, Mode.PROPOSITION}


@ON_SQLITE
@pytest.mark.parametrize(
    ("outcome", "after", "is_called"),
    [
        (Outcome.SEEN, 5, False),
        (Outcome.UNKNOWN, 5, False),  # perhaps seen: the team notes it first
        (Outcome.UNKNOWN, 30, False),  # still to come
        (Outcome.NOSHOW, 5, True),
        (Outcome.EXCUSED, 5, True),
    ],
)
def test_who_was_seen_or_has_something_to_come_is_left_alone(
    world: World, outcome: Outcome, after: int, is_called: bool
) -> None:
    (one,) = drawn(world, 1)
    meet(world, one, outcome, after=after)
    assert fall_back(world) == ({one.id} if is_called else set())


def test_an_appointment_taken_since_ends_the_call(world: World) -> None:
    one, other = drawn(world, 2)
    fall_back(world)
    meet(world, one, Outcome.UNKNOWN, after=40)
    assert to_call(world) == [(other.id, CallWhy.UNSEEN)]
    world.session.execute(Participation.__table__.update().values(outcome=Outcome.SEEN))
    assert to_call(world, days=41) == [(other.id, CallWhy.UNSEEN)]


@ON_SQLITE
def test_nobody_is_called_for_a_trial_once_their_window_is_over(world: World) -> None:
    drawn(world, horizon_days=30)
    fall_back(world)
    assert len(to_call(world, days=29)) == 4
    assert to_call(world, days=30) == []


@ON_SQLITE
def test_a_closed_follow_up_is_left_alone_and_marking_twice_changes_nothing(world: World) -> None:
    one, other = drawn(world, 2)
    one.closed_at = world.now
    world.session.flush()
    assert fall_back(world) == {other.id}
    first = world.session.scalars(select(Assignment.fell_back_at).where(Assignment.follow_up_id == other.id)).one()
    fall_back(world, days=25)
    world.session.expire_all()
    assert (
        world.session.scalars(select(Assignment.fell_back_at).where(Assignment.follow_up_id == other.id)).one() == first
    )


@ON_SQLITE
def test_who_is_unreachable_stays_on_the_list_for_that_reason(world: World) -> None:
    (one,) = drawn(world, 1)
    one.beneficiary.phone = one.beneficiary.email = None
    world.session.flush()
    fall_back(world)
    assert to_call(world) == [(one.id, CallWhy.NO_WAY)]


@ON_SQLITE
def test_who_does_not_take_part_is_helped_all_the_same(world: World) -> None:
    (one,) = drawn(world, 1)
    (mine,) = world.session.scalars(select(Assignment))
    opting_out.object_for(world.session, mine, organisation_id=world.organisation.id, agent_id=1, now=world.now)
    assert fall_back(world) == {one.id}
