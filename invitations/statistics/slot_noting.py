"""What each team offered yesterday and how much of it was used, written down at night: openings change afterwards.

Offered: what the openings of the day held for people who are invited, by the one search for slots, without public holidays,
closing days and absences; appointments don't count, they are what offering is for. Of slots that overlap, one agent's, those
that could have been taken together; of a session, its seats. Time open to two categories is offered in both.
Used: appointments that began, and seats of sessions that were taken when they began. An appointment made outside the
openings is used without having been offered.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations.agenda.search import offered_slots
from invitations.agenda.slots import Slot
from invitations.agenda.wall_time import midnight
from invitations.capacity import bookable
from invitations.models import (
    Appointment,
    AppointmentType,
    Department,
    JobRun,
    OpenTo,
    Organisation,
    Outcome,
    Participation,
    SlotDay,
)

JOB = "note_slots"
# A scheduler that was away for longer leaves a gap: openings of then are not those of now.
DAYS_BACK = 14
NO_LIMIT = 2**31
_DAY = timedelta(days=1)

Key = tuple[int, int]  # organisation, category


def due(session: Session, *, now: datetime) -> list[tuple[int, date]]:
    """Département and day, of those that are over and not written down; the oldest first."""
    every = session.scalars(select(Department).order_by(Department.id)).all()
    days = {
        _slot(one.id, on): (one.id, on)
        for one in every
        for on in (now.astimezone(one.zone).date() - number * _DAY for number in range(DAYS_BACK, 0, -1))
    }
    done = set(session.scalars(select(JobRun.slot).where(JobRun.job == JOB, JobRun.slot.in_(days))))
    return sorted((day for slot, day in days.items() if slot not in done), key=lambda day: (day[1], day[0]))


def note(session: Session, department_id: int, on: date, *, now: datetime) -> int:
    """Write a day of a département down. Returns how many lines; none when another scheduler was faster."""
    try:
        with session.begin_nested():
            session.add(JobRun(job=JOB, slot=_slot(department_id, on), started_at=now, ended_at=now))
    except IntegrityError:
        return 0
    department = session.get_one(Department, department_id)
    after, before = midnight(on, department.zone), midnight(on + _DAY, department.zone)
    seats, used = _met(session, department_id, after, before)
    offered = _offered(session, department_id, after, before) + seats
    lines = [
        SlotDay(organisation_id=key[0], category_id=key[1], on=on, offered=offered[key], used=used[key])
        for key in sorted({*offered, *used})
        if offered[key] or used[key]
    ]
    session.add_all(lines)
    session.flush()
    return len(lines)


def _slot(department_id: int, on: date) -> str:
    return f"{department_id}:{on}"


def _types(session: Session, department_id: int, before: datetime) -> Sequence[AppointmentType]:
    """What invited people could book that day."""
    query = (
        select(AppointmentType)
        .join(Organisation, Organisation.id == AppointmentType.organisation_id)
        .where(
            Organisation.department_id == department_id,
            AppointmentType.open_to == OpenTo.INVITED,
            or_(AppointmentType.closed_at.is_(None), AppointmentType.closed_at >= before),
        )
    )
    return session.scalars(query.order_by(AppointmentType.id)).all()


def _offered(session: Session, department_id: int, after: datetime, before: datetime) -> Counter[Key]:
    types = {one.id: one for one in _types(session, department_id, before)}
    desks: dict[tuple[Key, int], list[Slot]] = defaultdict(list)
    for slot in offered_slots(session, list(types.values()), after=after, before=before):
        desks[_key(types[slot.type_id]), slot.agent_id].append(slot)
    found: Counter[Key] = Counter()
    for (key, _agent), slots in desks.items():
        found[key] += min(bookable(slots), _most({slot.type_id for slot in slots}, types))
    return found


def _key(type_: AppointmentType) -> Key:
    return type_.organisation_id, type_.category_id


def _most(type_ids: Iterable[int], types: Mapping[int, AppointmentType]) -> int:
    """How many appointments of these types an agent has in a day at most."""
    limits = [types[one].max_per_agent_day for one in type_ids]
    return sum(one for one in limits if one is not None) if None not in limits else NO_LIMIT


def _met(session: Session, department_id: int, after: datetime, before: datetime) -> tuple[Counter[Key], Counter[Key]]:
    """Seats of sessions that were held, and appointments and seats that were used."""
    came = exists().where(
        Participation.appointment_id == Appointment.id, Participation.outcome.not_in([Outcome.EXCUSED, Outcome.REVOKED])
    )
    is_session = AppointmentType.is_collective
    query = (
        select(
            AppointmentType.organisation_id,
            AppointmentType.category_id,
            func.sum(case((is_session, Appointment.seats), else_=0)),
            func.sum(case((is_session, Appointment.seats_taken), (came, 1), else_=0)),
        )
        .select_from(Appointment)
        .join(AppointmentType, AppointmentType.id == Appointment.type_id)
        .join(Organisation, Organisation.id == AppointmentType.organisation_id)
        .where(
            Organisation.department_id == department_id,
            Appointment.starts_at >= after,
            Appointment.starts_at < before,
            Appointment.cancelled_at.is_(None),
        )
        .group_by(AppointmentType.organisation_id, AppointmentType.category_id)
        .order_by(AppointmentType.organisation_id, AppointmentType.category_id)
    )
    found = session.execute(query).all()
    return Counter({(row[0], row[1]): row[2] for row in found}), Counter({(row[0], row[1]): row[3] for row in found})
