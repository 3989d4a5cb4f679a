"""Closing days: an organisation, or one of its places, receives nobody; what had been booked in them stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from invitations.agenda.wall_time import midnight
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.journal import note
from invitations.models import Appointment, Closure, Organisation, Place
from invitations.places import place_seen_by

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClosureLine:
    """Closing days that are not over. `place` is null for the whole organisation.

    `booked`: the days among them that hold live appointments, with how many.
    """

    id: int
    place: str | None
    first_on: date
    last_on: date
    label: str
    booked: tuple[tuple[date, int], ...]

    @property
    def appointments(self) -> int:
        return sum(count for _, count in self.booked)


def add(
    session: Session,
    *,
    organisation: Organisation,
    place_id: int | None,
    first_on: date,
    last_on: date,
    label: str,
    agent_id: int,
    now: datetime,
) -> Closure:
    """Close a place, or all, on these days, both included. Asked again (a double tap), the label alone is kept anew.

    Raises NotFound for a place of elsewhere, EndsBeforeItStarts, NothingToCome.
    """
    zone = place_seen_by(session, place_id, organisation.id).zone if place_id else organisation.department.zone
    if last_on < first_on:
        raise EndsBeforeItStarts
    if last_on < now.astimezone(zone).date():
        raise NothingToCome
    days = {"organisation_id": organisation.id, "place_id": place_id, "first_on": first_on, "last_on": last_on}
    there = session.scalars(select(Closure).filter_by(**days)).first()
    if there is not None:
        there.label = label
        return there
    closure = Closure(**days, label=label, created_at=now)
    session.add(closure)
    session.flush()
    _note(session, "closure.added", closure, agent_id, now)
    return closure


def remove(session: Session, closure_id: int, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """People are received on these days again. Raises NotFound."""
    closure = session.get(Closure, closure_id)
    if closure is None or closure.organisation_id != organisation_id:
        raise NotFound
    _note(session, "closure.removed", closure, agent_id, now)
    session.delete(closure)


def closures_of(session: Session, organisation: Organisation, *, now: datetime) -> list[ClosureLine]:
    """The organisation's closing days that are not over, the nearest first, with what is booked in them."""
    today = now.astimezone(organisation.department.zone).date() - _DAY  # a place may lie further west
    rows = session.execute(
        select(Closure.id, Closure.place_id, Place.name, Place.city, Closure.first_on, Closure.last_on, Closure.label)
        .outerjoin(Place, Place.id == Closure.place_id)
        .where(Closure.organisation_id == organisation.id, Closure.last_on >= today)
        .order_by(Closure.first_on, Closure.last_on, Closure.id)
    ).all()
    if not rows:
        return []
    span = min(row.first_on for row in rows), max(row.last_on for row in rows)
    booked = booked_days(session, organisation, *span, now=now)
    return [to_line(row, booked) for row in rows]


def booked_days(
    session: Session, organisation: Organisation, first_on: date, last_on: date, *, now: datetime
) -> Counter[tuple[int | None, date]]:
    """How many appointments to come there are, by place and day of the place."""
    home = organisation.department.zone
    rows = session.execute(
        select(Appointment.place_id, Appointment.starts_at, Place.timezone)
        .outerjoin(Place, Place.id == Appointment.place_id)
        .where(
            Appointment.organisation_id == organisation.id,
            Appointment.cancelled_at.is_(None),
            Appointment.starts_at > now,
            Appointment.starts_at >= midnight(first_on, home) - _DAY,
            Appointment.starts_at < midnight(last_on, home) + 2 * _DAY,
        )
    )
    zones = ((row, ZoneInfo(row.timezone) if row.timezone else home) for row in rows)
    return Counter((row.place_id, row.starts_at.astimezone(zone).date()) for row, zone in zones)


def to_line(
    row: Row[*tuple[int, int | None, str, str, date, date, str]], booked: Counter[tuple[int | None, date]]
) -> ClosureLine:
    days: Counter[date] = Counter()
    for (place_id, day), count in booked.items():
        if row.first_on <= day <= row.last_on and row.place_id in {None, place_id}:
            days[day] += count
    return ClosureLine(
        id=row.id,
        place=f"{row.city}, {row.name}" if row.place_id else None,
        first_on=row.first_on,
        last_on=row.last_on,
        label=row.label,
        booked=tuple(sorted(days.items())),
    )


def _note(session: Session, action: str, closure: Closure, agent_id: int, now: datetime) -> None:
    note(
        session,
        action,
        now=now,
        organisation_id=closure.organisation_id,
        agent_id=agent_id,
        closure_id=closure.id,
    )
