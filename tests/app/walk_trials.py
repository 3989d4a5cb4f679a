"""An evaluation in each state, for walk_things.py: in a category of its own, so that nobody else is drawn."""

from __future__ import annotations

from typing import Any

from invitations.models import Assignment, TrialEnd
from invitations.trials import opening
from tests.app.trial_stage import conclusive, drafted, running
from tests.app.walk_sent import SECRET
from tests.factories import World


def of_trials(world: World) -> dict[str, object]:
    category = world.make_category(code="rsa_trial", name="RSA autre")
    settings = world.make_settings(category_id=category.id)
    ours: dict[str, Any] = {"name": SECRET, "category_id": category.id}
    over = running(world, **ours)
    conclusive(world, over)
    opening.stop(world.session, over, TrialEnd.COMPLETED, SECRET, agent=over.created_by_agent, now=world.now)
    begun, draft = running(world, **ours), drafted(world, **ours)
    drawn = world.make_follow_up(world.make_beneficiary(last_name=SECRET))
    world.add(
        Assignment(
            trial_id=begun.id,
            follow_up_id=drawn.id,
            organisation_id=world.organisation.id,
            stratum=f"{world.organisation.id}:unknown:yes",
            position=0,
            arm=begun.modes[0],
            assigned_at=world.now,
        )
    )
    world.session.delete(settings)  # pages that ask for a category go on having one
    world.session.flush()
    return {
        "trial": begun.id,
        "ended_trial": over.id,
        "draft_trial": draft.id,
        "drawn": drawn.id,
        "drawn_person": drawn.beneficiary_id,
    }
