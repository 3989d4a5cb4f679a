"""What is booked during absences that are looked at one by one, day by day. Read-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from invitations.absences_list import Absent, BookedDay, Span, booked_times, during
from invitations.agenda.recurrence import occurrences
from invitations.agenda.slots import moment_of
from invitations.agenda.wall_time import span
from invitations.models import Absence, Organisation, RegularAbsence
from invitations.rhythm import COMPARED, taken_out

SHOWN = 8


@dataclass(frozen=True, slots=True)
class AbsenceDay:
    """One day of an absence that comes back: taken out or not, and what is booked during it."""

    on: date
    is_taken_out: bool
    booked: tuple[BookedDay, ...]


@dataclass(frozen=True, slots=True)
class ComingDays:
    """The next days in order, and the days taken out of what follows them."""

    days: list[AbsenceDay]
    taken_out_later: tuple[date, ...]


def booked_during(
    session: Session, organisation: Organisation, absences: Sequence[Absence], *, now: datetime
) -> tuple[BookedDay, ...]:
    """The organisation's appointments to come during absences that say the same. They stay."""
    times = booked_times(session, organisation, {one.agent_id for one in absences}, now)
    return during([(absences[0].starts_at, absences[0].ends_at)], absent(absences), times)


def booked_during_all(
    session: Session, organisation: Organisation, absences: Sequence[RegularAbsence], *, now: datetime
) -> tuple[BookedDay, ...]:
    """The same for absences that come back, for as far as recurrences are compared."""
    one, times = absences[0], booked_times(session, organisation, {each.agent_id for each in absences}, now)
    today = now.astimezone(ZoneInfo(one.timezone)).date()
    days = occurrences(one.rrule, one.starts_on, one.exdates, first=today, last=today + COMPARED)
    return during([span_on(one, day) for day in days], absent(absences), times)


def coming(
    session: Session, organisation: Organisation, absences: Sequence[RegularAbsence], *, now: datetime
) -> ComingDays:
    """The next days of regular absences that say the same."""
    one, times = absences[0], booked_times(session, organisation, {each.agent_id for each in absences}, now)
    today = now.astimezone(ZoneInfo(one.timezone)).date()
    days = occurrences(one.rrule, one.starts_on, first=today, last=today + COMPARED)[:SHOWN]
    out = taken_out(one.rrule, one.starts_on, one.exdates, first=today)
    return ComingDays(
        [AbsenceDay(day, day in out, during([span_on(one, day)], absent(absences), times)) for day in days],
        tuple(day for day in out if days and day > days[-1]),
    )


def span_on(absence: RegularAbsence, day: date) -> Span:
    (starts, ends), _ = span(day, absence.starts_at_time, absence.ends_at_time, ZoneInfo(absence.timezone))
    return moment_of(starts), moment_of(ends)


def absent(absences: Sequence[Absence] | Sequence[RegularAbsence]) -> list[Absent]:
    return [Absent(one.id, one.agent_id, one.agent.display_name) for one in absences]
