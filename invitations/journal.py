"""Who did what to whom, when, from where: one line each, never changed, and gone after a year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, insert, select
from sqlalchemy.orm import Session

from invitations import rows
from invitations.models import AuditEvent, Origin


@dataclass(frozen=True, slots=True)
class Whence:
    """From where something is done. `network`: as `network_of` cuts it. `organisation_id`: at whose desk, for acts that
    say nothing of an organisation themselves."""

    origin: Origin
    network: str | None = None
    organisation_id: int | None = None


# 12 months (CNIL, recommandation relative à la journalisation, délibération n° 2021-122: six months to a year), leap year or
# not; the database lets nothing go before 365 days (`models.journal_kept`).
KEPT = timedelta(days=366)
# Bits of an address that are kept: a town's worth of IPv4, a provider's line of IPv6 (docs/decisions/0035).
KEPT_BITS = {4: 24, 6: 48}

_whence: ContextVar[Whence | None] = ContextVar("whence", default=None)

# The super-administrator who does in an agent's place whatever is done now.
_supporter: ContextVar[int | None] = ContextVar("supporter", default=None)
# The service key with which a machine does it.
_key: ContextVar[int | None] = ContextVar("service_key", default=None)


@contextmanager
def come_from(whence: Whence) -> Iterator[None]:
    """All that is noted inside says from where."""
    before = _whence.set(whence)
    try:
        yield
    finally:
        _whence.reset(before)


def network_of(address: str | None) -> str | None:
    """203.0.113.0/24: the network of an address, as much of it as the journal keeps; None for what is no address."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:  # ::ffff:203.0.113.77, of a socket that hears both
        found = found.ipv4_mapped
    return str(ip_network((found, KEPT_BITS[found.version]), strict=False))


@contextmanager
def in_place_of(supporter_id: int | None) -> Iterator[None]:
    """All that is noted inside carries this id too, beside the agent's: see `invitations.supporting`."""
    before = _supporter.set(supporter_id)
    try:
        yield
    finally:
        _supporter.reset(before)


@contextmanager
def by_key(key_id: int | None) -> Iterator[None]:
    """All that is noted inside carries the id of this service key; None: an agent does it, or nobody."""
    before = _key.set(key_id)
    try:
        yield
    finally:
        _key.reset(before)


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
    entry = event(
        action,
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=beneficiary_id,
        **details,
    )
    rows.run(session, _NOTED, entry)


def event(
    action: str,
    *,
    now: datetime,
    organisation_id: int | None = None,
    agent_id: int | None = None,
    beneficiary_id: int | None = None,
    **details: Any,
) -> dict[str, Any]:
    """One line for `note_all`; its words are those of `note`."""
    supporter_id = _supporter.get()
    if supporter_id is not None:
        details["supporter_id"] = supporter_id
    if (key_id := _key.get()) is not None:
        details["service_key_id"] = key_id
    whence = _whence.get()
    if organisation_id is None and whence is not None:
        organisation_id = whence.organisation_id
    return {
        "at": now,
        "action": action,
        "organisation_id": organisation_id,
        "agent_id": agent_id,
        "beneficiary_id": beneficiary_id,
        "details": details,
        "origin": whence.origin if whence else None,
        "network": whence.network if whence else None,
    }


def note_all(session: Session, events: Sequence[Mapping[str, Any]]) -> None:
    """Keep many at once."""
    rows.run_all(session, _NOTED, events)


def purge(session: Session, *, now: datetime) -> int:
    """Let go of what is older than a year, and say how much that was: first, for a journal that goes on is what allows it."""
    is_old = AuditEvent.at < now - KEPT
    lines = session.scalar(select(func.count()).select_from(AuditEvent).where(is_old)) or 0
    if not lines:
        return 0
    note(session, "journal.purged", now=now, lines=lines, before=(now - KEPT).date().isoformat())
    gone = session.execute(delete(AuditEvent).where(is_old), execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], gone).rowcount


_NOTED = insert(AuditEvent).inline()
