"""What a search reads: openings, appointments, what closes; one query each, whatever the number of agents and days.

A big team has thousands of appointments in sight, and colleagues keep much the same hours: the engine groups what
takes the same time, a few hundred rows in place of 7,000. The queries are put together once, then only filled in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    Time,
    bindparam,
    cast,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from invitations import rows
from invitations.agenda.slots import Interval
from invitations.database import among, is_postgresql, minute_stored
from invitations.models import (
    Absence,
    AppointmentAgent,
    BusyTime,
    Closure,
    Department,
    Opening,
    Organisation,
    Place,
    RegularAbsence,
)
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
    organisation_id: int


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
    query = openings_query(
        all_places=place_ids is None, all_agents=agent_ids is None, postgresql=is_postgresql(session)
    )
    values = {
        "types": list(types),
        "places": list(place_ids or ()),
        "agents": list(agent_ids or ()),
        "first": (wanted.after - _DAY).date(),
        "last": (wanted.before + _DAY).date(),
    }
    return [*map(OpeningRow._make, rows.read(session, query, values).all())]


@cache
def openings_query(*, all_places: bool, all_agents: bool, postgresql: bool) -> Select[Any]:
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
            Place.organisation_id,
        )
        .join(opening_types, opening_types.c.opening_id == Opening.id)
        .join(Place, Place.id == Opening.place_id)
        .join(Organisation, Organisation.id == Place.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .where(
            among(opening_types.c.type_id, "types", postgresql=postgresql),
            Opening.starts_on <= bindparam("last"),
            or_(Opening.last_on.is_(None), Opening.last_on >= bindparam("first")),
            Place.closed_at.is_(None),
        )
        .order_by(Opening.id, opening_types.c.type_id)
    )
    if not all_places:
        query = query.where(among(Opening.place_id, "places", postgresql=postgresql))
    if not all_agents:
        query = query.where(among(Opening.agent_id, "agents", postgresql=postgresql))
    return query


class ClosingRow(NamedTuple):
    """What closes, in one of three shapes, the columns of the others null.

    A span of time, `starts` to `ends` in minutes, of the agents of `ids` (commas between). Closing days, `starts_on`
    to `last_on`, of the organisation of `ids`, at one place or at all (`place_id` null). With `rrule`: the regular
    absence of the agent of `ids`.
    """

    starts: int | None
    ends: int | None
    ids: str
    place_id: int | None
    starts_on: date | None
    last_on: date | None
    starts_at: time | None
    ends_at: time | None
    rrule: str | None
    exdates: list[str] | None
    zone: str | None


def read_appointments(
    session: Session, agents: Collection[int], wanted: Range, *, without: int | None = None
) -> dict[int, list[Interval]]:
    """The time that live appointments and held propositions take, pauses included, by agent, in order."""
    query = appointments_query(postgresql=is_postgresql(session), all_of_them=without is None)
    values = {"agents": list(agents), "after": wanted.after - 2 * _DAY, "before": wanted.before + _DAY}
    found = rows.read(session, query, values if without is None else values | {"without": without})
    return by_agent(found.all())


def read_closings(
    session: Session, organisations: Collection[int], agents: Collection[int], wanted: Range
) -> list[ClosingRow]:
    """Absences, regular ones too, busy times of external calendars, closing days: in one query."""
    values = {
        "agents": list(agents),
        "organisations": list(organisations),
        "after": wanted.after - _DAY,
        "before": wanted.before + _DAY,
        "first": (wanted.after - _DAY).date(),
        "last": (wanted.before + _DAY).date(),
    }
    found = rows.read(session, closings_query(postgresql=is_postgresql(session)), values)
    return [*map(ClosingRow._make, found.all())]


@cache
def appointments_query(*, postgresql: bool, all_of_them: bool = True) -> Grouped:
    taken = AppointmentAgent
    query = grouped(taken.agent_id, taken.starts_at, taken.busy_until, postgresql=postgresql)
    query = query.where(taken.is_live, taken.starts_at > bindparam("after"), taken.starts_at < bindparam("before"))
    if not all_of_them:
        query = query.where(taken.appointment_id != bindparam("without"))
    return query.order_by(taken.starts_at, taken.busy_until)


@cache
def closings_query(*, postgresql: bool) -> CompoundSelect[Any]:
    """One query of four: they have nothing in common but that nobody is received."""
    spans = [
        grouped(one.agent_id, one.starts_at, one.ends_at, postgresql=postgresql)
        .where(one.ends_at > bindparam("after"), one.starts_at < bindparam("before"), one.starts_at < one.ends_at)
        .add_columns(*_nothing(Integer, Date, Date, Time, Time, String, JSON, String))
        for one in (Absence, BusyTime)
    ]
    closures = select(
        *_nothing(Integer, Integer),
        cast(Closure.organisation_id, String),
        Closure.place_id,
        Closure.first_on,
        Closure.last_on,
        *_nothing(Time, Time, String, JSON, String),
    ).where(
        among(Closure.organisation_id, "organisations", postgresql=postgresql),
        Closure.last_on >= bindparam("first"),
        Closure.first_on <= bindparam("last"),
    )
    regular = select(
        *_nothing(Integer, Integer),
        cast(RegularAbsence.agent_id, String),
        *_nothing(Integer),
        RegularAbsence.starts_on,
        RegularAbsence.last_on,
        RegularAbsence.starts_at_time,
        RegularAbsence.ends_at_time,
        RegularAbsence.rrule,
        RegularAbsence.exdates,
        RegularAbsence.timezone,
    ).where(
        among(RegularAbsence.agent_id, "agents", postgresql=postgresql),
        RegularAbsence.starts_on <= bindparam("last"),
        or_(RegularAbsence.last_on.is_(None), RegularAbsence.last_on >= bindparam("first")),
    )
    return union_all(*spans, closures, regular)


def _nothing(*kinds: Any) -> list[Any]:
    return [cast(null(), kind) for kind in kinds]


def grouped(agent_id: Any, starts_at: Any, ends_at: Any, *, postgresql: bool) -> Grouped:
    """A row for each interval of time: its start and end in minutes, whose it is (ids, commas between)."""
    return (
        select(
            minute_stored(starts_at, postgresql=postgresql),
            minute_stored(ends_at, postgresql=postgresql),
            func.aggregate_strings(cast(agent_id, String), ","),
        )
        .where(among(agent_id, "agents", postgresql=postgresql))
        .group_by(starts_at, ends_at)
    )


def by_agent(grouped_rows: Iterable[Any]) -> dict[int, list[Interval]]:
    """The intervals of grouped rows, by agent, in the order of the rows."""
    found: dict[str, list[Interval]] = defaultdict(list)
    for starts, ends, ids, *_ in grouped_rows:
        interval = starts, ends
        for agent_id in ids.split(","):
            found[agent_id].append(interval)
    return {int(agent_id): intervals for agent_id, intervals in found.items()}
