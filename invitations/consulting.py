"""Who opened whose page: reading is kept too, once an hour for each agent, desk and person (docs/decisions/0035)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations import journal
from invitations.models import AuditEvent

OPENED = "person.opened"
# Opened again within it says nothing new.
ONCE = timedelta(hours=1)


def is_new(
    session: Session,
    agent_id: int,
    beneficiary_id: int,
    *,
    organisation_id: int,
    supporter_id: int | None = None,
    now: datetime,
) -> bool:
    """True when nothing says yet that this agent, or this supporter in their place, has just opened this page at this
    organisation's desk: each reads its own journal."""
    said = select(AuditEvent.details).where(
        AuditEvent.beneficiary_id == beneficiary_id,
        AuditEvent.agent_id == agent_id,
        AuditEvent.organisation_id == organisation_id,
        AuditEvent.action == OPENED,
        AuditEvent.at > now - ONCE,
    )
    return all(one.get("supporter_id") != supporter_id for one in session.scalars(said.order_by(AuditEvent.id)))


def note(session: Session, *, organisation_id: int, agent_id: int, beneficiary_id: int, now: datetime) -> None:
    """Nothing is kept of whoever has been forgotten in the meantime."""
    try:
        with session.begin_nested():
            journal.note(
                session,
                OPENED,
                now=now,
                organisation_id=organisation_id,
                agent_id=agent_id,
                beneficiary_id=beneficiary_id,
            )
    except IntegrityError:
        return
