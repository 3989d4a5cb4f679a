"""How a try went: what is told, what is tried again and when, who is paused, what is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.models import EventState, PauseReason, WebhookEndpoint, WebhookEvent

# Between one try and the next; the last one goes on until GIVE_UP.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600))
GIVE_UP = timedelta(days=3)
DOWN = 5  # failures in a row after which an endpoint is asked for one event at a time
OURS = "ours"  # the failure of an event that we could not describe
TRIES_OF_OURS = 5  # in 36 minutes: what was passing is over by then, and what was not needs a correction of ours


def record(
    session: Session, endpoint_id: int, event_id: int, status: int | None, trouble: str | None, *, now: datetime
) -> bool:
    """Keep how the try went. False when the endpoint is to be left alone for now."""
    endpoint = session.scalars(locked(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))).one()
    event = session.scalars(
        select(WebhookEvent).where(WebhookEvent.id == event_id, WebhookEvent.state == EventState.PENDING)
    ).first()
    if event is None:  # the endpoint was removed meanwhile
        return False
    event.tries += 1
    event.last_try_at, event.last_status, event.last_trouble = now, status, trouble
    if trouble is None:
        event.state, event.settled_at, event.next_try_at = EventState.DELIVERED, now, None
        endpoint.failures, endpoint.failing_since, endpoint.next_try_at = 0, None, None
        return True
    return _fail(endpoint, event, now=now)


def _fail(endpoint: WebhookEndpoint, event: WebhookEvent, *, now: datetime) -> bool:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    event.next_try_at = now + WAITS[min(event.tries, len(WAITS)) - 1]
    if now - endpoint.failing_since >= GIVE_UP:
        endpoint.paused_at, endpoint.pause_reason = now, PauseReason.FAILING
        return False
    if event.happened_at is not None and now - event.happened_at >= GIVE_UP:
        event.state, event.settled_at = EventState.GIVEN_UP, now
    if endpoint.failures >= DOWN:
        endpoint.next_try_at = now + WAITS[min(endpoint.failures - DOWN, len(WAITS) - 1)]
        return False
    return True


def record_ours(session: Session, event_id: int, *, now: datetime) -> None:
    """We could not describe it: the receiver is not at fault, and is asked for what comes after it.

    Later events of the same resource wait until it is given up; then they are told, and say the resource as it is.
    """
    event = session.scalars(
        select(WebhookEvent).where(WebhookEvent.id == event_id, WebhookEvent.state == EventState.PENDING)
    ).first()
    if event is None:
        return
    event.tries += 1
    event.last_try_at, event.last_status, event.last_trouble = now, None, OURS
    event.next_try_at = now + WAITS[min(event.tries, len(WAITS)) - 1]
    if event.tries >= TRIES_OF_OURS:
        event.state, event.settled_at, event.next_try_at = EventState.GIVEN_UP, now, None
