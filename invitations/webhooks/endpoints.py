"""Addresses that an organisation wants told: adding, pausing, taking away, and what each was told last."""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.errors import NotFound, TooManyWebhooks, WebhookKnown, WebhookRefused
from invitations.journal import note
from invitations.models import (
    CHOSEN,
    Agent,
    EventState,
    Organisation,
    PauseReason,
    Resource,
    WebhookEndpoint,
    WebhookEvent,
)
from invitations.sealing import Seals
from notifications.web_addresses import FetchFailed, read_address
from notifications.webhooks import make_secret

PURPOSE = "webhook secret"  # of sealing
MOST = 10  # endpoints of one organisation


@dataclass(frozen=True, slots=True)
class By:
    """Which administrator acts, for which organisation, when."""

    organisation: Organisation
    agent: Agent
    now: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """An endpoint with how many events wait for it, and how many were given up."""

    endpoint: WebhookEndpoint
    waiting: int
    given_up: int


def of_organisation(session: Session, organisation_id: int) -> list[Shown]:
    """The endpoints that are there, oldest first. Two queries."""
    endpoints = session.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.removed_at.is_(None))
        .order_by(WebhookEndpoint.id)
    ).all()
    rows = session.execute(
        select(WebhookEvent.endpoint_id, WebhookEvent.state, func.count())
        .where(
            WebhookEvent.endpoint_id.in_([one.id for one in endpoints]),
            WebhookEvent.state.in_([EventState.PENDING, EventState.GIVEN_UP]),
        )
        .group_by(WebhookEvent.endpoint_id, WebhookEvent.state)
    )
    counts = {(endpoint_id, state): count for endpoint_id, state, count in rows}
    return [
        Shown(one, counts.get((one.id, EventState.PENDING), 0), counts.get((one.id, EventState.GIVEN_UP), 0))
        for one in endpoints
    ]


def paused(session: Session, organisation_id: int) -> Sequence[WebhookEndpoint]:
    """Those of the organisation that were paused because nobody answered for three days."""
    return session.scalars(
        select(WebhookEndpoint)
        .where(
            WebhookEndpoint.organisation_id == organisation_id,
            WebhookEndpoint.removed_at.is_(None),
            WebhookEndpoint.pause_reason == PauseReason.FAILING,
        )
        .order_by(WebhookEndpoint.id)
    ).all()


def find(session: Session, endpoint_id: int, organisation_id: int) -> WebhookEndpoint:
    """An endpoint of this organisation, held until the transaction ends. Raises NotFound."""
    found: WebhookEndpoint | None = session.scalars(
        locked(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))
    ).first()
    if found is None or found.removed_at is not None or found.organisation_id != organisation_id:
        raise NotFound
    return found


def add(
    session: Session,
    *,
    address: str,
    resources: Collection[Resource],
    seals: Seals,
    allowed: Container[str],
    by: By,
) -> tuple[WebhookEndpoint, str]:
    """The endpoint, told of what happens from now on, and its secret, which is shown this once.

    Raises WebhookRefused with what is wrong with the address, WebhookKnown, TooManyWebhooks.
    """
    checked = _checked(address, allowed)
    session.execute(locked(select(Organisation.id).where(Organisation.id == by.organisation.id)))
    present = of_organisation(session, by.organisation.id)
    if any(one.endpoint.address == checked for one in present):
        raise WebhookKnown
    if len(present) >= MOST:
        raise TooManyWebhooks
    secret = make_secret()
    endpoint = WebhookEndpoint(
        organisation_id=by.organisation.id,
        address=checked,
        secret_sealed=seals.seal(secret, purpose=PURPOSE),
        **{f"tells_{one.value}": one in resources for one in CHOSEN},
        created_by_agent_id=by.agent.id,
        created_at=by.now,
    )
    session.add(endpoint)
    session.flush()
    _note(session, "webhook.added", endpoint, by)
    return endpoint, secret


def renew_secret(session: Session, endpoint: WebhookEndpoint, *, seals: Seals, by: By) -> str:
    """Another secret, in force at once; shown this once."""
    secret = make_secret()
    endpoint.secret_sealed = seals.seal(secret, purpose=PURPOSE)
    _note(session, "webhook.secret_renewed", endpoint, by)
    return secret


def choose(session: Session, endpoint: WebhookEndpoint, resources: Collection[Resource], *, by: By) -> None:
    """Tell it of these kinds of resources from now on."""
    for one in CHOSEN:
        setattr(endpoint, f"tells_{one.value}", one in resources)
    _note(session, "webhook.changed", endpoint, by)


def pause(session: Session, endpoint: WebhookEndpoint, *, by: By) -> None:
    """Tell it nothing for now; what happens waits for it."""
    if endpoint.paused_at is None:
        endpoint.paused_at, endpoint.pause_reason = by.now, PauseReason.AGENT
        _note(session, "webhook.paused", endpoint, by)


def resume(session: Session, endpoint: WebhookEndpoint, *, by: By) -> None:
    """Tell it again, from what waits, in order; its former failures are forgotten."""
    endpoint.paused_at = endpoint.pause_reason = None
    endpoint.failures, endpoint.failing_since, endpoint.next_try_at = 0, None, None
    _note(session, "webhook.resumed", endpoint, by)


def remove(session: Session, endpoint: WebhookEndpoint, *, by: By) -> None:
    """Tell it nothing any more; what waited for it is dropped, and its secret with it."""
    session.execute(
        delete(WebhookEvent).where(WebhookEvent.endpoint_id == endpoint.id, WebhookEvent.state == EventState.PENDING)
    )
    endpoint.removed_at, endpoint.secret_sealed = by.now, ""
    _note(session, "webhook.removed", endpoint, by)


def _checked(address: str, allowed: Container[str]) -> str:
    try:
        return read_address(address.strip(), allowed=allowed).text
    except FetchFailed as failed:
        raise WebhookRefused(why=failed.why) from None


def _note(session: Session, action: str, endpoint: WebhookEndpoint, by: By) -> None:
    note(
        session,
        action,
        now=by.now,
        organisation_id=by.organisation.id,
        agent_id=by.agent.id,
        endpoint_id=endpoint.id,
    )
