"""What a form offers to choose from: an organisation's agents, places and appointment types, as ids and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.errors import NotFound
from invitations.models import Agent, AgentRole, AppointmentType, Place


@dataclass(frozen=True, slots=True)
class Option:
    id: int
    name: str


def agents(session: Session, organisation_id: int) -> list[Option]:
    """The organisation's agents with an open account, by surname."""
    rows = session.execute(
        select(Agent.id, Agent.display_name)
        .join(AgentRole, AgentRole.agent_id == Agent.id)
        .where(AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None))
        .order_by(Agent.last_name, Agent.first_name, Agent.id)
    )
    return [Option(row.id, row.display_name) for row in rows]


def places(session: Session, organisation_id: int, *, closed: bool = False) -> list[Option]:
    """The organisation's places, by town; `closed` ones too where a past day is looked at."""
    query = select(Place.id, Place.city, Place.name).where(Place.organisation_id == organisation_id)
    if not closed:
        query = query.where(Place.closed_at.is_(None))
    rows = session.execute(query.order_by(Place.city, Place.name, Place.id))
    return [Option(row.id, f"{row.city}, {row.name}") for row in rows]


def types(session: Session, organisation_id: int, *, collective: bool | None = None) -> list[Option]:
    """The organisation's appointment types in use, by name; the collective or the individual ones when that is said."""
    query = select(AppointmentType.id, AppointmentType.name).where(
        AppointmentType.organisation_id == organisation_id, AppointmentType.closed_at.is_(None)
    )
    if collective is not None:
        query = query.where(AppointmentType.is_collective.is_(collective))
    rows = session.execute(query.order_by(AppointmentType.name, AppointmentType.id))
    return [Option(row.id, row.name) for row in rows]


def chosen(options: Sequence[Option], wanted: int | None) -> Option | None:
    """The option with this id, None for none. Raises NotFound for an id that is not among them."""
    if wanted is None:
        return None
    found = next((option for option in options if option.id == wanted), None)
    if found is None:
        raise NotFound
    return found
