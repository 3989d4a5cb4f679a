"""When agents receive on given days, and the days on which nobody is received: their openings, less what closes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.reading import Range
from invitations.agenda.recurrence import occurrences
from invitations.agenda.slots import moment_of
from invitations.agenda.wall_time import span
from invitations.holidays import holiday_name
from invitations.models import Closure, Opening, Organisation, Place
from invitations.openings_list import types_by_opening

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Receiving:
    """One day of an opening; `zone` is its place's."""

    opening_id: int
    agent_id: int
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    place_id: int
    city: str
    place: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on which nobody is received at one place, or at any (`place_id` null). A holiday has its name for label."""

    on: date
    label: str
    is_holiday: bool
    place_id: int | None = None
    place: str | None = None


def closed_days(
    session: Session, organisation: Organisation, days: Sequence[date], *, place_id: int | None = None
) -> list[ClosedDay]:
    """Public holidays and closing days among `days`, in order; with a place, those that concern it."""
    holidays = [(day, holiday_name(day, organisation.department.holidays_subdivision)) for day in days]
    found = [ClosedDay(day, name, is_holiday=True) for day, name in holidays if name]
    for row in session.execute(closures_query(organisation.id, days, place_id)):
        shut = [day for day in days if row.first_on <= day <= row.last_on]
        found += [ClosedDay(day, row.label, is_holiday=False, place_id=row.place_id, place=row.name) for day in shut]
    return sorted(found, key=lambda one: (one.on, not one.is_holiday, one.place_id or 0))


def closures_query(organisation_id: int, days: Sequence[date], place_id: int | None) -> Any:
    query = (
        select(Closure.first_on, Closure.last_on, Closure.label, Closure.place_id, Place.name)
        .outerjoin(Place, Closure.place_id == Place.id)
        .where(Closure.organisation_id == organisation_id, Closure.last_on >= min(days), Closure.first_on <= max(days))
        .order_by(Closure.id)
    )
    return query if place_id is None else query.where(or_(Closure.place_id.is_(None), Closure.place_id == place_id))


def receiving(
    session: Session,
    organisation: Organisation,
    agent_ids: Collection[int],
    wanted: Range,
    closed: Collection[ClosedDay],
    *,
    place_id: int | None = None,
) -> list[Receiving]:
    """What these agents' openings in the organisation cover of the range, by time, days closed left out."""
    rows = session.execute(openings_query(organisation.id, agent_ids, wanted, place_id)).all()
    types = types_by_opening(session, {row.id for row in rows})
    shut = {(one.place_id, one.on) for one in closed}
    found = [
        one for row in rows for one in days_of(row, organisation.department.zone, wanted, shut, types.get(row.id, ()))
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.agent_id, one.opening_id))


def openings_query(organisation_id: int, agent_ids: Collection[int], wanted: Range, place_id: int | None) -> Any:
    query = (
        select(
            Opening.id,
            Opening.agent_id,
            Opening.place_id,
            Opening.starts_on,
            Opening.starts_at_time,
            Opening.ends_at_time,
            Opening.rrule,
            Opening.exdates,
            Place.city,
            Place.name,
            Place.timezone,
        )
        .join(Place, Opening.place_id == Place.id)
        .where(
            Opening.organisation_id == organisation_id,
            Opening.agent_id.in_(agent_ids),
            Opening.starts_on <= (wanted.before + _DAY).date(),
            or_(Opening.last_on.is_(None), Opening.last_on >= (wanted.after - _DAY).date()),
            Place.closed_at.is_(None),
        )
        .order_by(Opening.id)
    )
    return query if place_id is None else query.where(Opening.place_id == place_id)


def days_of(
    row: Row[*tuple[Any, ...]],
    home: ZoneInfo,
    wanted: Range,
    shut: Collection[tuple[int | None, date]],
    types: tuple[str, ...],
) -> Iterator[Receiving]:
    """The days of one opening inside the range, in its place's wall time."""
    zone = ZoneInfo(row.timezone) if row.timezone else home
    first, last = wanted.after.astimezone(zone).date(), wanted.before.astimezone(zone).date()
    for day in occurrences(row.rrule, row.starts_on, row.exdates, first=first, last=last):
        (starts, ends), _ = span(day, row.starts_at_time, row.ends_at_time, zone)
        starts_at, ends_at = moment_of(starts), moment_of(ends)
        is_open = (None, day) not in shut and (row.place_id, day) not in shut
        if is_open and starts_at < wanted.before and wanted.after < ends_at:
            yield Receiving(row.id, row.agent_id, starts_at, ends_at, zone, row.place_id, row.city, row.name, types)
