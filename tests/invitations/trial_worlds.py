"""A running trial in the little world, and its people: what the trial tests share."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import Any

import pytest

from invitations.codes import Codes
from invitations.models import Agent, Channel, FollowUp, Mode, Role, Trial
from invitations.sealing import Seals
from invitations.trials import addressing, opening
from invitations.trials.addressing import Addressed, Who
from invitations.trials.blocks import block
from invitations.trials.opening import Plan
from tests.conftest import SECRET
from tests.factories import World

SEALS = Seals(SECRET)
BOTH = (Channel.SMS, Channel.EMAIL)
# For what says nothing new on the other engine.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ARMS = (Mode.INVITATION, Mode.PROPOSITION)


def plan(world: World, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "name": "Invitation ou proposition",
        "category_id": world.category.id,
        "organisation_ids": (world.organisation.id,),
        "arms": ARMS,
        "looks": 1,
    }
    return Plan(**values | changes)


def admin_of(world: World) -> Agent:
    return world.make_agent(role=Role.ADMIN)


def running(world: World, **changes: Any) -> Trial:
    admin = admin_of(world)
    trial = opening.draft(world.session, plan(world, **changes), agent=admin, now=world.now)
    opening.start(world.session, trial, agent=admin, seals=SEALS, now=world.now)
    return trial


def evenly(world: World, **changes: Any) -> Trial:
    """A running trial whose first blocks hold each arm twice, where nobody's right opened on a day that is known."""
    trial = running(world, **changes)
    stratum, size = f"{world.organisation.id}:unknown:yes", 2 * len(trial.arms)
    seed = next(
        one
        for one in (hashlib.sha256(b"%d" % number).digest() for number in count())
        if {len(block(one, stratum, place, trial.modes)) for place in range(4)} == {size}
    )
    trial.seed_sealed = SEALS.seal(seed.hex(), purpose=opening.PURPOSE)
    world.session.flush()
    return trial


def who(world: World) -> Who:
    return Who(world.organisation.id, world.agent.id, Codes(SECRET), SEALS)


def address(world: World, trial: Trial, *those: FollowUp, may_wait: bool = False) -> Addressed:
    return addressing.address(
        world.session, trial, those, channels=BOTH, by=who(world), may_wait=may_wait, now=world.now
    )
