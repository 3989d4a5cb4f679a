"""The same fallback for every arm: whoever has not been seen some weeks after the draw, and has nothing to come, is called.

The scheduler marks them, `escalation_calls` lists them, a person decides. Nothing is sent, nothing is said of sanctions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select, update
from sqlalchemy.orm import Session

from invitations.escalation_due import has_appointment
from invitations.escalation_whom import people_of
from invitations.models import Appointment, Assignment, FollowUp, Outcome, Participation, Trial, TrialState
from invitations.statistics.definitions import HORIZONS

# Rows written in one transaction: others want to write too.
AT_ONCE = 200
LONGEST = timedelta(days=max(HORIZONS))


def due(session: Session, *, now: datetime) -> Sequence[int]:
    """Ids of assignments whose day has come. One query a trial that is followed."""
    followed = session.execute(
        select(Trial.id, Trial.fallback_days).where(Trial.state != TrialState.DRAFT).order_by(Trial.id)
    ).all()
    return [one for trial in followed for one in session.scalars(_due_of(trial.id, trial.fallback_days, now))]


def fall_back(session: Session, assignment_ids: Sequence[int], *, now: datetime) -> int:
    """Mark them, once. Returns how many; safe to repeat."""
    marked = session.execute(
        update(Assignment)
        .where(Assignment.id.in_(assignment_ids), Assignment.fell_back_at.is_(None))
        .values(fell_back_at=now),
        execution_options={"synchronize_session": False},
    )
    return int(marked.rowcount)  # type: ignore[attr-defined]


def fallen(organisation_id: int, categories: Collection[int], now: datetime) -> Select[*tuple[Any, ...]]:
    """People of the organisation to call because nobody has seen them since the draw, until their window is over.

    Those who are marked come first: SQLite would look at every follow-up that there is.
    """
    marked = select(Assignment.follow_up_id).where(
        Assignment.organisation_id == organisation_id, Assignment.fell_back_at.is_not(None)
    )
    return (
        people_of(organisation_id, categories)
        .add_columns(Assignment.assigned_at.label("since"), Trial.horizon_days)
        .join(Assignment, Assignment.follow_up_id == FollowUp.id)
        .join(Trial, Trial.id == Assignment.trial_id)
        .where(
            FollowUp.id.in_(marked),
            Assignment.assigned_at > now - LONGEST,
            ~has_appointment(now),
            ~_was_perhaps_seen(now),
        )
    )


def is_in_time(row: Any, now: datetime) -> bool:
    """That the window of a row of `fallen` is not over."""
    return bool(now < row.since + timedelta(days=row.horizon_days))


def _due_of(trial_id: int, days: int, now: datetime) -> Select[int]:
    return (
        select(Assignment.id)
        .join(FollowUp, FollowUp.id == Assignment.follow_up_id)
        .where(
            Assignment.trial_id == trial_id,
            Assignment.fell_back_at.is_(None),
            Assignment.assigned_at <= now - timedelta(days=days),
            FollowUp.closed_at.is_(None),
            ~has_appointment(now),
            ~_was_perhaps_seen(now),
        )
        .order_by(Assignment.id)
        .limit(AT_ONCE)
    )


def _was_perhaps_seen(now: datetime) -> ColumnElement[bool]:
    """Seen since the draw, or at an appointment whose outcome nobody has noted yet."""
    return (
        exists()
        .where(
            Participation.follow_up_id == FollowUp.id,
            Appointment.id == Participation.appointment_id,
            Appointment.starts_at >= Assignment.assigned_at,
            Appointment.starts_at <= now,
            Participation.outcome.in_((Outcome.SEEN, Outcome.UNKNOWN)),
        )
        .correlate(FollowUp, Assignment)
    )
