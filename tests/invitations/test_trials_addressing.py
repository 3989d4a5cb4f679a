"""Addressing people while a trial runs: one transaction, the arm that lots gave, and nobody addressed before the draw."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from invitations import convening, inviting, undoing, waves
from invitations.codes import Codes
from invitations.errors import AlreadyDrawn, LotsAreDrawn, NoAddress, TrialOver
from invitations.models import (
    Appointment,
    Assignment,
    AuditEvent,
    EndReason,
    FollowUp,
    Invitation,
    InvitationBatch,
    Mode,
    Outcome,
    Participation,
    TrialEnd,
    TrialExit,
    TrialOptOut,
)
from invitations.trials import addressing, covering, opening, opting_out
from tests.factories import World
from tests.invitations.trial_worlds import BOTH, ON_SQLITE, address, admin_of, evenly, who


def invite(world: World, codes: Codes, follow_up: FollowUp) -> Invitation:
    return inviting.invite(
        world.session, follow_up, organisation_id=world.organisation.id, channels=BOTH, agent_id=world.agent.id,
        codes=codes, now=world.now,
    )  # fmt: skip


def modes(world: World) -> dict[int, Mode]:
    found = world.session.execute(select(Invitation.follow_up_id, Invitation.mode).order_by(Invitation.id))
    return {row[0]: row[1] for row in found}


def arms(world: World) -> dict[int | None, Mode]:
    found = world.session.execute(select(Assignment.follow_up_id, Assignment.arm).order_by(Assignment.id))
    return {row[0]: row[1] for row in found}


def outs(world: World) -> dict[int | None, TrialExit]:
    found = world.session.execute(select(TrialOptOut.follow_up_id, TrialOptOut.why).order_by(TrialOptOut.id))
    return {row[0]: row[1] for row in found}


def test_everybody_is_addressed_in_the_arm_that_lots_gave(world: World) -> None:
    trial = evenly(world, arms=(Mode.INVITATION, Mode.PROPOSITION, Mode.CONVOCATION))
    those = [world.make_follow_up() for _ in range(9)]
    made = address(world, trial, *those)
    assert modes(world) == arms(world) == made.drawn
    assert set(Counter(made.drawn.values())) == set(trial.modes)
    assert (len(made.invited) + len(made.dated), made.refused) == (9, [])
    assert made.batch
    assert {one.batch_id for one in made.invited} == {made.batch.id}
    drawn = world.session.scalar(select(func.count()).where(AuditEvent.action == "follow_up.drawn"))
    assert drawn == 9


def test_nobody_is_addressed_before_the_draw_by_whatever_writer(world: World, codes: Codes) -> None:
    trial, follow_up = evenly(world), world.make_follow_up()
    token = convening.choices_for(
        world.session, follow_up, organisation_id=world.organisation.id, now=world.now
    ).days()[0][1][0].token  # fmt: skip
    acts = (
        lambda: invite(world, codes, follow_up),
        lambda: convening.propose(
            world.session, follow_up, token, organisation_id=world.organisation.id, agent_id=world.agent.id,
            codes=codes, now=world.now,
        ),
        lambda: convening.convene(
            world.session, follow_up, token, organisation_id=world.organisation.id, agent_id=world.agent.id,
            codes=codes, now=world.now,
        ),
        lambda: undoing.send(
            world.session, [follow_up], organisation_id=world.organisation.id, category_id=world.category.id,
            channels=BOTH, agent_id=world.agent.id, may_wait=False, codes=codes, now=world.now,
        ),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(LotsAreDrawn) as refused, world.session.begin_nested():
            act()
        assert refused.value.details == {"trial": trial.id, "follow_ups": [follow_up.id]}
    assert world.session.scalars(select(Invitation.id)).all() == []
    assert world.session.scalars(select(Appointment.id)).all() == []


@ON_SQLITE
def test_one_click_takes_a_person_out_and_the_agent_acts_as_they_judge(world: World, codes: Codes) -> None:
    trial, follow_up = evenly(world), world.make_follow_up()
    taken = opting_out.take_out(
        world.session, trial, [follow_up], organisation_id=world.organisation.id, agent_id=world.agent.id, now=world.now
    )
    assert taken == 1
    assert invite(world, codes, follow_up).mode is Mode.INVITATION
    assert outs(world) == {follow_up.id: TrialExit.AGENT}
    assert arms(world) == {}


@ON_SQLITE
def test_after_the_draw_nobody_is_taken_out_and_agents_act_as_they_judge(world: World, codes: Codes) -> None:
    trial, follow_up = evenly(world), world.make_follow_up()
    while address(world, trial, follow_up).drawn[follow_up.id] is not Mode.PROPOSITION:
        follow_up = world.make_follow_up()
    with pytest.raises(AlreadyDrawn):
        opting_out.take_out(
            world.session, trial, [follow_up], organisation_id=world.organisation.id, agent_id=1, now=world.now
        )
    world.now += timedelta(days=2)
    assert invite(world, codes, follow_up).mode is Mode.INVITATION  # lots had said proposition: a crossover, counted
    assert arms(world)[follow_up.id] is Mode.PROPOSITION


@ON_SQLITE
def test_who_was_addressed_or_met_before_is_not_drawn(world: World, codes: Codes) -> None:
    before = world.make_follow_up()
    invite(world, codes, before)
    trial, new = evenly(world), world.make_follow_up()
    world.now += timedelta(days=2)
    made = address(world, trial, before, new)
    assert set(made.drawn) == {new.id}
    assert made.refused == []
    assert modes(world)[before.id] is Mode.INVITATION


@ON_SQLITE
def test_who_could_not_be_addressed_in_every_arm_is_invited_without_lots(world: World) -> None:
    """Only a session has places left: a place may be chosen there, a date is never held in one."""
    trial, follow_up = evenly(world), world.make_follow_up()
    world.type.is_collective = True
    world.make_session(world.now + timedelta(days=3), world.type)
    made = address(world, trial, follow_up)
    assert ([one.follow_up_id for one in made.invited], made.drawn) == ([follow_up.id], {})
    assert outs(world) == {follow_up.id: TrialExit.NOT_IN_EVERY_ARM}


@ON_SQLITE
def test_who_cannot_be_reached_is_refused_as_ever_and_stays_to_be_drawn(world: World) -> None:
    trial = evenly(world)
    unreachable = world.make_follow_up(world.make_beneficiary(phone=None, email=None))
    fine = world.make_follow_up()
    made = address(world, trial, unreachable, fine)
    assert [(one.id, type(why)) for one, why in made.refused] == [(unreachable.id, NoAddress)]
    assert set(made.drawn) == {fine.id}
    assert covering.undrawn(world.session, trial, [unreachable.id, fine.id]) == {unreachable.id}
    assert outs(world) == {}


def test_dates_are_short_some_are_drawn_and_the_others_wait_without_lots(world: World) -> None:
    world.opening.starts_on = (world.now + timedelta(days=2)).date()
    world.opening.rrule = None
    world.session.flush()
    trial, those = evenly(world), [world.make_follow_up() for _ in range(6)]
    made = address(world, trial, *those, may_wait=True)  # 9:00 to 12:00: four appointments of 45 minutes
    assert set(made.drawn) == {one.id for one in those[:4]}
    assert made.waiting == 2
    assert outs(world) == {one.id: TrialExit.NOT_IN_EVERY_ARM for one in those[4:]}
    assert modes(world) == made.drawn


def test_people_of_a_wave_that_began_before_the_trial_are_invited_as_promised(world: World, codes: Codes) -> None:
    batch = InvitationBatch(
        organisation_id=world.organisation.id, category_id=world.category.id, agent_id=world.agent.id,
        leaves_at=world.now, created_at=world.now,
    )  # fmt: skip
    world.add(batch)
    follow_up = world.make_follow_up()
    waves.queue(world.session, [follow_up], batch=batch, channels=BOTH, now=world.now)
    evenly(world)
    assert waves.go_on(world.session, world.organisation.id, codes=codes, now=world.now) == 1
    assert modes(world) == {follow_up.id: Mode.INVITATION}
    assert arms(world) == {}


def test_a_selection_taken_back_is_addressed_again_in_the_same_arm(world: World) -> None:
    trial, those = evenly(world), [world.make_follow_up() for _ in range(6)]
    made = address(world, trial, *those)
    assert made.batch
    taken = [one for one in those if made.drawn[one.id] is Mode.INVITATION]
    undoing.take_back(world.session, made.batch, agent_id=world.agent.id, now=world.now + timedelta(minutes=3))
    assert covering.undrawn(world.session, trial, [one.id for one in those]) == set()
    assert covering.unaddressed(world.session, [one.id for one in those]) == {one.id for one in taken}
    first, world.now = arms(world), world.now + timedelta(days=1)
    again = address(world, trial, *taken)
    assert (again.drawn, again.dated, arms(world)) == ({}, [], first)
    assert [one.follow_up_id for one in again.invited] == [one.id for one in taken]


@ON_SQLITE
def test_a_date_that_was_withdrawn_before_it_left_is_given_again_in_the_same_arm(world: World) -> None:
    trial, follow_up = evenly(world, arms=(Mode.PROPOSITION, Mode.CONVOCATION)), world.make_follow_up()
    (first,) = address(world, trial, follow_up).dated
    first.end_reason = EndReason.TAKEN_BACK
    first.ended_at = world.now
    assert first.held_appointment or first.mode is Mode.CONVOCATION
    for one in world.session.scalars(select(Participation)):
        one.outcome = Outcome.REVOKED
    world.now += timedelta(days=2)
    (again,) = address(world, trial, follow_up).dated
    assert again.mode is first.mode is arms(world)[follow_up.id]


@ON_SQLITE
def test_one_person_is_drawn_and_addressed_from_their_page(world: World) -> None:
    trial = evenly(world)
    for _ in range(6):
        follow_up = world.make_follow_up()
        made = addressing.address_one(world.session, trial, follow_up, channels=BOTH, by=who(world), now=world.now)
        assert made.mode is arms(world)[follow_up.id]
    assert set(arms(world).values()) == set(trial.modes)


@ON_SQLITE
def test_nobody_is_drawn_who_cannot_be_addressed(world: World) -> None:
    trial, follow_up = evenly(world), world.make_follow_up(world.make_beneficiary(phone=None, email=None))
    with pytest.raises(NoAddress), world.session.begin_nested():
        addressing.address_one(world.session, trial, follow_up, channels=BOTH, by=who(world), now=world.now)
    assert arms(world) == {}


@ON_SQLITE
def test_no_lots_are_drawn_once_the_trial_has_ended(world: World, codes: Codes) -> None:
    trial, follow_up = evenly(world), world.make_follow_up()
    opening.stop(world.session, trial, TrialEnd.COMPLETED, "", agent=admin_of(world), now=world.now)
    with pytest.raises(TrialOver), world.session.begin_nested():
        address(world, trial, follow_up)
    assert invite(world, codes, follow_up).mode is Mode.INVITATION


@ON_SQLITE
def test_another_category_or_organisation_is_left_alone(world: World, codes: Codes) -> None:
    other = world.make_organisation()
    world.make_settings(organisation_id=other.id)
    world.make_type(organisation_id=other.id)
    agent = world.make_agent(organisation=other)
    place = world.make_place(organisation_id=other.id)
    world.make_opening(organisation_id=other.id, agent_id=agent.id, place_id=place.id, types=[
        one for one in world.session.scalars(select(type(world.type))) if one.organisation_id == other.id
    ])  # fmt: skip
    evenly(world)
    follow_up = world.make_follow_up(world.make_beneficiary(organisation=other))
    made = inviting.invite(
        world.session, follow_up, organisation_id=other.id, channels=BOTH, agent_id=agent.id, codes=codes, now=world.now
    )
    assert made.mode is Mode.INVITATION
