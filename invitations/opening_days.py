"""The days on which one opening is to happen, and what becomes of each. Read-only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.agenda.reading import Range
from invitations.agenda.recurrence import occurrences
from invitations.agenda.slots import moment_of
from invitations.agenda.wall_time import midnight, span
from invitations.models import Appointment, AppointmentAgent, Opening
from invitations.rhythm import COMPARED, taken_out
from invitations.team_agenda.away import absences, regular_absences
from invitations.team_agenda.receiving import closed_days

_DAY = timedelta(days=1)
SHOWN = 8


@dataclass(frozen=True, slots=True)
class OpeningDay:
    """One day: taken out or not; why nobody is received (null: somebody is); the agent's appointments in these hours."""

    on: date
    is_taken_out: bool
    closed: str | None
    is_holiday: bool
    is_absent: bool
    booked: int


@dataclass(frozen=True, slots=True)
class Coming:
    """The next days in order, and the days taken out of what follows them."""

    days: list[OpeningDay]
    taken_out_later: tuple[date, ...]


def coming(session: Session, opening: Opening, *, now: datetime) -> Coming:
    """What is to come of the opening, for as far as recurrences are compared."""
    today = now.astimezone(opening.place.zone).date()
    days = occurrences(opening.rrule, opening.starts_on, first=today, last=today + COMPARED)[:SHOWN]
    out = taken_out(opening.rrule, opening.starts_on, opening.exdates, first=today)
    if not days:
        return Coming([], out)
    return Coming(described(session, opening, days, set(out)), tuple(day for day in out if day > days[-1]))


def described(session: Session, opening: Opening, days: Sequence[date], out: Collection[date]) -> list[OpeningDay]:
    zone = opening.place.zone
    wanted = Range(midnight(days[0], zone), midnight(days[-1] + _DAY, zone))
    closings = closed_days(session, opening.place.organisation, days, place_id=opening.place_id)
    closed = {one.on: one for one in reversed(closings)}
    away = [*absences(session, [opening.agent_id], wanted), *regular_absences(session, [opening.agent_id], wanted)]
    absent = {day for day in days if touched(opening, day, [(one.starts_at, one.ends_at) for one in away])}
    booked = booked_on(session, opening, days, wanted)
    return [
        OpeningDay(
            on=day,
            is_taken_out=day in out,
            closed=closed[day].label if day in closed else None,
            is_holiday=day in closed and closed[day].is_holiday,
            is_absent=day in absent,
            booked=booked[day],
        )
        for day in days
    ]


def touched(opening: Opening, day: date, spans: Collection[tuple[datetime, datetime]]) -> bool:
    """True when one of the spans takes some of the opening's time that day."""
    starts_at, ends_at = hours_on(opening, day)
    return any(starts < ends_at and starts_at < ends for starts, ends in spans)


def hours_on(opening: Opening, day: date) -> tuple[datetime, datetime]:
    (starts, ends), _ = span(day, opening.starts_at_time, opening.ends_at_time, opening.place.zone)
    return moment_of(starts), moment_of(ends)


def booked_on(session: Session, opening: Opening, days: Sequence[date], wanted: Range) -> Counter[date]:
    """The organisation's appointments with the agent inside the opening's hours, by day."""
    rows = session.execute(
        select(AppointmentAgent.starts_at, AppointmentAgent.ends_at)
        .join(Appointment, AppointmentAgent.appointment_id == Appointment.id)
        .where(
            AppointmentAgent.agent_id == opening.agent_id,
            AppointmentAgent.is_live,
            Appointment.held_until.is_(None),  # the day's list, where this leads, knows none of those
            Appointment.organisation_id == opening.organisation_id,
            AppointmentAgent.starts_at >= wanted.after,
            AppointmentAgent.starts_at < wanted.before,
        )
    ).all()
    return Counter({day: sum(touched(opening, day, [(row.starts_at, row.ends_at)]) for row in rows) for day in days})
