"""A file that an administrator uploaded: what it would change is shown first, and saved by a second act."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from invitations.department_settings import Speaker
from invitations.errors import NotFound
from invitations.journal import note
from invitations.models import UsefulDraft, UsefulFeed
from invitations.useful_places.keeping import Changes, compare, keep
from invitations.useful_places.reading import Reading, packed, unpacked

FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Preview:
    draft: UsefulDraft
    changes: Changes
    left_out: Mapping[str, int]


def put_aside(session: Session, reading: Reading, *, by: Speaker, now: datetime) -> UsefulDraft:
    """Keep what was read until it is saved; the agent's earlier draft goes, and everybody's of yesterday."""
    session.execute(
        delete(UsefulDraft).where(
            or_(UsefulDraft.agent_id == by.agent_id, UsefulDraft.created_at < now - FORGOTTEN_AFTER)
        )
    )
    draft = UsefulDraft(
        id=1 + randbelow(2**31 - 1),
        department_id=by.department.id,
        agent_id=by.agent_id,
        kind=reading.kind,
        content=packed(reading.kept),
        left_out=json.dumps(reading.left_out),
        created_at=now,
    )
    session.add(draft)
    session.flush()
    return draft


def draft_seen_by(session: Session, draft_id: int, *, by: Speaker) -> UsefulDraft:
    """One of the département's. Raises NotFound: another's, one that was saved, or an old one."""
    draft = session.get(UsefulDraft, draft_id)
    if draft is None or draft.department_id != by.department.id:
        raise NotFound
    return draft


def preview(session: Session, draft: UsefulDraft) -> Preview:
    changes = compare(session, unpacked(draft.content), department_id=draft.department_id, kind=draft.kind)
    return Preview(draft, changes, json.loads(draft.left_out))


def save(session: Session, draft: UsefulDraft, *, by: Speaker, now: datetime) -> Changes:
    """Make it what is kept; the draft is done with. The address of this kind is read whole again, when its week is over."""
    kept = unpacked(draft.content)
    changes = keep(session, kept, department_id=draft.department_id, kind=draft.kind, now=now)
    session.execute(
        update(UsefulFeed)
        .where(UsefulFeed.department_id == draft.department_id, UsefulFeed.kind == draft.kind)
        .values(etag=None, last_modified=None)
    )
    session.delete(draft)
    note(
        session,
        "useful_places.saved",
        now=now,
        organisation_id=by.organisation.id,
        agent_id=by.agent_id,
        kind=draft.kind.value,
        new=len(changes.new),
        changed=len(changes.changed),
        gone=len(changes.gone),
    )
    return changes


def drop(session: Session, draft: UsefulDraft) -> None:
    session.delete(draft)
