"""The absences of a team as its page lists them, with what is booked during each: those who say the same together. Read-only."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.recurrence import Rule, occurrences, parse
from invitations.agenda.slots import moment_of
from invitations.agenda.wall_time import span
from invitations.models import (
    Absence,
    Agent,
    AgentRole,
    Appointment,
    AppointmentAgent,
    Organisation,
    Place,
    RegularAbsence,
)
from invitations.rhythm import COMPARED, taken_out

# Of what is over, the last that ended.
OVER_SHOWN = 100

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Absent:
    """One of those who are absent: the absence's id, and the name people read."""

    id: int
    agent_id: int
    agent: str


@dataclass(frozen=True, slots=True)
class BookedDay:
    """A day on which appointments were booked during an absence. They stay."""

    agent_id: int
    on: date
    count: int


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """One absence of one agent or several."""

    absent: tuple[Absent, ...]
    starts_at: datetime
    ends_at: datetime
    label: str
    booked: tuple[BookedDay, ...] = ()


@dataclass(frozen=True, slots=True)
class RegularLine:
    """An absence that comes back, of one agent or several; `taken_out` are days to come on which it does not."""

    absent: tuple[Absent, ...]
    rrule: str
    starts_on: date
    last_on: date | None
    starts_at_time: time
    ends_at_time: time
    label: str
    zone: ZoneInfo
    taken_out: tuple[date, ...]
    booked: tuple[BookedDay, ...] = ()

    @property
    def rule(self) -> Rule:
        return parse(self.rrule)

    def spans(self, today: date) -> list[Span]:
        """When it is, from today on."""
        out = [day.isoformat() for day in self.taken_out]
        days = occurrences(self.rrule, self.starts_on, out, first=today, last=today + COMPARED)
        minutes = [span(day, self.starts_at_time, self.ends_at_time, self.zone)[0] for day in days]
        return [(moment_of(starts), moment_of(ends)) for starts, ends in minutes]


def absences_of(
    session: Session, organisation: Organisation, *, now: datetime, agent_id: int | None = None
) -> list[AbsenceLine]:
    """Absences of the organisation's agents that are not over, the nearest first."""
    query = absences_query(organisation.id, agent_id).where(Absence.ends_at > now)
    rows = session.execute(query.order_by(Absence.starts_at, *by_name(), Absence.id)).all()
    lines = together(rows)
    booked = booked_times(session, organisation, {one.agent_id for line in lines for one in line.absent}, now)
    return [replace(line, booked=during([(line.starts_at, line.ends_at)], line.absent, booked)) for line in lines]


def absences_over(
    session: Session, organisation: Organisation, *, now: datetime, agent_id: int | None = None
) -> list[AbsenceLine]:
    """Absences that are over, the last that ended first."""
    query = absences_query(organisation.id, agent_id).where(Absence.ends_at <= now)
    return together(session.execute(query.order_by(Absence.ends_at.desc(), *by_name()).limit(OVER_SHOWN)).all())


def regular_absences_of(
    session: Session, organisation: Organisation, *, now: datetime, agent_id: int | None = None
) -> list[RegularLine]:
    """Absences that come back and are not over, by name of who is absent."""
    today = now.astimezone(organisation.department.zone).date()
    query = regular_query(organisation.id, agent_id).where(
        or_(RegularAbsence.last_on.is_(None), RegularAbsence.last_on >= today)
    )
    lines = together_again(session.execute(query.order_by(*by_name(), RegularAbsence.id)).all(), today)
    booked = booked_times(session, organisation, {one.agent_id for line in lines for one in line.absent}, now)
    return [replace(line, booked=during(line.spans(today), line.absent, booked)) for line in lines]


def absences_query(organisation_id: int, agent_id: int | None) -> Select[*tuple[Any, ...]]:
    columns = Absence.id, Absence.agent_id, Agent.display_name, Absence.starts_at, Absence.ends_at, Absence.label
    query = select(*columns).join(Agent, Absence.agent_id == Agent.id)
    return of_the_team(query, organisation_id, agent_id)


