"""What the database holds after a race: every way in which a promise could have been broken, counted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from invitations.database import Database
from invitations.models import Appointment, AppointmentAgent, Message, MessageState, Outcome, Participation

# Who has an address for both is told once on each.
CHANNELS = 2


@dataclass(frozen=True)
class Finding:
    """Violations, by promise. All zero: the race was fair."""

    overlapping: int  # pairs of live appointments of one agent that overlap, pauses included
    booked_twice: int  # people with two appointments to come in a follow-up
    overfull: int  # sessions with more people than seats, or whose count is not their people's
    empty: int  # live appointments that nobody has and that are held for nobody
    told_wrongly: int  # people to come who are owed anything but one confirmation on each channel

    @property
    def total(self) -> int:
        return sum(getattr(self, one.name) for one in fields(self))


def judge(database: Database, organisation_id: int) -> Finding:
    with database.reading() as session:
        return Finding(
            overlapping=overlapping(session, organisation_id),
            booked_twice=booked_twice(session, organisation_id),
            overfull=overfull(session, organisation_id),
            empty=empty(session, organisation_id),
            told_wrongly=told_wrongly(session, organisation_id),
        )


def overlapping(session: Session, organisation_id: int) -> int:
    first, second = aliased(AppointmentAgent), aliased(AppointmentAgent)
    return count(
        session,
        select(first.appointment_id)
        .join(second, second.agent_id == first.agent_id)
        .join(Appointment, Appointment.id == first.appointment_id)
        .where(
            Appointment.organisation_id == organisation_id,
            first.is_live,
            second.is_live,
            first.appointment_id < second.appointment_id,
            first.starts_at < second.busy_until,
            second.starts_at < first.busy_until,
        ),
    )


def to_come(organisation_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Appointment.organisation_id == organisation_id,
        Appointment.cancelled_at.is_(None),
        Participation.outcome == Outcome.UNKNOWN,
    )


def booked_twice(session: Session, organisation_id: int) -> int:
    query = select(Participation.follow_up_id).join(Appointment).where(*to_come(organisation_id))
    return count(session, query.group_by(Participation.follow_up_id).having(func.count() > 1))


def overfull(session: Session, organisation_id: int) -> int:
    people = (
        select(func.count())
        .where(Participation.appointment_id == Appointment.id, Participation.outcome == Outcome.UNKNOWN)
        .scalar_subquery()
    )
    sessions = select(Appointment.id).where(
        Appointment.organisation_id == organisation_id, Appointment.type.has(is_collective=True)
    )
    return count(session, sessions.where((people > Appointment.seats) | (people != Appointment.seats_taken)))


def empty(session: Session, organisation_id: int) -> int:
    somebody = Appointment.participations.any(Participation.outcome == Outcome.UNKNOWN)
    live = select(Appointment.id).where(
        Appointment.organisation_id == organisation_id,
        Appointment.times.any(AppointmentAgent.is_live),
        Appointment.type.has(is_collective=False),
    )
    return count(session, live.where(Appointment.held_until.is_(None), ~somebody))


def told_wrongly(session: Session, organisation_id: int) -> int:
    owed = (
        select(func.count())
        .where(Message.participation_id == Participation.id, Message.state == MessageState.PENDING)
        .scalar_subquery()
    )
    each_once = (
        select(func.count(Message.channel.distinct()))
        .where(Message.participation_id == Participation.id, Message.state == MessageState.PENDING)
        .scalar_subquery()
    )
    query = select(Participation.id).join(Appointment).where(*to_come(organisation_id))
    return count(session, query.where((owed != CHANNELS) | (each_once != CHANNELS)))


def count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
