"""What speaks against an appointment at a time, before an agent judges: plain facts, never a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.agenda.reading import ClosingRow, Range, read_closings, read_openings
from invitations.agenda.recurrence import occurrences
from invitations.agenda.search import absent, closed_days
from invitations.agenda.slots import Interval, merged, minute_of
from invitations.agenda.wall_time import midnight, span
from invitations.holidays import is_holiday
from invitations.models import AppointmentAgent, AppointmentType, Organisation, Place

_DAY = timedelta(days=1)


class Concern(StrEnum):
    """Words in app/labels.py, in this order."""

    PAST = "past"
    TOO_SOON = "too_soon"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    ABSENT = "absent"
    OUTSIDE_OPENINGS = "outside_openings"
    TOO_CLOSE = "too_close"
    FULL_DAY = "full_day"


def concerns_of(
    session: Session,
    agent_id: int,
    type_: AppointmentType,
    place: Place | None,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    without: int | None = None,
) -> list[Concern]:
    """What speaks against it, in the order of `Concern`. `without`: the appointment that would move there."""
    organisation = session.get_one(Organisation, type_.organisation_id)
    zone = place.zone if place else organisation.department.zone
    day = starts_at.astimezone(zone).date()
    time = minute_of(starts_at), minute_of(ends_at)
    wanted = Range(starts_at, ends_at)
    closings = read_closings(session, [organisation.id], [agent_id], wanted)
    nobody_receives = {(organisation.id, None), (organisation.id, place.id if place else None)}
    others = list(_others(session, agent_id, midnight(day, zone), midnight(day + _DAY, zone), without))
    held = {
        Concern.PAST: starts_at <= now,
        Concern.TOO_SOON: now < starts_at < now + type_.min_delay,
        Concern.HOLIDAY: is_holiday(day, organisation.department.holidays_subdivision),
        Concern.CLOSED: any(door in nobody_receives and on == day for door, on in closed_days(closings, wanted)),
        Concern.ABSENT: _is_absent(closings, agent_id, wanted, time),
        Concern.OUTSIDE_OPENINGS: not type_.is_collective  # a session is where it is put
        and not _is_received(session, agent_id, type_, place, day, wanted, time),
        Concern.TOO_CLOSE: any(_touches_a_pause(one, time, type_) for one in others),
        Concern.FULL_DAY: type_.max_per_agent_day is not None and len(others) >= type_.max_per_agent_day,
    }
    return [concern for concern in Concern if held[concern]]


def _others(
    session: Session, agent_id: int, after: datetime, before: datetime, without: int | None
) -> Iterator[tuple[int, int, int]]:
    """The agent's other appointments that begin that day: start, end, end of the pause, in minutes."""
    rows = session.execute(
        select(AppointmentAgent.starts_at, AppointmentAgent.ends_at, AppointmentAgent.busy_until).where(
            AppointmentAgent.agent_id == agent_id,
            AppointmentAgent.is_live,
            AppointmentAgent.appointment_id != (without or 0),
            AppointmentAgent.starts_at >= after,
            AppointmentAgent.starts_at < before,
        )
    )
    for row in rows:
        yield minute_of(row.starts_at), minute_of(row.ends_at), minute_of(row.busy_until)


def _touches_a_pause(other: tuple[int, int, int], time: Interval, type_: AppointmentType) -> bool:
    """True when neither overlaps the other, and a pause does."""
    starts, ends, busy_until = other
    pause = type_.pause_after // timedelta(minutes=1)
    overlaps = starts < time[1] and time[0] < ends
    return not overlaps and starts < time[1] + pause and time[0] < busy_until


def _is_absent(closings: Sequence[ClosingRow], agent_id: int, wanted: Range, time: Interval) -> bool:
    return any(starts < time[1] and time[0] < ends for starts, ends in absent(closings, wanted).get(agent_id, []))


def _is_received(
    session: Session,
    agent_id: int,
    type_: AppointmentType,
    place: Place | None,
    day: date,
    wanted: Range,
    time: Interval,
) -> bool:
    """True when the agent's openings for this type, at this place, cover the time; holidays are told apart."""
    rows = read_openings(session, [type_.id], None if place is None else [place.id], [agent_id], wanted)
    spans = [
        span(on, one.starts, one.ends, ZoneInfo(one.zone))[0]
        for one in rows
        for on in occurrences(one.rrule, one.starts_on, one.exdates, first=day, last=day)
    ]
    return any(starts <= time[0] and time[1] <= ends for starts, ends in merged(spans))
