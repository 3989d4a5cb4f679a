"""Who did what to whom, when: one line each, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from invitations import rows
from invitations.models import AuditEvent


def note(
    session: Session,
    action: str,
    *,
    now: datetime,
    organisation_id: int | None = None,
    agent_id: int | None = None,
    beneficiary_id: int | None = None,
    **details: Any,
) -> None:
    """Keep that `action` ("follow_up.invited") happened. `details`: ids and counts, never a name or a number.

    Without `agent_id` the person did it, or the scheduler.
    """
    rows.run(
        session,
        _NOTED,
        {
            "at": now,
            "action": action,
            "organisation_id": organisation_id,
            "agent_id": agent_id,
            "beneficiary_id": beneficiary_id,
            "details": details,
        },
    )


_NOTED = insert(AuditEvent).inline()
