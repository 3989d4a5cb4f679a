"""Sums as the scheduler leaves them, for tests of what is published of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import (
    Category,
    Department,
    Entry,
    Figures,
    FigureSpan,
    FigureState,
    FirstChannel,
    HasMobile,
    Mode,
    Organisation,
)
from invitations.statistics import publishing
from invitations.statistics.definitions import window_for
from tests.factories import World

# How far 200 people came, where a test says nothing else.
USUAL = {"addressed": 200, "reached": 180, "answered": 160, "booked": 140, "autonomous": 60, "seen": 110, "unknown": 2}


def let_publish(world: World, *organisations: Organisation) -> None:
    """The département publishes, these organisations agree (the world's own unless others are named)."""
    session = world.session
    session.get_one(Department, world.department.id).publishes_since = world.now
    for one in organisations or (world.organisation,):
        session.get_one(Organisation, one.id).publishes_since = world.now
    if session.get(FigureState, 1) is None:
        session.add(FigureState(id=1, version=1, counted_at=world.now))
    session.flush()


def add_people(
    world: World,
    month: date,
    *,
    mode: Mode = Mode.INVITATION,
    organisation: Organisation | None = None,
    category: Category | None = None,
    **counts: Any,
) -> Figures:
    """The people whom an organisation addressed first in a month, in a mode."""
    kind = category or world.category
    keys: dict[str, Any] = {
        "organisation_id": (organisation or world.organisation).id,
        "department_id": kind.department_id,
        "horizon": window_for(kind.kind).days,
        "span": FigureSpan.MONTH,
        "on": month,
        "category_id": kind.id,
        "arm": mode,
        "channel": FirstChannel.SMS,
        "entry": Entry.NEW,
        "mobile": HasMobile.YES,
        "is_gone": False,
    }
    return world.add(Figures(**keys, **USUAL | counts))


def publish(session: Session, world: World) -> int:
    """One tick of the job. Returns how many months came out."""
    return sum(publishing.publish(session, one, now=world.now) for one in publishing.due(session, now=world.now))


def people_of(session: Session, month: date) -> Figures:
    return session.scalars(select(Figures).where(Figures.on == month)).one()
