"""The one search for free slots: three queries whatever the number of agents and days, then plain arithmetic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from invitations.agenda.reading import (
    ClosingRow,
    OpeningRow,
    Range,
    by_agent,
    read_appointments,
    read_closings,
    read_openings,
)
from invitations.agenda.recurrence import occurrences
from invitations.agenda.slots import Desk, Interval, Kind, Slot, Span, merged, minute_of, slots_within
from invitations.agenda.wall_time import span
from invitations.holidays import is_holiday
from invitations.models import AppointmentType

# A slot that was on the screen may still be booked this long after its minimum delay has passed (slots.md).
GRACE = timedelta(minutes=10)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)

# An organisation, and the place of it that is closed; None: all of them.
Closed = tuple[int, int | None]
# Type, agent, zone, day: the 25th of Cayenne is not that of Paris.
FullDay = tuple[int, int, str, date]


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
    without: int | None = None,
) -> list[Slot]:
    """Free slots of individual types with `after <= start < before` that may be booked at `now`, in order of start, place, agent.

    None for places or agents means all; an empty collection means none, so that "the person's referents, and there
    are none" finds no slot. Each type's delays bound the start to the minute: `now + min_delay - grace <= start
    <= now + max_delay`. Seconds count: a minimum delay that ends at 10:00:30 refuses the 10:00 slot. `without` is an
    appointment to be moved: its own time counts as free.
    """
    types = [one for one in types if not one.is_collective]
    if not types or (place_ids is not None and not place_ids) or (agent_ids is not None and not agent_ids):
        return []
    kinds = {one.id: kind_of(one, now, grace) for one in types}
    wanted = Range(
        max(after, min(first_start(one, now, grace) for one in types)),
        min(before, max(now + one.max_delay for one in types) + _MINUTE),
    )
    if wanted.after >= wanted.before:
        return []
    openings = read_openings(session, kinds, place_ids, agent_ids, wanted)
    agents = {one.agent_id for one in openings}
    if not agents:
        return []
    appointments = read_appointments(session, agents, wanted, without=without)
    closings = read_closings(session, {one.organisation_id for one in openings}, agents, wanted)
    absences = absent(closings, wanted)
    busy = {
        one: merged(appointments.get(one, []) + absences[one]) if one in absences else appointments.get(one, ())
        for one in agents
    }
    full = full_days(types, openings, appointments)
    hours = hours_of(openings, kinds, wanted, full, closed_days(closings, wanted))
    return slots_within(hours, busy, after=_ceiling(wanted.after), before=_ceiling(wanted.before))


def offered_slots(
    session: Session, types: Sequence[AppointmentType], *, after: datetime, before: datetime
) -> list[Slot]:
    """What the openings hold for individual types, whoever has taken it since and whenever it could be booked: in order of
    start, place, agent. As `find_slots`, three queries; without delays, limits a day and appointments."""
    kinds = {
        one.id: Kind(one.id, one.duration // _MINUTE, (one.step or one.duration) // _MINUTE)
        for one in types
        if not one.is_collective
    }
    wanted = Range(after, before)
    openings = read_openings(session, kinds, None, None, wanted) if kinds else []
    if not openings:
        return []
    agents = {one.agent_id for one in openings}
    closings = read_closings(session, {one.organisation_id for one in openings}, agents, wanted)
    away = {agent_id: merged(times) for agent_id, times in absent(closings, wanted).items()}
    hours = hours_of(openings, kinds, wanted, (), closed_days(closings, wanted))
    return slots_within(hours, away, after=_ceiling(after), before=_ceiling(before))


def next_slot(
    session: Session,
    *,
    types: Sequence[AppointmentType],
    place_ids: Collection[int] | None = None,
    agent_ids: Collection[int] | None = None,
    now: datetime,
) -> Slot | None:
    """The first free slot from `now` to the types' maximum delay, in one pass; None when there is none."""
    horizon = now + max((one.max_delay for one in types), default=timedelta()) + _MINUTE
    slots = find_slots(
        session, types=types, place_ids=place_ids, agent_ids=agent_ids, after=now, before=horizon, now=now
    )
    return slots[0] if slots else None


def kind_of(type_: AppointmentType, now: datetime, grace: timedelta = timedelta()) -> Kind:
    """The type as plain minutes, its delays turned into bounds at `now`."""
    return Kind(
        type_id=type_.id,
        duration=type_.duration // _MINUTE,
        step=(type_.step or type_.duration) // _MINUTE,
        earliest=_ceiling(first_start(type_, now, grace)),
        latest=minute_of(now + type_.max_delay),
    )


def first_start(type_: AppointmentType, now: datetime, grace: timedelta) -> datetime:
    """The earliest start that may be booked: what has begun is never free, whatever the grace."""
    return now + max(type_.min_delay - grace, timedelta())


def hours_of(
    openings: Sequence[OpeningRow],
    kinds: Mapping[int, Kind],
    wanted: Range,
    full: Collection[FullDay],
    closed: Collection[tuple[Closed, date]],
) -> dict[Desk, list[Span]]:
    """When each agent receives inside the range, without public holidays, closing days and days that are full."""
    hours: dict[Desk, list[Span]] = defaultdict(list)
    known: dict[tuple[object, ...], dict[date, Span]] = {}  # colleagues often keep the same hours
    for one in openings:
        timetable = (one.starts_on, one.starts, one.ends, one.rrule, *one.exdates, one.zone, one.holidays_subdivision)
        if timetable not in known:
            known[timetable] = spans_of(one, wanted)
        spans = known[timetable]
        mine = (one.type_id, one.agent_id, one.zone)
        open_days = [day for day in spans if (*mine, day) not in full] if full else spans
        if closed:
            doors = (one.organisation_id, one.place_id), (one.organisation_id, None)
            open_days = [day for day in open_days if not any((door, day) in closed for door in doors)]
        hours[Desk(one.place_id, one.agent_id, kinds[one.type_id])] += map(spans.__getitem__, open_days)
    return hours


def spans_of(opening: OpeningRow, wanted: Range) -> dict[date, Span]:
    """What an opening covers of each day inside the range, public holidays left out."""
    zone = ZoneInfo(opening.zone)
    first, last = wanted.after.astimezone(zone).date(), wanted.before.astimezone(zone).date()
    days = occurrences(opening.rrule, opening.starts_on, opening.exdates, first=first, last=last)
    return {
        day: span(day, opening.starts, opening.ends, zone)
        for day in days
        if not is_holiday(day, opening.holidays_subdivision)
    }


def absent(closings: Sequence[ClosingRow], wanted: Range) -> dict[int, list[Interval]]:
    """When agents don't receive: absences once and again, and what their own calendars hold; by agent."""
    found = by_agent(one for one in closings if one.starts is not None)
    for one in closings:
        if one.rrule is not None:
            found.setdefault(int(one.ids), []).extend(times_of(one, wanted))
    return found


def times_of(absence: ClosingRow, wanted: Range) -> list[Interval]:
    """The occurrences of a regular absence that touch the range."""
    zone = ZoneInfo(absence.zone or "UTC")
    first, last = wanted.after.astimezone(zone).date() - _DAY, wanted.before.astimezone(zone).date() + _DAY
    days = occurrences(absence.rrule, absence.starts_on or first, absence.exdates or (), first=first, last=last)
    return [span(day, absence.starts_at or time(), absence.ends_at or time.max, zone)[0] for day in days]


def closed_days(closings: Sequence[ClosingRow], wanted: Range) -> set[tuple[Closed, date]]:
    """The days on which nobody is received: at one place of an organisation, or (None) at any."""
    shut: set[tuple[Closed, date]] = set()
    for one in closings:
        if one.starts is not None or one.rrule is not None or one.starts_on is None or one.last_on is None:
            continue
        first, last = max(one.starts_on, (wanted.after - _DAY).date()), min(one.last_on, (wanted.before + _DAY).date())
        door = int(one.ids), one.place_id
        shut.update((door, first + number * _DAY) for number in range((last - first).days + 1))
    return shut


def full_days(
    types: Sequence[AppointmentType], openings: Sequence[OpeningRow], appointments: Mapping[int, Sequence[Interval]]
) -> set[FullDay]:
    """The days on which an agent has as many appointments as the type allows in a day."""
    limits = {one.id: one.max_per_agent_day for one in types if one.max_per_agent_day is not None}
    full: set[FullDay] = set()
    for one in {(row.type_id, row.agent_id, row.zone) for row in openings if row.type_id in limits}:
        type_id, agent_id, zone = one
        counts = Counter(_local_day(starts, zone) for starts, _ in appointments.get(agent_id, []))
        full |= {(*one, day) for day, count in counts.items() if count >= limits[type_id]}
    return full


def _local_day(minute: int, zone: str) -> date:
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone)).date()


def _ceiling(moment: datetime) -> int:
    """The first whole minute that is not before `moment`."""
    minute = minute_of(moment)
    return minute if moment.second == 0 and moment.microsecond == 0 else minute + 1
