"""An agent's own ways to narrow the list of people, by name; twelve at most for an organisation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.errors import NameTaken, NotFound, SettingRefused, TooManyViews
from invitations.models import Agent, SavedView

MOST = 12
LONGEST_NAME = 60  # characters, the column's length
LONGEST_QUERY = 1_000


def views_of(session: Session, *, agent_id: int, organisation_id: int) -> list[SavedView]:
    """In the order in which they were kept."""
    query = select(SavedView).where(SavedView.agent_id == agent_id, SavedView.organisation_id == organisation_id)
    return list(session.scalars(query.order_by(SavedView.id)))


def keep(session: Session, name: str, query: str, *, agent_id: int, organisation_id: int, now: datetime) -> SavedView:
    """Keep a view; one of the same name becomes this one. Raises SettingRefused for a name or a query that is none,
    TooManyViews."""
    words = cleaned(name)
    if not 0 < len(query) <= LONGEST_QUERY:
        raise SettingRefused
    hold_rows(session, select(Agent.id).where(Agent.id == agent_id))
    every = views_of(session, agent_id=agent_id, organisation_id=organisation_id)
    view = next((one for one in every if one.name == words), None)
    if view is None and len(every) >= MOST:
        raise TooManyViews
    if view is None:
        view = SavedView(agent_id=agent_id, organisation_id=organisation_id, name=words, created_at=now)
        session.add(view)
    view.query = query
    session.flush()
    note(session, "view.kept", view, now=now)
    return view


def rename(session: Session, view: SavedView, name: str, *, now: datetime) -> None:
    """Raises SettingRefused for a name that is none, NameTaken for that of another view."""
    words = cleaned(name)
    hold_rows(session, select(Agent.id).where(Agent.id == view.agent_id))
    every = views_of(session, agent_id=view.agent_id, organisation_id=view.organisation_id)
    if any(one.name == words and one.id != view.id for one in every):
        raise NameTaken
    view.name = words
    session.flush()
    note(session, "view.renamed", view, now=now)


def remove(session: Session, view: SavedView, *, now: datetime) -> None:
    note(session, "view.removed", view, now=now)
    session.delete(view)
    session.flush()


def seen_by(session: Session, view_id: int, *, agent_id: int, organisation_id: int) -> SavedView:
    """Nobody sees another's. Raises NotFound."""
    view = session.get(SavedView, view_id)
    if view is None or (view.agent_id, view.organisation_id) != (agent_id, organisation_id):
        raise NotFound
    return view


def cleaned(name: str) -> str:
    words = " ".join(name.split())
    if not 0 < len(words) <= LONGEST_NAME:
        raise SettingRefused
    return words


def note(session: Session, action: str, view: SavedView, *, now: datetime) -> None:
    journal.note(
        session, action, now=now, organisation_id=view.organisation_id, agent_id=view.agent_id, view_id=view.id
    )
