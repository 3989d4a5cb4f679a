"""A move says nothing to other software: what is written by it was told to them by the software that was left."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from invitations.matching import chunks
from invitations.models import JobCentreNotice, Resource, WebhookEndpoint, WebhookEvent


def keep(
    session: Session,
    *,
    people: Sequence[int] = (),
    follow_ups: Sequence[int] = (),
    invitations: Sequence[int] = (),
    appointments: Sequence[int] = (),
    participations: Sequence[int] = (),
) -> None:
    """Take back what triggers owe about rows that this transaction has made: nobody else has seen them yet."""
    for some in chunks(list(participations)):
        session.execute(delete(JobCentreNotice).where(JobCentreNotice.participation_id.in_(some)))
    if not session.scalar(select(exists().where(WebhookEndpoint.removed_at.is_(None)))):
        return
    those = {
        Resource.USER: people,
        Resource.FOLLOW_UP: follow_ups,
        Resource.INVITATION: invitations,
        Resource.RDV: appointments,
    }
    for resource, ids in those.items():
        for some in chunks(list(ids)):
            session.execute(
                delete(WebhookEvent).where(WebhookEvent.resource == resource, WebhookEvent.resource_id.in_(some))
            )
