"""What an agent sent when their session was over: kept sealed for a day, for them alone, and given back after they sign in.

Nothing of it is done before they say so again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from invitations.codes import fingerprint
from invitations.errors import NotFound
from invitations.models import AgentSession, KeptForm
from invitations.sealing import SealBroken, Seals
from invitations.supporting import seen_as
from invitations.uploads.nir import without_nir

KEPT = timedelta(hours=24)
# After the end of a session: a page that was left open over a long weekend; an old cookie leaves nothing.
LATE = timedelta(days=7)
# Of one agent: the oldest makes room.
MOST = 10
# Characters of a form, as JSON: a list of 2,000 people who were ticked has some 60,000.
LONGEST = 200_000
LONGEST_PATH = 500
PURPOSE = "kept form"

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """`fields`: names and values in their order; a name may come twice. `organisation_id`: at whose desk it was written."""

    path: str
    fields: Fields
    organisation_id: int
    left_out: bool = False  # a social security number, which is not kept


def whose(session: Session, token: str | None, *, now: datetime) -> AgentSession | None:
    """This session, if nothing but time has ended it, lately; what comes after somebody ended it is nobody's, and so is what
    was written in another agent's place."""
    over = session.scalar(select(AgentSession).where(AgentSession.token_hash == fingerprint(token or "")))
    if over is None or over.ended_at is not None or over.agent.closed_at is not None:
        return None
    return over if over.expires_at > now - LATE and seen_as(over) is None else None


def keep(session: Session, agent_id: int, sent: Sent, *, seals: Seals, now: datetime) -> int | None:
    """Keep it for this agent; its id, or None for what is too long. What follows a question mark may be words: sealed too."""
    fields = [(name, without_nir(value)) for name, value in sent.fields]
    path, _, asked = sent.path.partition("?")
    left_out = sent.left_out or fields != list(sent.fields)
    said = json.dumps([asked, sent.organisation_id, left_out, fields])
    if len(said) > LONGEST or len(path) > LONGEST_PATH:
        return None
    kept = KeptForm(agent_id=agent_id, path=path, sealed=seals.seal(said, purpose=PURPOSE), created_at=now)
    session.add(kept)
    session.flush()
    _make_room(session, agent_id)
    return kept.id


def read(session: Session, form_id: int, *, agent_id: int, seals: Seals, now: datetime) -> Sent:
    """Raises NotFound for somebody else's, for one that is older than a day, taken, or sealed under a key that is gone."""
    kept = session.scalar(select(KeptForm).where(*_theirs(form_id, agent_id, now)))
    if kept is None:
        raise NotFound
    try:
        asked, organisation_id, left_out, fields = json.loads(seals.open(kept.sealed, purpose=PURPOSE))
    except SealBroken as broken:
        raise NotFound from broken
    path = f"{kept.path}?{asked}" if asked else kept.path
    return Sent(path, [(name, value) for name, value in fields], organisation_id, left_out)


def newest(session: Session, agent_id: int, *, desks: Collection[int], seals: Seals, now: datetime) -> int | None:
    """The last one that this agent has not come back to yet, of those written for these organisations."""
    theirs = select(KeptForm.id).where(KeptForm.agent_id == agent_id, KeptForm.created_at >= now - KEPT)
    for form_id in session.scalars(theirs.order_by(KeptForm.id.desc())).all():
        with suppress(NotFound):
            if read(session, form_id, agent_id=agent_id, seals=seals, now=now).organisation_id in desks:
                return form_id
    return None


def take(session: Session, form_id: int, *, agent_id: int, now: datetime) -> None:
    """It is sent again, or not wanted. Raises NotFound, also for the second of two at once."""
    gone = delete(KeptForm).where(*_theirs(form_id, agent_id, now)).returning(KeptForm.id)
    if session.scalar(gone) is None:
        raise NotFound


def forget(session: Session, *, now: datetime) -> int:
    """Drop what nobody came back for. Returns how many."""
    gone = delete(KeptForm).where(KeptForm.created_at < now - KEPT).returning(KeptForm.id)
    return len(session.scalars(gone).all())


def _theirs(form_id: int, agent_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return KeptForm.id == form_id, KeptForm.agent_id == agent_id, KeptForm.created_at >= now - KEPT


def _make_room(session: Session, agent_id: int) -> None:
    mine = select(KeptForm.id).where(KeptForm.agent_id == agent_id)
    kept = session.scalars(mine.order_by(KeptForm.id.desc()).limit(MOST)).all()
    session.execute(delete(KeptForm).where(KeptForm.agent_id == agent_id, KeptForm.id.not_in(kept)))
