"""Preparing a trial, starting it, ending it: what may be asked, and what nobody changes afterwards."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from invitations.errors import NotAllowed, NotFound, TrialRefused
from invitations.models import (
    Assignment,
    AuditEvent,
    Mode,
    Role,
    Trial,
    TrialEnd,
    TrialLook,
    TrialOrganisation,
    TrialState,
)
from invitations.sealing import Seals
from invitations.trials import covering, listing, opening, protocol
from invitations.trials.opening import TrialFault
from tests.conftest import SECRET
from tests.factories import World
from tests.invitations.trial_worlds import ARMS, ON_SQLITE, SEALS, address, admin_of, plan, running


@ON_SQLITE
def test_a_trial_knows_how_many_people_it_needs(world: World) -> None:
    trial = opening.draft(world.session, plan(world), agent=admin_of(world), now=world.now)
    assert (trial.per_arm, trial.planned, trial.state) == (356, 712, TrialState.DRAFT)  # evaluation.md


@ON_SQLITE
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "  "}, TrialFault.NAME),
        ({"name": "x" * 121}, TrialFault.NAME),
        ({"arms": (Mode.INVITATION,)}, TrialFault.ARMS),
        ({"arms": (Mode.INVITATION, Mode.INVITATION)}, TrialFault.ARMS),
        ({"organisation_ids": ()}, TrialFault.ORGANISATIONS),
        ({"horizon_days": 40}, TrialFault.HORIZON),
        ({"expected_to": 0.6}, TrialFault.HYPOTHESIS),
        ({"expected_to": 1.0}, TrialFault.HYPOTHESIS),
        ({"power": 0.5}, TrialFault.POWER),
        ({"looks": 6}, TrialFault.LOOKS),
    ],
)
def test_what_makes_no_sense_is_refused_and_said(world: World, changes: dict[str, Any], fault: TrialFault) -> None:
    with pytest.raises(TrialRefused) as refused:
        opening.draft(world.session, plan(world, **changes), agent=admin_of(world), now=world.now)
    assert refused.value.details["fault"] is fault


@ON_SQLITE
def test_every_organisation_handles_the_category_and_allows_every_arm(world: World) -> None:
    admin, other = admin_of(world), world.make_organisation()
    world.make_agent(role=Role.ADMIN, organisation=other)
    with pytest.raises(NotAllowed):  # not theirs
        opening.draft(
            world.session, plan(world, organisation_ids=(world.organisation.id, other.id)), agent=admin, now=world.now
        )
    world.settings.modes = ["invitation"]
    with pytest.raises(TrialRefused) as refused:
        opening.draft(world.session, plan(world), agent=admin, now=world.now)
    assert refused.value.details["fault"] is TrialFault.MODE_NOT_ALLOWED
    world.settings.closed_at = world.now
    with pytest.raises(TrialRefused) as refused:
        opening.draft(world.session, plan(world), agent=admin, now=world.now)
    assert refused.value.details["fault"] is TrialFault.NOT_HANDLED


@ON_SQLITE
def test_a_colleague_who_administers_nothing_opens_no_trial(world: World) -> None:
    with pytest.raises(NotAllowed):
        opening.draft(world.session, plan(world), agent=world.agent, now=world.now)


@ON_SQLITE
def test_a_draft_may_change_and_go(world: World) -> None:
    admin = admin_of(world)
    trial = opening.draft(world.session, plan(world), agent=admin, now=world.now)
    opening.change(
        world.session, trial, plan(world, arms=(Mode.CONVOCATION, Mode.INVITATION)), agent=admin, now=world.now
    )
    assert trial.modes == (Mode.CONVOCATION, Mode.INVITATION)
    opening.discard(world.session, trial, agent=admin, now=world.now)
    assert world.session.scalars(select(Trial.id)).all() == []


@ON_SQLITE
def test_the_protocol_is_frozen_with_its_hash_at_the_start(world: World) -> None:
    trial = running(world, looks=3)
    assert trial.protocol
    assert trial.protocol_hash == hashlib.sha256(trial.protocol.encode()).hexdigest()
    said = json.loads(trial.protocol)
    assert (said["arms"], said["horizon_days"], said["per_arm"]) == (["invitation", "proposition"], 45, trial.per_arm)
    assert [one["counted"] for one in said["looks"]] == [-(-trial.planned * number // 3) for number in (1, 2, 3)]
    assert said["looks"][0]["boundary"] > said["looks"][2]["boundary"] > 1.96
    assert said["allocation"]["seed_sha256"] == trial.seed_hash
    assert protocol.is_intact(trial)


@ON_SQLITE
def test_a_draft_shows_the_protocol_that_would_be_frozen(world: World) -> None:
    trial = opening.draft(world.session, plan(world), agent=admin_of(world), now=world.now)
    would_be = json.loads(protocol.text(trial))
    assert would_be["allocation"]["seed_sha256"] is None
    assert would_be["name"] == "Invitation ou proposition"
    assert not protocol.is_intact(trial)


@pytest.mark.parametrize(
    "change",
    ["arms = '[]'", "horizon_days = 30", "per_arm = 1", "protocol = '{}'", "seed_hash = 'x'", "state = 'draft'"],
)
def test_the_database_itself_refuses_to_change_what_runs(world: World, change: str) -> None:
    running(world)
    with pytest.raises(IntegrityError, match="frozen"), world.session.begin_nested():
        world.session.execute(text(f"UPDATE trials SET {change}"))


def test_nobody_joins_or_leaves_a_running_trial(world: World) -> None:
    trial, other = running(world), world.make_organisation()
    for statement in (
        delete(TrialOrganisation),
        update(TrialOrganisation).values(organisation_id=other.id),
        delete(Trial),
    ):
        with pytest.raises(IntegrityError, match="frozen"), world.session.begin_nested():
            world.session.execute(statement)
    newcomer = {
        "trial_id": trial.id,
        "organisation_id": other.id,
        "category_id": world.category.id,
        "is_running": False,
    }
    with pytest.raises(IntegrityError, match="frozen"), world.session.begin_nested():
        world.session.execute(insert(TrialOrganisation).values(newcomer))


def test_what_lots_gave_and_what_a_look_found_stay(world: World) -> None:
    trial = running(world)
    address(world, trial, world.make_follow_up())
    world.add(
        TrialLook(
            trial_id=trial.id, number=1, versus=Mode.PROPOSITION, at=world.now, fraction=0.3, counted={},
            statistic=1.0, boundary=3.4, difference=0.1, low=-0.1, high=0.3,
        )
    )  # fmt: skip
    for statement in (
        update(Assignment).values(arm=Mode.CONVOCATION),
        update(Assignment).values(position=7),
        delete(Assignment),
        update(TrialLook).values(crossed=True),
        delete(TrialLook),
    ):
        with pytest.raises(IntegrityError, match="frozen"), world.session.begin_nested():
            world.session.execute(statement)


def test_one_trial_at_a_time_in_an_organisation_and_category(world: World) -> None:
    first, admin = running(world), admin_of(world)
    second = opening.draft(world.session, plan(world), agent=admin, now=world.now)
    with pytest.raises(TrialRefused) as refused:
        opening.start(world.session, second, agent=admin, seals=SEALS, now=world.now)
    assert refused.value.details["fault"] is TrialFault.ALREADY_RUNNING
    opening.stop(world.session, first, TrialEnd.ABANDONED, "deux agents absents", agent=admin, now=world.now)
    opening.start(world.session, second, agent=admin, seals=SEALS, now=world.now)
    assert covering.covering(world.session, world.organisation.id, world.category.id) is second


@ON_SQLITE
def test_a_trial_starts_once(world: World) -> None:
    trial = running(world)
    with pytest.raises(TrialRefused) as refused:
        opening.start(world.session, trial, agent=admin_of(world), seals=SEALS, now=world.now)
    assert refused.value.details["fault"] is TrialFault.NOT_DRAFT


@ON_SQLITE
def test_stopping_is_a_named_act_with_a_reason(world: World) -> None:
    trial, admin = running(world), admin_of(world)
    with pytest.raises(TrialRefused) as refused:
        opening.stop(world.session, trial, TrialEnd.HARM, " ", agent=admin, now=world.now)
    assert refused.value.details["fault"] is TrialFault.NOTE
    with pytest.raises(NotAllowed):
        opening.stop(world.session, trial, TrialEnd.HARM, "des absences", agent=world.agent, now=world.now)
    opening.stop(world.session, trial, TrialEnd.HARM, "des absences", agent=admin, now=world.now + timedelta(days=1))
    assert (trial.state, trial.end_reason, trial.ended_by_agent_id) == (TrialState.ENDED, TrialEnd.HARM, admin.id)
    assert covering.covering(world.session, world.organisation.id, world.category.id) is None
    noted = world.session.scalars(select(AuditEvent).where(AuditEvent.action.like("trial.%")).order_by(AuditEvent.id))
    assert [one.action for one in noted] == ["trial.drafted", "trial.started", "trial.stopped"]


@ON_SQLITE
def test_the_seed_is_revealed_after_the_end_and_only_then(world: World) -> None:
    trial, admin = running(world), admin_of(world)
    assert opening.revealed_seed(trial, seals=SEALS) is None
    opening.stop(world.session, trial, TrialEnd.COMPLETED, "", agent=admin, now=world.now)
    seed = opening.revealed_seed(trial, seals=Seals("another key in force now, as long", [SECRET]))
    assert seed
    assert hashlib.sha256(bytes.fromhex(seed)).hexdigest() == trial.seed_hash


@ON_SQLITE
def test_a_trial_is_seen_by_the_organisations_that_take_part(world: World) -> None:
    trial, other = running(world), world.make_organisation()
    assert listing.trials_of(world.session, world.organisation.id) == [trial]
    assert listing.trials_of(world.session, other.id) == []
    assert listing.trial_seen_by(world.session, trial.id, [world.organisation.id]) is trial
    with pytest.raises(NotFound):
        listing.trial_seen_by(world.session, trial.id, [other.id])
    assert trial.modes == ARMS
