"""Correcting who somebody is and how to reach them, and adding somebody by hand: an agent, for a caller."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import contacts, follow_ups, journal
from invitations.database import hold_rows
from invitations.models import Beneficiary, Channel, Department, FollowUp, Membership
from invitations.uploads.befores import MARKS
from invitations.uploads.comparing import ATTRIBUTES
from invitations.uploads.saving import keys_of

# What an agent may write of somebody. Unlike an import's, a blank erases: they see what they empty.
EDITED = (*ATTRIBUTES, "language")
_DEAD = {Channel.SMS: ("phone_dead_at", "wrong_phone"), Channel.EMAIL: ("email_dead_at",)}


def edit(
    session: Session,
    person: Beneficiary,
    values: Mapping[str, Any],
    *,
    organisation_id: int,
    agent_id: int | None,
    now: datetime,
) -> list[str]:
    """Write what differs, and answer which attributes did. A new number is not dead because the former was."""
    session.flush()
    hold_rows(session, select(Beneficiary.id).where(Beneficiary.id == person.id))
    session.refresh(person)
    changed = [name for name in EDITED if name in values and values[name] != getattr(person, name)]
    if not changed:
        return []
    former = person.phone
    for name in changed:
        setattr(person, name, values[name])
    _forget_marks(person, frozenset(changed))
    person.updated_at = now
    _write_keys(person)
    if "phone" in changed and person.phone:
        contacts.call_there(session, person, former)
    _note(session, "beneficiary.edited", person, organisation_id, agent_id, now, fields=changed)
    return changed


def refuse(
    session: Session, person: Beneficiary, channel: Channel, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """A caller wants no more messages by this channel. Repeated, changes nothing."""
    _mark_refused(session, person, channel, now, organisation_id=organisation_id, agent_id=agent_id, now=now)


def accept(
    session: Session, person: Beneficiary, channel: Channel, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """They want them again. Repeated, changes nothing."""
    _mark_refused(session, person, channel, None, organisation_id=organisation_id, agent_id=agent_id, now=now)


def vouch(
    session: Session, person: Beneficiary, channel: Channel, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """The number or the address works after all: somebody has just said so. Repeated, changes nothing."""
    marks = _DEAD.get(channel, ())
    if not any(getattr(person, mark) for mark in marks):
        return
    for mark in marks:
        setattr(person, mark, None)
    person.updated_at = now
    _note(session, f"contact.{channel}_vouched", person, organisation_id, agent_id, now)


def take_turn(session: Session, department_id: int) -> None:
    """One person added at a time in a département, imports among them: two at once would make two of somebody."""
    hold_rows(session, select(Department.id).where(Department.id == department_id))


def add(
    session: Session,
    values: Mapping[str, Any],
    *,
    department_id: int,
    organisation_id: int,
    agent_id: int,
    now: datetime,
) -> Beneficiary:
    """Somebody new, in the organisation; whoever asks has looked for duplicates since `take_turn`."""
    person = Beneficiary(
        uid=str(uuid.uuid4()),
        department_id=department_id,
        created_at=now,
        updated_at=now,
        **{name: values.get(name) for name in EDITED if name != "language"},
        language=values.get("language") or "fr",
        first_name_key="",
        search_key="",
    )
    _write_keys(person)
    session.add(person)
    session.flush()
    join(session, person, organisation_id=organisation_id, agent_id=agent_id, now=now)
    _note(session, "beneficiary.added", person, organisation_id, agent_id, now)
    return person


def join(session: Session, person: Beneficiary, *, organisation_id: int, agent_id: int | None, now: datetime) -> None:
    """The person belongs to the organisation from now on, too. Repeated, changes nothing."""
    present = session.scalar(
        select(Membership).where(Membership.beneficiary_id == person.id, Membership.organisation_id == organisation_id)
    )
    if present is not None and present.archived_at is None:
        return
    if present is None:
        session.add(Membership(beneficiary_id=person.id, organisation_id=organisation_id, created_at=now))
    else:
        present.archived_at = present.archive_reason = None
    person.updated_at = now
    session.flush()
    _note(session, "beneficiary.joined", person, organisation_id, agent_id, now)


def follow(session: Session, person: Beneficiary, category_id: int, *, now: datetime) -> FollowUp:
    """Their follow-up in the category, made when there is none."""
    return follow_ups.open_follow_up(session, person, category_id, now=now)


def _mark_refused(
    session: Session,
    person: Beneficiary,
    channel: Channel,
    since: datetime | None,
    *,
    organisation_id: int,
    agent_id: int,
    now: datetime,
) -> None:
    mark = contacts.SINCE[channel]
    if (getattr(person, mark) is None) is (since is None):
        return
    setattr(person, mark, since)
    person.updated_at = now
    acts = contacts.ACCEPTED if since is None else contacts.REFUSED
    _note(session, acts[channel], person, organisation_id, agent_id, now)


def _forget_marks(person: Beneficiary, changed: frozenset[str]) -> None:
    for mark, about in MARKS.items():
        if about & changed:
            setattr(person, mark, None)
    if "phone" in changed:
        person.wrong_phone = None


def _write_keys(person: Beneficiary) -> None:
    for name, key in keys_of({name: getattr(person, name) for name in ATTRIBUTES}).items():
        setattr(person, name, key)


def _note(
    session: Session,
    action: str,
    person: Beneficiary,
    organisation_id: int,
    agent_id: int | None,
    now: datetime,
    **details: Any,
) -> None:
    """Which attributes, never what they were or are."""
    session.flush()
    journal.note(
        session,
        action,
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=person.id,
        **details,
    )
