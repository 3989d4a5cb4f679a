"""A trial's rows leave the software: for whoever may export, once it has ended, and noted in the journal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from invitations import exports, journal
from invitations.errors import NotFound
from invitations.models import Trial, TrialState
from invitations.trials import exporting
from invitations.trials.exporting import Row


def hand_out(session: Session, trial: Trial, *, agent_id: int, now: datetime) -> list[Row]:
    """Everybody drawn, one row each, without names.

    Raises NotFound before the end (rows of a running trial would tell its result before it is time), NotAllowed without
    the right to export in every organisation that takes part.
    """
    if trial.state is not TrialState.ENDED:
        raise NotFound
    organisation_ids = [one.organisation_id for one in trial.parts]
    exports.check_may_export(session, agent_id, organisation_ids)
    rows = list(exporting.rows(session, trial, now=now))
    for organisation_id in organisation_ids:
        journal.note(
            session,
            "trial.exported",
            now=now,
            organisation_id=organisation_id,
            agent_id=agent_id,
            trial_id=trial.id,
            people=len(rows),
        )
    return rows
