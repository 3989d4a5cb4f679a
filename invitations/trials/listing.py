"""Trials as pages ask for them: always those of the agent's own organisations."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from invitations.errors import NotFound
from invitations.models import Assignment, Trial, TrialOrganisation


def trials_of(session: Session, organisation_id: int) -> Sequence[Trial]:
    """Those that the organisation takes part in, the latest first. Two queries."""
    mine = select(TrialOrganisation.trial_id).where(TrialOrganisation.organisation_id == organisation_id)
    return session.scalars(
        select(Trial)
        .where(Trial.id.in_(mine))
        .options(selectinload(Trial.parts).joinedload(TrialOrganisation.organisation), selectinload(Trial.category))
        .order_by(Trial.id.desc())
    ).all()


def trial_seen_by(session: Session, trial_id: int, organisation_ids: Collection[int]) -> Trial:
    """A trial that one of these organisations takes part in. Raises NotFound."""
    trial = session.get(Trial, trial_id)
    if trial is None or not {one.organisation_id for one in trial.parts} & set(organisation_ids):
        raise NotFound
    return trial


def assigned_to(session: Session, trial_ids: Collection[int]) -> dict[int, int]:
    """By trial, for how many people lots were drawn, whoever left it since."""
    counted = select(Assignment.trial_id, func.count()).where(Assignment.trial_id.in_(trial_ids))
    return {row[0]: row[1] for row in session.execute(counted.group_by(Assignment.trial_id))}
