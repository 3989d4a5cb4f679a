"""The openings of a team as its page lists them: by agent, with what is taken out of them; what is over apart. Read-only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.recurrence import Rule, parse
from invitations.models import Agent, AppointmentType, Opening, Place
from invitations.models.agenda import opening_types
from invitations.rhythm import taken_out

# Of what is over, the last that ended: older ones explain nothing any more.
OVER_SHOWN = 100


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """One opening; `rule` is null when it happens on `starts_on` alone, `last_on` when it has no end.

    `taken_out` are the days to come on which it does not happen after all. A place out of use gives no slot.
    """

    id: int
    agent_id: int
    agent: str
    city: str
    place: str
    is_place_closed: bool
    types: tuple[str, ...]
    rule: Rule | None
    starts_on: date
    last_on: date | None
    starts_at_time: time
    ends_at_time: time
    taken_out: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentLines:
    """The openings of one agent."""

    agent_id: int
    agent: str
    lines: tuple[OpeningLine, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which openings are wanted; None: all."""

    agent_id: int | None = None
    place_id: int | None = None


ALL = Filters()


def openings_of(session: Session, organisation_id: int, *, today: date, filters: Filters = ALL) -> list[AgentLines]:
    """The organisation's openings that still happen, by agent, then place and hour."""
    query = lines_query(organisation_id, filters).where(or_(Opening.last_on.is_(None), Opening.last_on >= today))
    query = query.order_by(Agent.last_name, Agent.first_name, Agent.id, Place.city, Opening.starts_at_time, Opening.id)
    lines = to_lines(session, session.execute(query).all(), today)
    return by_agent(line for line in lines if line.rule or line.starts_on >= today)


def openings_over(session: Session, organisation_id: int, *, today: date, filters: Filters = ALL) -> list[OpeningLine]:
    """The openings that are over, the last that ended first."""
    query = lines_query(organisation_id, filters).where(Opening.last_on < today)
    query = query.order_by(Opening.last_on.desc(), Opening.id.desc()).limit(OVER_SHOWN)
    return to_lines(session, session.execute(query).all(), today)


def line_of(session: Session, opening: Opening, *, today: date) -> OpeningLine:
    """One opening as the lists show it."""
    row = session.execute(lines_query(opening.organisation_id, ALL).where(Opening.id == opening.id)).one()
    return to_lines(session, [row], today)[0]


def lines_query(organisation_id: int, filters: Filters) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            Opening.id,
            Opening.agent_id,
            Agent.display_name,
            Place.city,
            Place.name,
            Place.closed_at,
            Opening.rrule,
            Opening.exdates,
            Opening.starts_on,
            Opening.last_on,
            Opening.starts_at_time,
            Opening.ends_at_time,
        )
        .join(Agent, Opening.agent_id == Agent.id)
        .join(Place, Opening.place_id == Place.id)
        .where(Opening.organisation_id == organisation_id)
    )
    if filters.agent_id is not None:
        query = query.where(Opening.agent_id == filters.agent_id)
    if filters.place_id is not None:
        query = query.where(Opening.place_id == filters.place_id)
    return query


def to_lines(session: Session, rows: Sequence[Row[*tuple[Any, ...]]], today: date) -> list[OpeningLine]:
    types = types_by_opening(session, [row.id for row in rows])
    return [
        OpeningLine(
            id=row.id,
            agent_id=row.agent_id,
            agent=row.display_name,
            city=row.city,
            place=row.name,
            is_place_closed=row.closed_at is not None,
            types=types.get(row.id, ()),
            rule=parse(row.rrule) if row.rrule else None,
            starts_on=row.starts_on,
            last_on=row.last_on,
            starts_at_time=row.starts_at_time,
            ends_at_time=row.ends_at_time,
            taken_out=taken_out(row.rrule, row.starts_on, row.exdates, first=today),
        )
        for row in rows
    ]


def by_agent(lines: Iterable[OpeningLine]) -> list[AgentLines]:
    """The lines, which are in order of agent, put together."""
    return [
        AgentLines(agent_id, agent, tuple(theirs))
        for (agent_id, agent), theirs in groupby(lines, key=lambda line: (line.agent_id, line.agent))
    ]


def types_by_opening(session: Session, opening_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The names of the types in use of these openings."""
    names: dict[int, tuple[str, ...]] = {}
    for opening_id, name in session.execute(
        select(opening_types.c.opening_id, AppointmentType.name)
        .join(AppointmentType, AppointmentType.id == opening_types.c.type_id)
        .where(opening_types.c.opening_id.in_(opening_ids))
        .order_by(opening_types.c.opening_id, AppointmentType.name)
    ):
        names[opening_id] = (*names.get(opening_id, ()), name)
    return names
