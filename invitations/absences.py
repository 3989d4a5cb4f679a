"""When agents don't receive. An absence cancels nothing by itself: somebody sees to what is booked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.journal import note
from invitations.models import Absence, AppointmentAgent
from invitations.openings import check_agent


def add(
    session: Session,
    *,
    absent_id: int,
    starts_at: datetime,
    ends_at: datetime,
    label: str,
    organisation_id: int,
    agent_id: int,
    now: datetime,
) -> Absence:
    """The agent `absent_id` does not receive in between. `agent_id` is who says so.

    Raises NotFound for an agent of elsewhere; EndsBeforeItStarts; NothingToCome when it is over already.
    """
    check_agent(session, absent_id, organisation_id)
    if ends_at <= starts_at:
        raise EndsBeforeItStarts
    if ends_at <= now:
        raise NothingToCome
    absence = Absence(agent_id=absent_id, starts_at=starts_at, ends_at=ends_at, label=label, created_at=now)
    session.add(absence)
    session.flush()
    note(session, "absence.added", now=now, organisation_id=organisation_id, agent_id=agent_id, absence_id=absence.id)
    return absence


def remove(session: Session, absence: Absence, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """The agent receives after all."""
    note(session, "absence.removed", now=now, organisation_id=organisation_id, agent_id=agent_id, absence_id=absence.id)
    session.execute(delete(Absence).where(Absence.id == absence.id))


def booked_during(session: Session, absence: Absence) -> int:
    """Appointments that the absent agent has during the absence: they stay, somebody has to see to them."""
    return (
        session.scalar(
            select(func.count())
            .select_from(AppointmentAgent)
            .where(
                AppointmentAgent.agent_id == absence.agent_id,
                AppointmentAgent.is_live,
                AppointmentAgent.starts_at < absence.ends_at,
                AppointmentAgent.ends_at > absence.starts_at,
            )
        )
        or 0
    )


def absence_seen_by(session: Session, absence_id: int, organisation_id: int) -> Absence:
    """An absence of one of the organisation's agents. Raises NotFound."""
    absence = session.get(Absence, absence_id)
    if absence is None:
        raise NotFound
    check_agent(session, absence.agent_id, organisation_id)
    return absence
