"""Preparing a trial, starting it, ending it: an administrator's acts, each noted in the journal."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.errors import TrialRefused
from invitations.models import (
    Agent,
    Trial,
    TrialEnd,
    TrialOrganisation,
    TrialState,
)
from invitations.sealing import SealBroken, Seals
from invitations.trials import protocol
from invitations.trials.plans import Plan, TrialFault, check, check_may

__all__ = ["Plan", "TrialFault", "change", "discard", "draft", "plan_of", "revealed_seed", "start", "stop"]

LONGEST_NOTE = 500  # letters
PURPOSE = "trial.seed"  # of what is sealed


def draft(session: Session, plan: Plan, *, agent: Agent, now: datetime) -> Trial:
    """Keep a plan. Nothing is drawn yet, everything may change. Raises TrialRefused, NotAllowed."""
    department_id = check(session, plan, agent)
    trial = Trial(
        uid=str(uuid.uuid4()),
        department_id=department_id,
        created_at=now,
        created_by_agent_id=agent.id,
        **_values(plan),
    )
    session.add(trial)
    session.flush()
    _take_part(session, trial, plan)
    _note(session, "trial.drafted", trial, agent, now=now)
    return trial


def change(session: Session, trial: Trial, plan: Plan, *, agent: Agent, now: datetime) -> None:
    """Plan it otherwise, as long as it has not started. Raises TrialRefused, NotAllowed."""
    _hold(session, trial, TrialState.DRAFT)
    check(session, plan, agent)
    for name, value in _values(plan).items():
        setattr(trial, name, value)
    trial.parts.clear()
    session.flush()
    _take_part(session, trial, plan)
    _note(session, "trial.changed", trial, agent, now=now)


def discard(session: Session, trial: Trial, *, agent: Agent, now: datetime) -> None:
    """Forget a draft. Raises TrialRefused once it has started."""
    _hold(session, trial, TrialState.DRAFT)
    check_may(session, [one.organisation_id for one in trial.parts], agent)
    _note(session, "trial.discarded", trial, agent, now=now)
    session.delete(trial)
    session.flush()


def start(session: Session, trial: Trial, *, agent: Agent, seals: Seals, now: datetime) -> None:
    """Draw the seed, freeze the protocol, and draw lots from now on. Raises TrialRefused, NotAllowed."""
    _hold(session, trial, TrialState.DRAFT)
    check(session, plan_of(trial), agent)
    _begin_to_run(session, trial)
    seed = secrets.token_bytes(32)
    trial.seed_sealed = seals.seal(seed.hex(), purpose=PURPOSE)
    trial.seed_hash = hashlib.sha256(seed).hexdigest()
    trial.protocol = protocol.text(trial, seed_hash=trial.seed_hash, started_at=now)
    trial.protocol_hash = protocol.hash_of(trial.protocol)
    trial.started_at, trial.started_by_agent_id = now, agent.id
    trial.state = TrialState.RUNNING
    session.flush()
    _note(session, "trial.started", trial, agent, now=now, protocol=trial.protocol_hash)


def stop(session: Session, trial: Trial, why: TrialEnd, note: str, *, agent: Agent, now: datetime) -> None:
    """Draw no more lots; everybody drawn is followed to the end of their window. Raises TrialRefused, NotAllowed."""
    _hold(session, trial, TrialState.RUNNING)
    check_may(session, [one.organisation_id for one in trial.parts], agent)
    if len(note) > LONGEST_NOTE or (why is not TrialEnd.COMPLETED and not note.strip()):
        raise TrialRefused(fault=TrialFault.NOTE)
    for one in trial.parts:
        one.is_running = False
    trial.state, trial.end_reason, trial.end_note = TrialState.ENDED, why, note.strip()
    trial.ended_at, trial.ended_by_agent_id = now, agent.id
    session.flush()
    _note(session, "trial.stopped", trial, agent, now=now, why=why)


def revealed_seed(trial: Trial, *, seals: Seals) -> str | None:
    """The seed in hexadecimal once no lot is drawn from it any more; None before, and when the key that sealed it is gone."""
    if trial.state is not TrialState.ENDED or trial.seed_sealed is None:
        return None
    try:
        return seals.open(trial.seed_sealed, purpose=PURPOSE)
    except SealBroken:
        return None


def plan_of(trial: Trial) -> Plan:
    return Plan(
        trial.name,
        trial.category_id,
        tuple(one.organisation_id for one in trial.parts),
        trial.modes,
        trial.horizon_days,
        trial.expected_from,
        trial.expected_to,
        trial.power,
        trial.looks,
    )


def _begin_to_run(session: Session, trial: Trial) -> None:
    """One running trial per organisation and category: the database knows of the others."""
    try:
        with session.begin_nested():
            for one in trial.parts:
                one.is_running = True
            session.flush()
    except IntegrityError as taken:
        raise TrialRefused(fault=TrialFault.ALREADY_RUNNING) from taken


def _values(plan: Plan) -> dict[str, object]:
    return {
        "name": plan.name.strip(),
        "category_id": plan.category_id,
        "arms": [one.value for one in plan.arms],
        "horizon_days": plan.horizon_days,
        "expected_from": plan.expected_from,
        "expected_to": plan.expected_to,
        "power": plan.power,
        "looks": plan.looks,
        "per_arm": plan.per_arm,
    }


def _take_part(session: Session, trial: Trial, plan: Plan) -> None:
    for one in sorted(set(plan.organisation_ids)):
        session.add(TrialOrganisation(trial_id=trial.id, organisation_id=one, category_id=plan.category_id))
    session.flush()
    session.refresh(trial)


def _hold(session: Session, trial: Trial, state: TrialState) -> None:
    """Nobody else changes it meanwhile. Raises TrialRefused when it is not in this state (any more)."""
    hold_rows(session, select(Trial.id).where(Trial.id == trial.id))
    session.refresh(trial)
    if trial.state is not state:
        fault = TrialFault.NOT_DRAFT if state is TrialState.DRAFT else TrialFault.NOT_RUNNING
        raise TrialRefused(fault=fault)


def _note(session: Session, action: str, trial: Trial, agent: Agent, *, now: datetime, **details: Any) -> None:
    """In the journal of each organisation that takes part."""
    for one in trial.parts:
        journal.note(
            session,
            action,
            now=now,
            organisation_id=one.organisation_id,
            agent_id=agent.id,
            trial_id=trial.id,
            **details,
        )
