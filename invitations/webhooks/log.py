"""What endpoints were told and how it went, kept for 30 days: read page by page, said again on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from invitations.errors import NotFound
from invitations.journal import note
from invitations.models import EventState, WebhookEndpoint, WebhookEvent
from invitations.webhooks.endpoints import By

PAGE = 50
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Page:
    """Events, newest first; `before` leads to the next page, None on the last."""

    events: Sequence[WebhookEvent]
    before: int | None


def read(session: Session, endpoint: WebhookEndpoint, *, before: int | None = None) -> Page:
    """The events that are neither merged nor forgotten, from the newest or from the one before `before`."""
    query = select(WebhookEvent).where(WebhookEvent.endpoint_id == endpoint.id, WebhookEvent.state != EventState.MERGED)
    if before is not None:
        query = query.where(WebhookEvent.id < before)
    found = session.scalars(query.order_by(WebhookEvent.id.desc()).limit(PAGE + 1)).all()
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def replay(session: Session, endpoint: WebhookEndpoint, event_id: int, *, by: By) -> None:
    """Say it again: what waits, at once; what was told or given up, as a new event after those that wait. Raises NotFound."""
    event = session.get(WebhookEvent, event_id)
    if event is None or event.endpoint_id != endpoint.id or event.state is EventState.MERGED:
        raise NotFound
    endpoint.next_try_at = None
    if event.state is EventState.PENDING:
        event.next_try_at = None
    else:
        session.add(
            WebhookEvent(
                endpoint_id=endpoint.id,
                resource=event.resource,
                resource_id=event.resource_id,
                happening=event.happening,
            )
        )
    note(
        session,
        "webhook.replayed",
        now=by.now,
        organisation_id=by.organisation.id,
        agent_id=by.agent.id,
        endpoint_id=endpoint.id,
        event_id=event.id,
    )


def forget(session: Session, *, now: datetime) -> int:
    """Drop what was settled more than 30 days ago. Returns how many."""
    gone = (
        delete(WebhookEvent)
        .where(WebhookEvent.settled_at < now - KEPT, WebhookEvent.state != EventState.PENDING)
        .returning(WebhookEvent.id)
    )
    return len(session.scalars(gone).all())
