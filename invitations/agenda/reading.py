"""What a search reads: openings, appointments, absences; one query each, whatever the number of agents and days.

A big team has thousands of appointments in sight, and colleagues keep much the same hours: the engine groups what
takes the same time, a few hundred rows in place of 7,000. The queries are put together once, then only filled in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, String, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.slots import Interval
from invitations.database import is_postgresql, minute_stored
from invitations.models import Absence, AppointmentAgent, Department, Opening, Organisation, Place
from invitations.models.agenda import opening_types

_DAY = timedelta(days=1)

# Rows of start and end in minutes since 1970 UTC, and the agents' ids with commas between.
Grouped = Select[int, int, str]


class OpeningRow(NamedTuple):
    """What the search reads of an opening, for one of its types."""

    agent_id: int
    place_id: int
    type_id: int
    starts_on: date
    starts: time
    ends: time
    rrule: str | None
    exdates: list[str]
    zone: str
    holidays_subdivision: str | None


@dataclass(frozen=True, slots=True)
class Range:
    """Half-open, aware."""

    after: datetime
    before: datetime


def read_openings(
    session: Session,
    types: Collection[int],
    place_ids: Collection[int] | None,
    agent_ids: Collection[int] | None,
    wanted: Range,
) -> list[OpeningRow]:
    """The openings of these types that may happen in the range."""
    query = openings_query(all_places=place_ids is None, all_agents=agent_ids is None)
    values = {
        "types": list(types),
        "places": list(place_ids or ()),
        "agents": list(agent_ids or ()),
        "first": (wanted.after - _DAY).date(),
        "last": (wanted.before + _DAY).date(),
    }
    return [*map(OpeningRow._make, session.execute(query, values).all())]


@cache
def openings_query(*, all_places: bool, all_agents: bool) -> Select[Any]:
    query = (
        select(
            Opening.agent_id,
            Opening.place_id,
            opening_types.c.type_id,
            Opening.starts_on,
            Opening.starts_at_time,
            Opening.ends_at_time,
            Opening.rrule,
            Opening.exdates,
            func.coalesce(Place.timezone, Department.timezone),
            Department.holidays_subdivision,
        )
        .join(opening_types, opening_types.c.opening_id == Opening.id)
        .join(Place, Place.id == Opening.place_id)
        .join(Organisation, Organisation.id == Place.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .where(
            opening_types.c.type_id.in_(bindparam("types", expanding=True)),
            Opening.starts_on <= bindparam("last"),
            or_(Opening.last_on.is_(None), Opening.last_on >= bindparam("first")),
            Place.closed_at.is_(None),
        )
        .order_by(Opening.id, opening_types.c.type_id)
    )
    if not all_places:
        query = query.where(Opening.place_id.in_(bindparam("places", expanding=True)))
    if not all_agents:
        query = query.where(Opening.agent_id.in_(bindparam("agents", expanding=True)))
    return query


def read_appointments(session: Session, agents: Collection[int], wanted: Range) -> dict[int, list[Interval]]:
    """The time that live appointments and held propositions take, pauses included, by agent, in order."""
    return read_intervals(
        session, appointments_query, agents, after=wanted.after - 2 * _DAY, before=wanted.before + _DAY
    )


def read_absences(session: Session, agents: Collection[int], wanted: Range) -> dict[int, list[Interval]]:
    """When these agents don't receive, by agent, in order."""
    return read_intervals(session, absences_query, agents, after=wanted.after - _DAY, before=wanted.before + _DAY)


@cache
def appointments_query(*, postgresql: bool) -> Grouped:
    taken = AppointmentAgent
    query = grouped(taken.agent_id, taken.starts_at, taken.busy_until, postgresql=postgresql)
    return query.where(taken.is_live, taken.starts_at > bindparam("after"), taken.starts_at < bindparam("before"))


@cache
def absences_query(*, postgresql: bool) -> Grouped:
    query = grouped(Absence.agent_id, Absence.starts_at, Absence.ends_at, postgresql=postgresql)
    return query.where(Absence.ends_at > bindparam("after"), Absence.starts_at < bindparam("before"))


def grouped(agent_id: Any, starts_at: Any, ends_at: Any, *, postgresql: bool) -> Grouped:
    """A row for each interval of time, in order: its start and end in minutes, whose it is (ids, commas between)."""
    return (
        select(
            minute_stored(starts_at, postgresql=postgresql),
            minute_stored(ends_at, postgresql=postgresql),
            func.aggregate_strings(cast(agent_id, String), ","),
        )
        .where(agent_id.in_(bindparam("agents", expanding=True)))
        .group_by(starts_at, ends_at)
        .order_by(starts_at, ends_at)
    )


def read_intervals(
    session: Session, query: Callable[..., Grouped], agents: Collection[int], **bounds: datetime
) -> dict[int, list[Interval]]:
    rows = session.execute(query(postgresql=is_postgresql(session)), {"agents": list(agents), **bounds})
    found: dict[str, list[Interval]] = defaultdict(list)
    for starts, ends, ids in rows.all():
        interval = starts, ends
        for agent_id in ids.split(","):
            found[agent_id].append(interval)
    return {int(agent_id): intervals for agent_id, intervals in found.items()}
