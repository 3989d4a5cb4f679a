"""The draw itself: each person the next place of their stratum, and the arm that the sealed seed has for it.

One draw at a time per trial, so that two agents never share a place; the order of arrival decides, and nobody can look
ahead: the seed lies sealed, and is in no page, log, export or table in clear until the trial has ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.errors import SealLost, TrialOver
from invitations.models import Assignment, FollowUp, Mode, Organisation, Trial, TrialState
from invitations.sealing import SealBroken, Seals
from invitations.trials import covering
from invitations.trials.blocks import lots
from invitations.trials.opening import PURPOSE
from invitations.trials.strata import stratum_of


def assign(
    session: Session,
    trial: Trial,
    follow_ups: Sequence[FollowUp],
    *,
    organisation_id: int,
    agent_id: int | None,
    seals: Seals,
    now: datetime,
) -> dict[int, Mode]:
    """Draw for those of these follow-ups that await it, in the order given: arm by follow-up. Their t0 is now.

    Raises TrialOver when it was ended meanwhile, SealLost when the key that sealed the seed is gone.
    """
    _hold(session, trial)
    waiting = covering.undrawn(session, trial, [one.id for one in follow_ups])
    made: dict[int, Mode] = {}
    for stratum, those in _by_stratum((one for one in follow_ups if one.id in waiting), session, organisation_id, now):
        made |= _draw(session, trial, stratum, those, organisation_id, seals, now)
    session.flush()
    _note(session, trial, [one for one in follow_ups if one.id in made], organisation_id, agent_id, now)
    return made


def _hold(session: Session, trial: Trial) -> None:
    hold_rows(session, select(Trial.id).where(Trial.id == trial.id))
    session.refresh(trial)
    if trial.state is not TrialState.RUNNING:
        raise TrialOver


def _by_stratum(
    follow_ups: Iterable[FollowUp], session: Session, organisation_id: int, now: datetime
) -> list[tuple[str, list[FollowUp]]]:
    zone = session.get_one(Organisation, organisation_id).department.zone
    on = now.astimezone(zone).date()
    groups: dict[str, list[FollowUp]] = defaultdict(list)
    for one in follow_ups:
        groups[stratum_of(one.beneficiary, organisation_id, on=on).word].append(one)
    return sorted(groups.items())


def _draw(
    session: Session,
    trial: Trial,
    stratum: str,
    those: Sequence[FollowUp],
    organisation_id: int,
    seals: Seals,
    now: datetime,
) -> dict[int, Mode]:
    last = session.scalar(
        select(func.max(Assignment.position)).where(Assignment.trial_id == trial.id, Assignment.stratum == stratum)
    )
    after = 0 if last is None else last + 1
    seed = _seed_of(trial, seals)
    arms = lots(seed, stratum, trial.modes, after=after, people=len(those))
    for position, (one, arm) in enumerate(zip(those, arms, strict=True), start=after):
        session.add(
            Assignment(
                trial_id=trial.id,
                follow_up_id=one.id,
                organisation_id=organisation_id,
                stratum=stratum,
                position=position,
                arm=arm,
                assigned_at=now,
            )
        )
    return {one.id: arm for one, arm in zip(those, arms, strict=True)}


def _seed_of(trial: Trial, seals: Seals) -> bytes:
    try:
        return bytes.fromhex(seals.open(trial.seed_sealed or "", purpose=PURPOSE))
    except SealBroken:
        raise SealLost from None


def _note(
    session: Session,
    trial: Trial,
    those: Sequence[FollowUp],
    organisation_id: int,
    agent_id: int | None,
    now: datetime,
) -> None:
    """Who was drawn, for the journal. The arm is the assignment's to say."""
    each = [
        journal.event(
            "follow_up.drawn",
            now=now,
            organisation_id=organisation_id,
            agent_id=agent_id,
            beneficiary_id=one.beneficiary_id,
            trial_id=trial.id,
            follow_up_id=one.id,
        )
        for one in those
    ]
    journal.note_all(session, each)
