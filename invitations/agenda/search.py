"""The one search for free slots: three queries whatever the number of agents and days, then plain arithmetic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.recurrence import occurrences
from invitations.agenda.slots import Interval, Kind, Slot, Window, free_slots, minute_of
from invitations.agenda.wall_time import span
from invitations.database import epoch_minutes
from invitations.holidays import is_holiday
from invitations.models import Absence, AppointmentAgent, AppointmentType, Department, Opening, Organisation, Place
from invitations.models.agenda import opening_types

# A slot that was on the screen may still be booked this long after its minimum delay has passed (slots.md).
GRACE = timedelta(minutes=10)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


class OpeningRow(NamedTuple):
    """What the search reads of an opening, for one of its types."""

    agent_id: int
    place_id: int
    starts_on: date
    starts: time
    ends: time
    rrule: str | None
    exdates: list[str]
    type_id: int
    zone: str
    holidays_subdivision: str | None


@dataclass(frozen=True, slots=True)
class Range:
    """Half-open, aware."""

    after: datetime
    before: datetime


def find_slots(
    session: Session,
    *,
    types: Sequence[AppointmentType],
    place_ids: Collection[int] | None = None,
    agent_ids: Collection[int] | None = None,
    after: datetime,
    before: datetime,
    now: datetime,
    grace: timedelta = timedelta(),
) -> list[Slot]:
    """Free slots with `after <= start < before` that may be booked at `now`, in order of start, place, agent.

    None for places or agents means all; an empty collection means none, so that "the person's referents, and there
    are none" finds no slot. Each type's delays bound the start to the minute: `now + min_delay - grace <= start
    <= now + max_delay`. Seconds count: a minimum delay that ends at 10:00:30 refuses the 10:00 slot.
    """
    if not types or (place_ids is not None and not place_ids) or (agent_ids is not None and not agent_ids):
        return []
    kinds = {one.id: kind_of(one, now, grace) for one in types}
    wanted = Range(
        max(after, min(now + one.min_delay - grace for one in types)),
        min(before, max(now + one.max_delay for one in types) + _MINUTE),
    )
    if wanted.after >= wanted.before:
        return []
    openings = read_openings(session, kinds, place_ids, agent_ids, wanted)
    agents = {one.agent_id for one in openings}
    if not agents:
        return []
    appointments = read_appointments(session, agents, wanted)
    busy = read_absences(session, agents, wanted)
    for agent_id, intervals in appointments.items():
        busy[agent_id].extend(intervals)
    full = full_days(types, openings, appointments)
    windows = windows_of(openings, kinds, wanted, full)
    return free_slots(windows, busy, after=_ceiling(wanted.after), before=_ceiling(wanted.before))


def kind_of(type_: AppointmentType, now: datetime, grace: timedelta = timedelta()) -> Kind:
    """The type as plain minutes, its delays turned into bounds at `now`."""
    return Kind(
        type_id=type_.id,
        duration=type_.duration // _MINUTE,
        step=(type_.step or type_.duration) // _MINUTE,
        earliest=_ceiling(now + type_.min_delay - grace),
        latest=minute_of(now + type_.max_delay),
    )


def read_openings(
    session: Session,
    kinds: Collection[int],
    place_ids: Collection[int] | None,
    agent_ids: Collection[int] | None,
    wanted: Range,
) -> list[OpeningRow]:
    """The openings of these types that may happen in the range: one query."""
    query = (
        select(
            Opening.agent_id,
            Opening.place_id,
            Opening.starts_on,
            Opening.starts_at_time,
            Opening.ends_at_time,
            Opening.rrule,
            Opening.exdates,
            opening_types.c.type_id,
            Place.timezone,
            Department.timezone,
            Department.holidays_subdivision,
        )
        .join(opening_types, opening_types.c.opening_id == Opening.id)
        .join(Place, Place.id == Opening.place_id)
        .join(Organisation, Organisation.id == Place.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .where(
            opening_types.c.type_id.in_(kinds),
            Opening.starts_on <= (wanted.before + _DAY).date(),
            or_(Opening.last_on.is_(None), Opening.last_on >= (wanted.after - _DAY).date()),
            Place.closed_at.is_(None),
        )
        .order_by(Opening.id, opening_types.c.type_id)
    )
    if place_ids is not None:
        query = query.where(Opening.place_id.in_(place_ids))
    if agent_ids is not None:
        query = query.where(Opening.agent_id.in_(agent_ids))
    return [OpeningRow._make((*row[:8], row[8] or row[9], row[10])) for row in session.execute(query)]


def read_appointments(session: Session, agents: Collection[int], wanted: Range) -> dict[int, list[Interval]]:
    """The time that live appointments and held propositions take, pauses included, by agent: one query."""
    query = select(
        AppointmentAgent.agent_id,
        epoch_minutes(session, AppointmentAgent.starts_at),
        epoch_minutes(session, AppointmentAgent.busy_until),
    ).where(
        AppointmentAgent.agent_id.in_(agents),
        AppointmentAgent.is_live,
        AppointmentAgent.starts_at < wanted.before + _DAY,
        AppointmentAgent.starts_at > wanted.after - 2 * _DAY,
    )
    return _by_agent(session.execute(query))


def read_absences(session: Session, agents: Collection[int], wanted: Range) -> dict[int, list[Interval]]:
    """When these agents don't receive: one query."""
    query = select(
        Absence.agent_id, epoch_minutes(session, Absence.starts_at), epoch_minutes(session, Absence.ends_at)
    ).where(
        Absence.agent_id.in_(agents),
        Absence.starts_at < wanted.before + _DAY,
        Absence.ends_at > wanted.after - _DAY,
    )
    return _by_agent(session.execute(query))


def windows_of(
    openings: Sequence[OpeningRow], kinds: dict[int, Kind], wanted: Range, full: Collection[tuple[int, int, date]]
) -> Iterator[Window]:
    """Each occurrence of each opening inside the range, without public holidays and without days that are full."""
    for one in openings:
        zone = ZoneInfo(one.zone)
        first, last = wanted.after.astimezone(zone).date(), wanted.before.astimezone(zone).date()
        for day in occurrences(one.rrule, one.starts_on, one.exdates, first=first, last=last):
            if is_holiday(day, one.holidays_subdivision) or (one.type_id, one.agent_id, day) in full:
                continue
            (starts, ends), repeated = span(day, one.starts, one.ends, zone)
            yield Window(one.agent_id, one.place_id, kinds[one.type_id], starts, ends, repeated)


def full_days(
    types: Sequence[AppointmentType], openings: Sequence[OpeningRow], appointments: dict[int, list[Interval]]
) -> set[tuple[int, int, date]]:
    """`(type, agent, day)` on which an agent has as many appointments as the type allows in a day."""
    limits = {one.id: one.max_per_agent_day for one in types if one.max_per_agent_day is not None}
    full = set()
    for one in {(row.type_id, row.agent_id, row.zone) for row in openings if row.type_id in limits}:
        type_id, agent_id, zone = one
        counts = Counter(_local_day(starts, zone) for starts, _ in appointments.get(agent_id, []))
        full |= {(type_id, agent_id, day) for day, count in counts.items() if count >= limits[type_id]}
    return full


def _local_day(minute: int, zone: str) -> date:
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone)).date()


def _by_agent(rows: Iterable[Row[int, int, int]]) -> dict[int, list[Interval]]:
    found: dict[int, list[Interval]] = defaultdict(list)
    for agent_id, starts, ends in rows:
        found[agent_id].append((starts, ends))
    return found


def _ceiling(moment: datetime) -> int:
    """The first whole minute that is not before `moment`."""
    minute = minute_of(moment)
    return minute if moment.second == 0 and moment.microsecond == 0 else minute + 1
