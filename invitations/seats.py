"""Sessions with a seat left; seats taken and given back: never one too many, whoever races for the last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, exists, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from invitations.models import Appointment, AppointmentAgent, AppointmentType, Place


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that may be booked. `left`: its seats, less those taken."""

    id: int
    starts_at: datetime
    ends_at: datetime
    place_id: int
    type_id: int
    title: str
    left: int


def open_sessions(
    session: Session,
    types: Sequence[AppointmentType],
    *,
    place_ids: Collection[int] | None = None,
    agent_ids: Collection[int] | None = None,
    referent_ids: Collection[int] | None = None,
    after: datetime,
    before: datetime,
    now: datetime,
    grace: timedelta = timedelta(),
) -> list[OpenSession]:
    """Sessions to come with a seat left and `after <= start < before`, in order of start, place, id. One query.

    Bounds and None as in `agenda.search.find_slots`; individual types are left aside. `referent_ids`: those who must
    hold a session of a type that is theirs alone; None when that does not count.
    """
    bounds = {one.id: (now + one.min_delay - grace, now + one.max_delay) for one in types if one.is_collective}
    if not bounds:
        return []
    query = (
        select(
            Appointment.id,
            Appointment.starts_at,
            Appointment.ends_at,
            Place.id,
            Appointment.type_id,
            Appointment.title,
            Appointment.seats - Appointment.seats_taken,
        )
        .join(Place, Place.id == Appointment.place_id)
        .where(
            Appointment.type_id.in_(bounds),
            Appointment.cancelled_at.is_(None),
            Appointment.seats_taken < Appointment.seats,
            Appointment.starts_at > now,
            Appointment.starts_at >= after,
            Appointment.starts_at < before,
            Place.closed_at.is_(None),
        )
        .order_by(Appointment.starts_at, Appointment.place_id, Appointment.id)
    )
    if place_ids is not None:
        query = query.where(Appointment.place_id.in_(place_ids))
    if agent_ids is not None:
        query = query.where(held_by(agent_ids))
    theirs = [one.id for one in types if one.is_collective and one.referents_only]
    if referent_ids is not None and theirs:
        query = query.where(or_(Appointment.type_id.not_in(theirs), held_by(referent_ids)))
    found = [OpenSession(*row) for row in session.execute(query)]
    return [one for one in found if bounds[one.type_id][0] <= one.starts_at <= bounds[one.type_id][1]]


def held_by(agent_ids: Collection[int]) -> ColumnElement[bool]:
    return exists().where(AppointmentAgent.appointment_id == Appointment.id, AppointmentAgent.agent_id.in_(agent_ids))


def seats_left(
    session: Session,
    types: Sequence[AppointmentType],
    *,
    place_ids: Collection[int] | None = None,
    agent_ids: Collection[int] | None = None,
    after: datetime,
    before: datetime,
    now: datetime,
) -> int:
    """How many more people these sessions can take: what inviting counts beside the free slots."""
    found = open_sessions(session, types, place_ids=place_ids, agent_ids=agent_ids, after=after, before=before, now=now)
    return sum(one.left for one in found)


def of(appointment: Appointment) -> OpenSession:
    """A session as it stands in memory, for somebody to take a seat in."""
    return OpenSession(
        appointment.id,
        appointment.starts_at,
        appointment.ends_at,
        appointment.place_id or 0,
        appointment.type_id,
        appointment.title,
        appointment.seats - appointment.seats_taken,
    )


def take(session: Session, wanted: OpenSession) -> bool:
    """Take a seat. False when none is left, or when the session is not what it was any more.

    One statement, which waits for whoever is taking or giving back a seat: the CHECK of the table stands behind.
    """
    return (
        count(
            session,
            wanted.id,
            1,
            Appointment.seats_taken < Appointment.seats,
            Appointment.cancelled_at.is_(None),
            Appointment.starts_at == wanted.starts_at,
            Appointment.place_id == wanted.place_id,
        )
        == 1
    )


def give_back(session: Session, appointment_id: int) -> None:
    """Somebody leaves before the start: their seat is free. The caller sees to it that this happens once."""
    count(session, appointment_id, -1, Appointment.seats_taken > 0)


def count(session: Session, appointment_id: int, seats: int, *conditions: ColumnElement[bool]) -> int:
    """Add to the seats taken while the conditions hold. Returns the number of rows changed: one, or none."""
    session.flush()
    result = session.execute(
        update(Appointment)
        .where(Appointment.id == appointment_id, *conditions)
        .values(seats_taken=Appointment.seats_taken + seats),
        execution_options={"synchronize_session": False},
    )
    known = session.identity_map.get(identity_key(Appointment, appointment_id))
    if known is not None:
        session.expire(known, ["seats_taken"])
    return cast(CursorResult[Any], result).rowcount
