"""What takes an agent's time besides the organisation's own appointments. Absences are theirs wherever they work."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.reading import Range
from invitations.agenda.recurrence import occurrences
from invitations.agenda.slots import moment_of
from invitations.agenda.wall_time import span
from invitations.models import Absence, BusyTime, RegularAbsence

_DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why an agent does not receive at a time."""

    ABSENT = "absent"
    BUSY = "busy"  # a calendar of elsewhere says so, and nothing more
    ELSEWHERE = "elsewhere"  # an appointment for another organisation, which is all that is told of it


@dataclass(frozen=True, slots=True)
class Away:
    """A span of one agent's time. `label` is for colleagues; empty for what is not ours to tell."""

    reason: Reason
    agent_id: int
    starts_at: datetime
    ends_at: datetime
    label: str = ""


def absences(session: Session, agent_ids: Collection[int], wanted: Range) -> list[Away]:
    """One-off absences that touch the range."""
    rows = session.execute(
        select(Absence.agent_id, Absence.starts_at, Absence.ends_at, Absence.label)
        .where(Absence.agent_id.in_(agent_ids), Absence.ends_at > wanted.after, Absence.starts_at < wanted.before)
        .order_by(Absence.starts_at, Absence.id)
    )
    return [Away(Reason.ABSENT, *row) for row in rows]


def busy_times(session: Session, agent_ids: Collection[int], wanted: Range) -> list[Away]:
    """What external calendars take of the range."""
    rows = session.execute(
        select(BusyTime.agent_id, BusyTime.starts_at, BusyTime.ends_at)
        .where(BusyTime.agent_id.in_(agent_ids), BusyTime.ends_at > wanted.after, BusyTime.starts_at < wanted.before)
        .order_by(BusyTime.starts_at, BusyTime.id)
    )
    return [Away(Reason.BUSY, *row) for row in rows]


def regular_absences(session: Session, agent_ids: Collection[int], wanted: Range) -> list[Away]:
    """The days of regular absences inside the range."""
    rows = session.execute(
        select(RegularAbsence)
        .with_only_columns(
            RegularAbsence.agent_id,
            RegularAbsence.starts_on,
            RegularAbsence.starts_at_time,
            RegularAbsence.ends_at_time,
            RegularAbsence.rrule,
            RegularAbsence.exdates,
            RegularAbsence.timezone,
            RegularAbsence.label,
        )
        .where(
            RegularAbsence.agent_id.in_(agent_ids),
            RegularAbsence.starts_on <= (wanted.before + _DAY).date(),
            or_(RegularAbsence.last_on.is_(None), RegularAbsence.last_on >= (wanted.after - _DAY).date()),
        )
        .order_by(RegularAbsence.id)
    )
    return [one for row in rows for one in days_of(row, wanted)]


def days_of(row: Row[*tuple[Any, ...]], wanted: Range) -> Iterator[Away]:
    zone = ZoneInfo(row.timezone)
    first, last = wanted.after.astimezone(zone).date(), wanted.before.astimezone(zone).date()
    for day in occurrences(row.rrule, row.starts_on, row.exdates, first=first, last=last):
        (starts, ends), _ = span(day, row.starts_at_time, row.ends_at_time, zone)
        starts_at, ends_at = moment_of(starts), moment_of(ends)
        if starts_at < wanted.before and wanted.after < ends_at:
            yield Away(Reason.ABSENT, row.agent_id, starts_at, ends_at, row.label)
