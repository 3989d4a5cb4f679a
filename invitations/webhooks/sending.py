"""Telling endpoints what they are owed: one scheduler at a time at an endpoint, the events of a resource in their order.

What is said is the resource as it is when it is said: later changes that wait are said with it. Nothing of a person is
kept for it. A try that fails is tried again for three days, less and less often, under the same `webhook-id`; an endpoint that
answered nothing in that time is paused. What we can't describe is left out after some tries, and the next is told. At least once: whoever is told twice sees the same id.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, aliased

from invitations.database import Database, locked
from invitations.models import (
    EventState,
    Happening,
    Resource,
    WebhookEndpoint,
    WebhookEvent,
)
from invitations.sealing import SealBroken, Seals
from invitations.webhooks.endpoints import PURPOSE
from invitations.webhooks.recording import record, record_ours
from notifications.fetching import Guard
from notifications.web_addresses import FetchFailed
from notifications.webhooks import PATIENCE, post, signatures

ENDPOINTS_AT_ONCE = 4
EVENTS_A_TURN = 20
LEASE = PATIENCE * (EVENTS_A_TURN + 1)  # longer than any turn
SEALED = "sealed"  # the failure of a secret that no key opens
MODELS = {
    Resource.RDV: "Rdv",
    Resource.INVITATION: "Invitation",
    Resource.USER: "User",
    Resource.FOLLOW_UP: "FollowUp",
    Resource.BATCH: "Batch",
}

# A resource as the organisation may read it through the API; None when it is there no more.
Describe = Callable[[Session, Resource, int, int], dict[str, Any] | None]


class Broke(Exception):
    """We could not say what became of an event's resource: an error of ours, whose cause is logged where it was met."""

    def __init__(self, event_id: int) -> None:
        super().__init__(event_id)
        self.event_id = event_id


@dataclass(frozen=True, slots=True)
class Claim:
    """An endpoint that nobody else speaks to until `until`."""

    endpoint_id: int
    organisation_id: int
    address: str
    secret: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """One event, ready to be said."""

    event_id: int
    uid: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """What telling needs beside the tables."""

    database: Database
    describe: Describe
    guard: Guard
    seals: Seals
    clock: Callable[[], datetime]
    should_stop: Callable[[], bool]
    patience: timedelta = PATIENCE


def send_due(sender: Sender) -> int:
    """Tell every endpoint what is due, a turn each. Returns how many events were tried."""
    done = 0
    with ThreadPoolExecutor(ENDPOINTS_AT_ONCE) as callers:
        while not sender.should_stop():
            with sender.database.writing() as session:
                claims = claim(session, seals=sender.seals, now=sender.clock())
            if not claims:
                break
            done += sum(callers.map(lambda one: take_turn(sender, one), claims))
    return done


def claim(session: Session, *, seals: Seals, now: datetime) -> list[Claim]:
    """Endpoints with something due, those that waited longest first."""
    due = session.scalars(
        locked(
            select(WebhookEndpoint)
            .where(
                WebhookEndpoint.removed_at.is_(None),
                WebhookEndpoint.paused_at.is_(None),
                or_(WebhookEndpoint.busy_until.is_(None), WebhookEndpoint.busy_until <= now),
                or_(WebhookEndpoint.next_try_at.is_(None), WebhookEndpoint.next_try_at <= now),
                exists(_due(now).where(WebhookEvent.endpoint_id == WebhookEndpoint.id).correlate(WebhookEndpoint)),
            )
            .order_by(WebhookEndpoint.busy_until.nulls_first(), WebhookEndpoint.id)
            .limit(ENDPOINTS_AT_ONCE),
            skip=True,
        )
    ).all()
    for one in due:
        one.busy_until = now + LEASE
    return [Claim(one.id, one.organisation_id, one.address, _secret(one, seals), now + LEASE) for one in due]


def take_turn(sender: Sender, claimed: Claim) -> int:
    """Tell one endpoint up to EVENTS_A_TURN events, then let go of it. Returns how many were tried."""
    done = 0
    while done < EVENTS_A_TURN and not sender.should_stop():
        try:
            with sender.database.writing() as session:
                telling = _next(session, claimed, sender)
        except Broke as broke:
            with sender.database.writing() as session:
                record_ours(session, broke.event_id, now=sender.clock())
            done += 1
            continue
        if telling is None:
            break
        status, trouble = _say(sender, claimed, telling)
        with sender.database.writing() as session:
            goes_on = record(session, claimed.endpoint_id, telling.event_id, status, trouble, now=sender.clock())
        done += 1
        if not goes_on:
            break
    with sender.database.writing() as session:
        session.execute(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.id == claimed.endpoint_id, WebhookEndpoint.busy_until == claimed.until)
            .values(busy_until=None)
        )
    return done


