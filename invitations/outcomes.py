"""Who came and who did not: the one act asked of an agent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import follow_ups, journal, outbox, seating, waiting
from invitations.database import hold_rows
from invitations.errors import NotChangeable, NotHeldYet
from invitations.models import FollowUp, Outcome, Participation

_FUTURE = frozenset({Outcome.UNKNOWN, Outcome.EXCUSED, Outcome.REVOKED})


def record(
    session: Session, participation: Participation, outcome: Outcome, *, agent_id: int | None, now: datetime
) -> None:
    """Write what became of a participation; always changeable, always logged (domain.md, "Outcomes").

    Raises NotHeldYet for "came" or "absent" before the appointment has begun, NotChangeable for bringing a cancelled
    appointment to come back to life: its time may be someone else's. Whoever left a session to come takes a seat
    again: SessionFull, AlreadyBooked.
    """
    follow_ups.hold_participation(session, participation)
    appointment = participation.appointment
    is_to_come = appointment.starts_at > now
    if is_to_come and appointment.cancelled_at is not None:
        raise NotChangeable
    if is_to_come and outcome not in _FUTURE:
        raise NotHeldYet
    if participation.outcome is outcome:
        return
    if appointment.type.is_collective and outcome not in seating.LEFT:
        seating.come_back(session, participation, now=now)
    before = participation.outcome
    write(session, participation, outcome, agent_id=agent_id, now=now)
    if is_to_come and outcome in seating.LEFT and before not in seating.LEFT:
        free(session, participation, now=now)
    follow_ups.refresh(session, participation.follow_up, now=now)


def write(
    session: Session, participation: Participation, outcome: Outcome, *, agent_id: int | None, now: datetime
) -> None:
    """The outcome and its trace, nothing else."""
    before = participation.outcome
    participation.outcome, participation.outcome_at = outcome, now
    session.flush()
    journal.note(
        session,
        "outcome.recorded",
        now=now,
        organisation_id=participation.appointment.organisation_id,
        agent_id=agent_id,
        beneficiary_id=participation.beneficiary_id,
        participation_id=participation.id,
        before=before,
        after=outcome,
    )


def all_came(session: Session, participations: Iterable[Participation], *, agent_id: int, now: datetime) -> int:
    """Mark as seen those that have begun and that nobody has marked yet. Returns how many."""
    begun = [one for one in participations if one.outcome is Outcome.UNKNOWN and one.appointment.starts_at <= now]
    # All of them first: a session's row comes after everybody's follow-up (sessions_changing).
    ids = [one.follow_up_id for one in begun]
    hold_rows(session, select(FollowUp.id).where(FollowUp.id.in_(ids)).order_by(FollowUp.id))
    for one in begun:
        record(session, one, Outcome.SEEN, agent_id=agent_id, now=now)
    return len(begun)


def free(session: Session, participation: Participation, *, now: datetime) -> None:
    """Give the agent's time, or the seat, back; drop what has not left yet about it; those who wait come first."""
    waiting.end(session, participation.follow_up_id, now=now)
    outbox.cancel_pending(session, participation_id=participation.id, now=now)
    appointment = participation.appointment
    if appointment.type.is_collective:
        seating.leave(session, participation)
    elif appointment.cancelled_at is None and all(one.outcome in seating.LEFT for one in appointment.participations):
        follow_ups.cancel_appointment(session, appointment, now=now)
    else:
        return
    waiting.set_aside(session, appointment, now=now)
