"""Who is not in a trial: taken out by an agent before the draw, or who does not want it. One click, no reason asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.errors import AlreadyDrawn, NotFound
from invitations.models import Assignment, FollowUp, Trial, TrialExit, TrialOptOut
from invitations.trials import covering


def take_out(
    session: Session,
    trial: Trial,
    follow_ups: Sequence[FollowUp],
    *,
    organisation_id: int,
    agent_id: int | None,
    now: datetime,
    why: TrialExit = TrialExit.AGENT,
) -> int:
    """Leave them out before lots are drawn: agents then act as they judge. How many; those who are out already stay so.

    Raises AlreadyDrawn when lots were drawn for one of them meanwhile.
    """
    hold_rows(session, select(FollowUp.id).where(FollowUp.id.in_([one.id for one in follow_ups])).order_by(FollowUp.id))
    if covering.drawn(session, trial, [one.id for one in follow_ups]):
        raise AlreadyDrawn
    return _keep(session, trial, follow_ups, organisation_id, agent_id, now, why)


def object_for(session: Session, assignment: Assignment, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """The person does not want to take part: what lots gave stands, and counts in no figure. Nothing else changes for them."""
    if assignment.follow_up is None:
        raise NotFound
    _keep(
        session,
        assignment.trial,
        [assignment.follow_up],
        organisation_id,
        agent_id,
        now,
        TrialExit.OBJECTED,
    )


def _keep(
    session: Session,
    trial: Trial,
    follow_ups: Sequence[FollowUp],
    organisation_id: int,
    agent_id: int | None,
    now: datetime,
    why: TrialExit,
) -> int:
    ids = [one.id for one in follow_ups]
    known = set(
        session.scalars(
            select(TrialOptOut.follow_up_id).where(TrialOptOut.trial_id == trial.id, TrialOptOut.follow_up_id.in_(ids))
        )
    )
    new = [one for one in follow_ups if one.id not in known]
    common = {"trial_id": trial.id, "organisation_id": organisation_id, "agent_id": agent_id}
    session.add_all([TrialOptOut(**common, follow_up_id=one.id, why=why, at=now) for one in new])
    session.flush()
    noted = [
        journal.event(
            "follow_up.left_trial", now=now, beneficiary_id=one.beneficiary_id, **common, follow_up_id=one.id, why=why
        )
        for one in new
    ]
    journal.note_all(session, noted)
    return len(new)