def _due(now: datetime) -> Any:
    """Pending events whose time has come, of which no earlier one of the same resource waits."""
    earlier = aliased(WebhookEvent)
    return select(WebhookEvent.id).where(
        WebhookEvent.state == EventState.PENDING,
        or_(WebhookEvent.next_try_at.is_(None), WebhookEvent.next_try_at <= now),
        ~exists().where(
            earlier.endpoint_id == WebhookEvent.endpoint_id,
            earlier.resource == WebhookEvent.resource,
            earlier.resource_id == WebhookEvent.resource_id,
            earlier.state == EventState.PENDING,
            earlier.id < WebhookEvent.id,
        ),
    )


def _next(session: Session, claimed: Claim, sender: Sender) -> Telling | None:
    """The oldest event that is due, with what there is to say now; None when there is none, or the claim is lost."""
    now = sender.clock()
    is_ours = session.scalar(
        select(WebhookEndpoint.id).where(
            WebhookEndpoint.id == claimed.endpoint_id,
            WebhookEndpoint.busy_until == claimed.until,
            WebhookEndpoint.paused_at.is_(None),
            WebhookEndpoint.removed_at.is_(None),
        )
    )
    while is_ours is not None:
        found = session.scalar(
            _due(now).where(WebhookEvent.endpoint_id == claimed.endpoint_id).order_by(WebhookEvent.id).limit(1)
        )
        if found is None:
            return None
        event = session.get_one(WebhookEvent, found)
        event.uid = event.uid or f"msg_{uuid.uuid4().hex}"
        event.happened_at = event.happened_at or now
        body = _said_of(session, event, claimed, sender.describe)
        if body is not None:
            _merge_later(session, event, now=now)
            return Telling(event.id, event.uid, body)
        event.state, event.settled_at = EventState.MERGED, now  # gone meanwhile: its end is told instead
        session.flush()
    return None


def _said_of(session: Session, event: WebhookEvent, claimed: Claim, describe: Describe) -> bytes | None:
    """The body; None when what it was about is there no more. Raises Broke for an error of ours."""
    event_id = event.id
    try:
        said = _described(session, event, claimed, describe)
        return None if said is None else _body(event, said)
    except OperationalError:  # the database, not this event
        raise
    except Exception as error:
        raise Broke(event_id) from error


def _described(session: Session, event: WebhookEvent, claimed: Claim, describe: Describe) -> dict[str, Any] | None:
    if event.happening is Happening.DESTROYED:
        return {"id": event.resource_id}
    return describe(session, event.resource, event.resource_id, claimed.organisation_id)


def _merge_later(session: Session, event: WebhookEvent, *, now: datetime) -> None:
    """Later changes of the same resource that wait already are said by what is read now."""
    if event.happening is Happening.DESTROYED:
        return
    session.execute(
        update(WebhookEvent)
        .where(
            WebhookEvent.endpoint_id == event.endpoint_id,
            WebhookEvent.resource == event.resource,
            WebhookEvent.resource_id == event.resource_id,
            WebhookEvent.state == EventState.PENDING,
            WebhookEvent.happening == Happening.UPDATED,
            WebhookEvent.id > event.id,
        )
        .values(state=EventState.MERGED, settled_at=now)
    )


def _body(event: WebhookEvent, said: dict[str, Any]) -> bytes:
    at = event.happened_at.isoformat() if event.happened_at else ""
    meta = {"model": MODELS[event.resource], "event": event.happening.value, "timestamp": at}
    return json.dumps({"data": said, "meta": meta}, ensure_ascii=False, separators=(",", ":")).encode()


def _say(sender: Sender, claimed: Claim, telling: Telling) -> tuple[int | None, str | None]:
    """The status it answered, or what went wrong, or both; with no transaction open."""
    if claimed.secret is None:
        return None, SEALED
    headers = signatures(telling.body, secret=claimed.secret, uid=telling.uid, at=sender.clock())
    try:
        return post(claimed.address, telling.body, headers, guard=sender.guard, patience=sender.patience), None
    except FetchFailed as failed:
        return failed.status, failed.why.value


def _secret(endpoint: WebhookEndpoint, seals: Seals) -> str | None:
    try:
        endpoint.secret_sealed = seals.renewed(endpoint.secret_sealed, purpose=PURPOSE)
        return seals.open(endpoint.secret_sealed, purpose=PURPOSE)
    except SealBroken:
        return None
