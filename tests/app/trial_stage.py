"""Evaluations in each state, for the tests of their pages: people of a trial are put in as what is kept of the deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from invitations.models import Agent, Assignment, Mode, Outcome, Role, Trial, TrialEnd
from invitations.trials import opening
from invitations.trials.opening import Plan
from tests.factories import World
from tests.invitations.trial_worlds import SEALS

BOTH = (Mode.INVITATION, Mode.PROPOSITION)
ALL = (*BOTH, Mode.CONVOCATION)


def plan(world: World, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "name": "Relances d’automne",
        "category_id": world.category.id,
        "organisation_ids": (world.organisation.id,),
        "arms": BOTH,
        "expected_from": 0.5,
        "expected_to": 0.8,
        "looks": 1,
    }
    return Plan(**values | changes)


def admin_of(world: World) -> Agent:
    return world.make_agent(role=Role.ADMIN)


def drafted(world: World, **changes: Any) -> Trial:
    return opening.draft(world.session, plan(world, **changes), agent=admin_of(world), now=world.now)


def running(world: World, *, days: int = 100, **changes: Any) -> Trial:
    """Begun so many days ago."""
    trial, at = drafted(world, **changes), world.now - timedelta(days=days)
    opening.start(world.session, trial, agent=trial.created_by_agent, seals=SEALS, now=at)
    return trial


def ended(world: World, trial: Trial, why: TrialEnd = TrialEnd.COMPLETED, note: str = "") -> Trial:
    opening.stop(world.session, trial, why, note, agent=trial.created_by_agent, now=world.now - timedelta(days=1))
    return trial


def people(
    world: World, trial: Trial, mode: Mode, outcomes: Sequence[Outcome | None], *, at: datetime | None = None
) -> None:
    """One person of this arm for each outcome of their one appointment, ten days after the draw; None: they have none."""
    drawn_at = at or world.now - timedelta(days=90)
    rows = [
        {
            "trial_id": trial.id,
            "organisation_id": world.organisation.id,
            "stratum": f"{world.organisation.id}:new:yes",
            "position": trial.modes.index(mode) * 1000 + position,
            "arm": mode,
            "assigned_at": drawn_at,
            "kept": {"addressed": True, "meetings": [[10, outcome.value, True]] if outcome else []},
        }
        for position, outcome in enumerate(outcomes)
    ]
    world.session.execute(insert(Assignment), rows)


def some(seen: int, others: int, *, unknown: int = 0) -> list[Outcome | None]:
    return [Outcome.SEEN] * seen + [None] * others + [Outcome.UNKNOWN] * unknown


def conclusive(world: World, trial: Trial) -> None:
    """40 in each arm: 20 seen when invited, 34 when a date was proposed."""
    people(world, trial, Mode.INVITATION, some(20, 20))
    people(world, trial, Mode.PROPOSITION, some(34, 6))
