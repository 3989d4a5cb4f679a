"""Who lets their figures be public: a département that publishes, and its organisations that agree to be in them.

Both are off until an administrator says so; each act is noted with who did it. What has been published stays published:
an organisation that takes its word back is in no later month.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.department_settings import Speaker
from invitations.journal import note
from invitations.models import Department, Organisation


def publish(session: Session, *, publishes: bool, by: Speaker, now: datetime) -> None:
    """Have a public page of the département, or none. Saying again what is so does nothing."""
    department = by.department
    if publishes != (department.publishes_since is not None):
        department.publishes_since = now if publishes else None
        _note(session, by.organisation, by.agent_id, "department", publishes, now)


def agree(session: Session, organisation: Organisation, *, agrees: bool, agent_id: int, now: datetime) -> None:
    """Be in the département's public figures from the next month published on, or in none any more."""
    if agrees != (organisation.publishes_since is not None):
        organisation.publishes_since = now if agrees else None
        _note(session, organisation, agent_id, "organisation", agrees, now)


def agreeing(session: Session, department_id: int) -> list[Organisation]:
    """The département's organisations that agreed, by name."""
    return list(
        session.scalars(
            select(Organisation)
            .where(Organisation.department_id == department_id, Organisation.publishes_since.is_not(None))
            .order_by(Organisation.name, Organisation.id)
        )
    )


def publishing(session: Session) -> list[Department]:
    """The départements that publish, by number."""
    return list(
        session.scalars(select(Department).where(Department.publishes_since.is_not(None)).order_by(Department.number))
    )


def _note(
    session: Session, organisation: Organisation, agent_id: int, subject: str, is_agreed: bool, now: datetime
) -> None:
    note(
        session,
        "statistics.agreed" if is_agreed else "statistics.withdrawn",
        now=now,
        organisation_id=organisation.id,
        agent_id=agent_id,
        subject=subject,
        department_id=organisation.department_id,
    )
