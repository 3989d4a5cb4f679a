"""What became of each person drawn: the facts that every figure of a trial is made of, and what is kept of who is deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import Assignment, FollowUp, Mode, Outcome, Trial, TrialExit, TrialOptOut
from invitations.statistics import cohorts, facts
from invitations.statistics.units import Meeting, Unit
from invitations.trials import covering

MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One person drawn. `unit.arm` and `unit.addressed_on` are what lots gave, and when. `left`: why they count in no
    figure: "objected", or "merged", for a second record of somebody who is in the trial already."""

    stratum: str
    unit: Unit
    is_addressed: bool  # False: what was sent was taken back before it left
    fell_back: bool
    left: str = ""

    @property
    def is_in(self) -> bool:
        return not self.left


def read(session: Session, trial: Trial) -> list[Drawn]:
    """Everybody drawn, as counted last, in the order of the draw. Four queries."""
    query = select(Assignment).where(Assignment.trial_id == trial.id).order_by(Assignment.id)
    assigned = session.scalars(query).all()
    ids = [one.follow_up_id for one in assigned if one.follow_up_id is not None]
    known = facts.stored(session, ids)
    objected = set(_objected(session, [trial.id], ids))
    empty = covering.unaddressed(session, ids)
    return [_drawn(one, trial, known, objected, empty) for one in assigned]


def keep(session: Session, beneficiary_ids: Collection[int]) -> None:
    """Before these people are deleted: what counts of them stays with their lots, in days since the draw, and nothing else.

    The caller takes the follow-up away afterwards, and holds the people.
    """
    query = select(Assignment).join(FollowUp, FollowUp.id == Assignment.follow_up_id)
    mine = session.scalars(query.where(FollowUp.beneficiary_id.in_(beneficiary_ids)).order_by(Assignment.id)).all()
    if not mine:
        return
    ids = [one.follow_up_id for one in mine if one.follow_up_id is not None]
    found = cohorts.read_units(session, ids)
    objected = set(_objected(session, {one.trial_id for one in mine}, ids))
    empty = covering.unaddressed(session, ids)
    for one in mine:
        known = found.get(one.follow_up_id or 0)
        if known is not None:
            is_addressed = one.follow_up_id not in empty
            one.kept = kept_of(known) | {"addressed": is_addressed, "objected": one.follow_up_id in objected}
    session.flush()


def kept_of(unit: Unit) -> dict[str, Any]:
    """The facts in days since t0: no date, and nothing of who it was."""
    return {
        "crossed": _days(unit, unit.crossed_on),
        "left": _days(unit, unit.left_on),
        "meetings": [[_days(unit, one.starts_on), one.outcome.value, one.is_by_person] for one in unit.meetings],
    }


def _days(unit: Unit, day: date | None) -> int | None:
    return None if day is None else (day - unit.addressed_on).days


def _objected(session: Session, trial_ids: Collection[int], follow_up_ids: Sequence[int]) -> Sequence[int | None]:
    return session.scalars(
        select(TrialOptOut.follow_up_id).where(
            TrialOptOut.trial_id.in_(trial_ids),
            TrialOptOut.follow_up_id.in_(follow_up_ids),
            TrialOptOut.why == TrialExit.OBJECTED,
        )
    ).all()


def _drawn(
    one: Assignment, trial: Trial, known: Mapping[int, Unit], objected: Collection[int | None], empty: Collection[int]
) -> Drawn:
    on = one.assigned_at.astimezone(trial.department.zone).date()
    bare = Unit(one.follow_up_id or 0, trial.category_id, one.arm, on, organisation_id=one.organisation_id)
    if one.follow_up_id is None:
        return _of_kept(one, bare)
    unit = known.get(one.follow_up_id, bare)
    is_as_drawn = unit.arm is one.arm and unit.addressed_on == on  # else the draw itself is not counted yet
    left = TrialExit.OBJECTED.value if one.follow_up_id in objected else ""
    return Drawn(
        one.stratum, unit if is_as_drawn else bare, one.follow_up_id not in empty, one.fell_back_at is not None, left
    )


def _of_kept(one: Assignment, bare: Unit) -> Drawn:
    kept = one.kept or {}
    left = MERGED if kept.get(MERGED) else TrialExit.OBJECTED.value if kept.get("objected") else ""
    unit = unit_of(bare.arm, bare.addressed_on, kept)
    return Drawn(one.stratum, unit, bool(kept.get("addressed")), one.fell_back_at is not None, left)


def unit_of(arm: Mode, on: date, kept: Mapping[str, Any]) -> Unit:
    """The unit that what was kept tells of."""
    return Unit(
        follow_up_id=0,
        category_id=0,
        arm=arm,
        addressed_on=on,
        crossed_on=_day(on, kept.get("crossed")),
        left_on=_day(on, kept.get("left")),
        meetings=tuple(
            Meeting(on + timedelta(days=days), Outcome(outcome), is_by_person)
            for days, outcome, is_by_person in kept.get("meetings", ())
        ),
    )


def _day(on: date, days: int | None) -> date | None:
    return None if days is None else on + timedelta(days=days)
