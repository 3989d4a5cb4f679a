"""Planned looks at a trial's data: each is taken once, when the planned number is counted, and kept as it was.

A look never ends a trial: stopping, early or for harm, is an administrator's act.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.models import Mode, Trial, TrialLook, TrialState
from invitations.trials import analysis, protocol, units
from invitations.trials.analysis import Counts
from invitations.trials.results import looks_of, tallies


def due(session: Session, *, now: datetime) -> list[int]:
    """Ids of the trials whose next look is due."""
    followed = session.scalars(select(Trial).where(Trial.state != TrialState.DRAFT).order_by(Trial.id)).all()
    return [one.id for one in followed if _next(session, one, now) is not None]


def look(session: Session, trial_id: int, *, now: datetime) -> int:
    """Take the look that is due, if one is. Returns how many comparisons were looked at; safe to repeat.

    Several numbers passed at once are one look, the last of them: nobody looks back at what was missed.
    """
    hold_rows(session, select(Trial.id).where(Trial.id == trial_id))
    trial = session.get_one(Trial, trial_id)
    found = _next(session, trial, now)
    if found is None:
        return 0
    number, counts, taken = found
    made = [one for mode in trial.modes[1:] if (one := _taken(trial, counts, mode, number, taken, now)) is not None]
    session.add_all(made)
    session.flush()
    _note(session, trial, number, made, now)
    return len(made)


def _next(session: Session, trial: Trial, now: datetime) -> tuple[int, Counts, tuple[TrialLook, ...]] | None:
    """The number of the look that is due, what it looks at, and the looks before; None while none is due."""
    taken = looks_of(session, trial)
    before = taken[-1].number if taken else 0
    if before == trial.looks:
        return None
    today = now.astimezone(trial.department.zone).date()
    counts = tallies(trial, units.read(session, trial), today=today)
    number = reached(trial, counts)
    return (number, counts, taken) if number > before else None


def reached(trial: Trial, counts: Counts) -> int:
    """The number of the last look whose people are counted; 0 before the first."""
    people = sum(analysis.total(counts, mode).counted for mode in trial.modes)
    return max((one for one in range(1, trial.looks + 1) if people >= protocol.people_at(trial, one)), default=0)


def _taken(
    trial: Trial, counts: Counts, mode: Mode, number: int, before: Sequence[TrialLook], now: datetime
) -> TrialLook | None:
    found = analysis.look(
        counts,
        mode,
        trial.modes[0],
        per_arm=trial.per_arm,
        earlier=[one.fraction for one in before if one.versus is mode],
        alpha=trial.alpha,
        comparisons=len(trial.modes) - 1,
        is_last=number == trial.looks,
    )
    if found is None:
        return None
    return TrialLook(
        trial_id=trial.id,
        number=number,
        versus=mode,
        at=now,
        fraction=found.fraction,
        counted={one.value: asdict(analysis.total(counts, one)) for one in trial.modes},
        statistic=found.estimate.z,
        boundary=found.boundary,
        difference=found.estimate.adjusted.value,
        low=found.interval.low,
        high=found.interval.high,
        crossed=found.crossed,
    )


def _note(session: Session, trial: Trial, number: int, made: Sequence[TrialLook], now: datetime) -> None:
    crossed = Counter(one.crossed for one in made)[True]
    for part in trial.parts:
        journal.note(
            session,
            "trial.looked_at",
            now=now,
            organisation_id=part.organisation_id,
            trial_id=trial.id,
            number=number,
            crossed=crossed,
        )
