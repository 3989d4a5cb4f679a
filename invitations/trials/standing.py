"""Where follow-ups stand in trials, as an agent's page and a person's page tell it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, joinedload

from invitations.models import (
    Assignment,
    FollowUp,
    Trial,
    TrialExit,
    TrialOptOut,
    TrialOrganisation,
)
from invitations.trials import covering


@dataclass(frozen=True, slots=True)
class Standing:
    """`awaits`: lots are drawn first; `assignment`: what they gave; `objected`: the person does not want to take part."""

    trial: Trial
    awaits: bool = False
    assignment: Assignment | None = None
    objected: bool = False


def read(session: Session, organisation_id: int, follow_ups: Collection[FollowUp]) -> dict[int, Standing]:
    """By follow-up, of one person or of many in one category each; who is in no trial is missing. Few queries: four where
    trials run, two where none has ever run."""
    by_id = {one.id: one for one in follow_ups}
    found = {one.follow_up_id: one for one in _assignments(session, by_id)}
    objected = _objected(session, found)
    made = {
        follow_up_id: Standing(one.trial, assignment=one, objected=follow_up_id in objected)
        for follow_up_id, one in found.items()
        if follow_up_id is not None
    }
    for trial in _running(session, organisation_id):
        mine = [one.id for one in by_id.values() if one.category_id == trial.category_id and one.id not in made]
        for follow_up_id in covering.undrawn(session, trial, mine) if mine else ():
            made[follow_up_id] = Standing(trial, awaits=True)
    return made


def is_in_trial(follow_up_id: Any) -> ColumnElement[bool]:
    """That lots were drawn for this follow-up (a column of the query around), and the person does not mind: they are told."""
    objects = exists().where(
        TrialOptOut.follow_up_id == Assignment.follow_up_id,
        TrialOptOut.trial_id == Assignment.trial_id,
        TrialOptOut.why == TrialExit.OBJECTED,
    )
    return exists().where(Assignment.follow_up_id == follow_up_id, ~objects)


def _assignments(session: Session, follow_up_ids: Collection[int]) -> list[Assignment]:
    query = select(Assignment).where(Assignment.follow_up_id.in_(follow_up_ids)).options(joinedload(Assignment.trial))
    return list(session.scalars(query.order_by(Assignment.id)))


def _objected(session: Session, found: Collection[int | None]) -> set[int | None]:
    if not found:
        return set()
    query = select(TrialOptOut.follow_up_id).where(
        TrialOptOut.follow_up_id.in_(found), TrialOptOut.why == TrialExit.OBJECTED
    )
    return set(session.scalars(query))


def _running(session: Session, organisation_id: int) -> list[Trial]:
    query = (
        select(Trial)
        .join(TrialOrganisation)
        .where(TrialOrganisation.organisation_id == organisation_id, TrialOrganisation.is_running)
    )
    return list(session.scalars(query.order_by(Trial.id)))
