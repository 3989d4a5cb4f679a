"""Who did what to whom, when: one line each, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from invitations import rows
from invitations.models import AuditEvent

# The super-administrator who does in an agent's place whatever is done now.
_supporter: ContextVar[int | None] = ContextVar("supporter", default=None)
# The service key with which a machine does it.
_key: ContextVar[int | None] = ContextVar("service_key", default=None)


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
    return {
        "at": now,
        "action": action,
        "organisation_id": organisation_id,
        "agent_id": agent_id,
        "beneficiary_id": beneficiary_id,
        "details": details,
    }


def note_all(session: Session, events: Sequence[Mapping[str, Any]]) -> None:
    """Keep many at once."""
    rows.run_all(session, _NOTED, events)


_NOTED = insert(AuditEvent).inline()