def regular_query(organisation_id: int, agent_id: int | None) -> Select[*tuple[Any, ...]]:
    one = RegularAbsence
    query = select(
        one.id,
        one.agent_id,
        Agent.display_name,
        one.starts_on,
        one.rrule,
        one.last_on,
        one.starts_at_time,
        one.ends_at_time,
        one.label,
        one.timezone,
        one.exdates,
    ).join(Agent, one.agent_id == Agent.id)
    return of_the_team(query, organisation_id, agent_id)


def of_the_team(
    query: Select[*tuple[Any, ...]], organisation_id: int, agent_id: int | None
) -> Select[*tuple[Any, ...]]:
    query = query.join(AgentRole, AgentRole.agent_id == Agent.id).where(
        AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None)
    )
    return query if agent_id is None else query.where(Agent.id == agent_id)


def by_name() -> tuple[Any, ...]:
    return Agent.last_name, Agent.first_name, Agent.id


def together(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[AbsenceLine]:
    """A line for those who say the same, in the order in which they come."""
    found: dict[tuple[Any, ...], list[Absent]] = defaultdict(list)
    for row in rows:
        found[row.starts_at, row.ends_at, row.label].append(Absent(row.id, row.agent_id, row.display_name))
    return [AbsenceLine(tuple(absent), *said) for said, absent in found.items()]


def together_again(rows: Iterable[Row[*tuple[Any, ...]]], today: date) -> list[RegularLine]:
    found: dict[tuple[RegularLine, tuple[str, ...]], list[Absent]] = defaultdict(list)
    for row in rows:
        found[to_regular(row, today), tuple(row.exdates)].append(Absent(row.id, row.agent_id, row.display_name))
    return [replace(line, absent=tuple(absent)) for (line, _), absent in found.items()]


def to_regular(row: Row[*tuple[Any, ...]], today: date) -> RegularLine:
    """What the row says, without saying of whom."""
    return RegularLine(
        absent=(),
        rrule=row.rrule,
        starts_on=row.starts_on,
        last_on=row.last_on,
        starts_at_time=row.starts_at_time,
        ends_at_time=row.ends_at_time,
        label=row.label,
        zone=ZoneInfo(row.timezone),
        taken_out=taken_out(row.rrule, row.starts_on, row.exdates, first=today),
    )


def booked_times(
    session: Session, organisation: Organisation, agent_ids: Collection[int], now: datetime
) -> dict[int, list[tuple[Span, date]]]:
    """The organisation's appointments to come with these agents, and the day on which each list shows them; by agent."""
    rows = session.execute(
        select(AppointmentAgent.agent_id, AppointmentAgent.starts_at, AppointmentAgent.ends_at, Place.timezone)
        .join(Appointment, AppointmentAgent.appointment_id == Appointment.id)
        .outerjoin(Place, Appointment.place_id == Place.id)
        .where(
            AppointmentAgent.agent_id.in_(agent_ids),
            AppointmentAgent.is_live,
            AppointmentAgent.starts_at > now,
            Appointment.organisation_id == organisation.id,
            Appointment.held_until.is_(None),
        )
    )
    found: dict[int, list[tuple[Span, date]]] = defaultdict(list)
    for agent_id, starts_at, ends_at, timezone in rows:
        zone = ZoneInfo(timezone) if timezone else organisation.department.zone
        found[agent_id].append(((starts_at, ends_at), starts_at.astimezone(zone).date()))
    return found


def during(
    spans: Sequence[Span], absent: Iterable[Absent], booked: Mapping[int, Sequence[tuple[Span, date]]]
) -> tuple[BookedDay, ...]:
    """The appointments of those who are absent that meet one of the spans, by day, then agent. Spans are in order, apart."""
    begins = [starts for starts, _ in spans]
    counts = Counter(
        (on, one.agent_id)
        for one in absent
        for (starts_at, ends_at), on in booked.get(one.agent_id, ())
        if (place := bisect_left(begins, ends_at)) and spans[place - 1][1] > starts_at
    )
    return tuple(BookedDay(agent_id, on, count) for (on, agent_id), count in sorted(counts.items()))
