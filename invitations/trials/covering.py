"""Whom a running trial is about, and the guard: nobody whom lots are drawn for is addressed before the draw."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from invitations.errors import LotsAreDrawn
from invitations.models import (
    Assignment,
    EndReason,
    FollowUp,
    Invitation,
    Participation,
    Trial,
    TrialOptOut,
    TrialOrganisation,
    WavePerson,
)


def covering(session: Session, organisation_id: int, category_id: int) -> Trial | None:
    """The trial that draws lots in this organisation and category now."""
    return session.scalar(
        select(Trial)
        .join(TrialOrganisation)
        .where(
            TrialOrganisation.organisation_id == organisation_id,
            TrialOrganisation.category_id == category_id,
            TrialOrganisation.is_running,
        )
    )


def undrawn(session: Session, trial: Trial, follow_up_ids: Collection[int]) -> set[int]:
    """Of these follow-ups of the trial's category, those that lots are still to be drawn for. One query.

    Not whoever was drawn or taken out, nor addressed or met before, nor whoever waits in a wave: no date exists for
    them, so that not every arm could be theirs, and nobody waits longer because of a trial.
    """
    return set(session.scalars(select(FollowUp.id).where(FollowUp.id.in_(follow_up_ids), *_is_undrawn(trial.id))))


def drawn(session: Session, trial: Trial, follow_up_ids: Collection[int]) -> dict[int, Assignment]:
    """By follow-up, what lots gave. One query."""
    those = select(Assignment).where(Assignment.trial_id == trial.id, Assignment.follow_up_id.in_(follow_up_ids))
    return {one.follow_up_id: one for one in session.scalars(those) if one.follow_up_id is not None}


def unaddressed(session: Session, follow_up_ids: Collection[int]) -> set[int]:
    """Those that nothing was sent to (any more): what was taken back is as if it had never been. One query."""
    return set(session.scalars(select(FollowUp.id).where(FollowUp.id.in_(follow_up_ids), ~_was_addressed())))


def check_drawn(session: Session, made: Sequence[tuple[FollowUp, int]]) -> None:
    """Raises LotsAreDrawn when somebody of these, each with the organisation that addresses them, awaits the draw.

    One query while no trial runs there. Every writer of invitations comes by here: `inviting_written.keep`.
    """
    for trial, organisation_id in _running(session, {organisation_id for _, organisation_id in made}):
        here = _of(made, trial, organisation_id)
        waiting = undrawn(session, trial, here) if here else set()
        if waiting:
            raise LotsAreDrawn(trial=trial.id, follow_ups=sorted(waiting))


def _of(made: Iterable[tuple[FollowUp, int]], trial: Trial, organisation_id: int) -> list[int]:
    return [one.id for one, where in made if where == organisation_id and one.category_id == trial.category_id]


def _running(session: Session, organisation_ids: Collection[int]) -> list[tuple[Trial, int]]:
    found = session.execute(
        select(Trial, TrialOrganisation.organisation_id)
        .join(TrialOrganisation)
        .where(TrialOrganisation.organisation_id.in_(organisation_ids), TrialOrganisation.is_running)
        .order_by(Trial.id, TrialOrganisation.organisation_id)
    )
    return [(trial, organisation_id) for trial, organisation_id in found]


def _is_undrawn(trial_id: int) -> tuple[ColumnElement[bool], ...]:
    waits = exists().where(
        WavePerson.follow_up_id == FollowUp.id, WavePerson.invited_at.is_(None), WavePerson.left_at.is_(None)
    )
    return (
        ~exists().where(Assignment.follow_up_id == FollowUp.id),
        ~exists().where(TrialOptOut.follow_up_id == FollowUp.id, TrialOptOut.trial_id == trial_id),
        ~_was_addressed(),
        ~exists().where(Participation.follow_up_id == FollowUp.id),
        ~waits,
    )


def _was_addressed() -> ColumnElement[bool]:
    return exists().where(
        Invitation.follow_up_id == FollowUp.id, Invitation.end_reason.is_distinct_from(EndReason.TAKEN_BACK)
    )
