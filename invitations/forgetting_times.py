"""The agents' time that forgotten people took: given back when it is to come, and nobody's appointment any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from invitations.models import (
    Appointment,
    AppointmentAgent,
    AppointmentType,
    FollowUp,
    FreedSlot,
    Invitation,
    Outcome,
    Participation,
)


def of(session: Session, people: Sequence[int]) -> list[int]:
    """The appointments that were made for them, and those held for their propositions. Sessions are everybody's."""
    alone = select(AppointmentType.id).where(AppointmentType.is_collective.is_(False))
    met = select(Participation.appointment_id).where(Participation.beneficiary_id.in_(people))
    followed = select(FollowUp.id).where(FollowUp.beneficiary_id.in_(people))
    held = select(Invitation.held_appointment_id).where(
        Invitation.follow_up_id.in_(followed), Invitation.held_appointment_id.is_not(None)
    )
    query = select(Appointment.id).where(
        or_(Appointment.id.in_(met), Appointment.id.in_(held)), Appointment.type_id.in_(alone)
    )
    return list(session.scalars(query.order_by(Appointment.id)))


def give_seats_back(session: Session, people: Sequence[int], *, now: datetime) -> None:
    """Of sessions to come; the seats of one that has begun are as they were then."""
    theirs = and_(
        Participation.appointment_id == Appointment.id,
        Participation.beneficiary_id.in_(people),
        Participation.outcome == Outcome.UNKNOWN,
    )
    seats = select(func.count()).select_from(Participation).where(theirs).scalar_subquery()
    freed = update(Appointment).where(
        Appointment.starts_at > now,
        Appointment.cancelled_at.is_(None),
        Appointment.seats_taken > 0,
        exists().where(theirs),
    )
    session.execute(
        freed.values(seats_taken=Appointment.seats_taken - seats), execution_options={"synchronize_session": False}
    )


def give_back(session: Session, appointment_ids: Sequence[int], *, now: datetime) -> Counter[str]:
    """Delete those that are nobody's now. One that others were offered once stays for their story, cancelled."""
    mine = Appointment.id.in_(appointment_ids)
    nobodys = (
        mine,
        ~exists().where(Participation.appointment_id == Appointment.id),
        ~exists().where(Invitation.held_appointment_id == Appointment.id),
    )
    told_to_others = exists().where(
        FreedSlot.appointment_id == Appointment.id,
        or_(FreedSlot.waiting_id.is_not(None), FreedSlot.answered_at.is_(None)),
    )
    gone = list(session.scalars(select(Appointment.id).where(*nobodys, ~told_to_others).order_by(Appointment.id)))
    _cancel(session, list(session.scalars(select(Appointment.id).where(*nobodys, told_to_others))), now=now)
    done: Counter[str] = Counter()
    for table, column in (
        (FreedSlot, FreedSlot.appointment_id),
        (AppointmentAgent, AppointmentAgent.appointment_id),
        (Appointment, Appointment.id),
    ):
        deleted = session.execute(
            delete(table).where(column.in_(gone)), execution_options={"synchronize_session": False}
        )
        done[table.__tablename__] += cast(CursorResult[Any], deleted).rowcount
    return done


def _cancel(session: Session, appointment_ids: Sequence[int], *, now: datetime) -> None:
    """Free what is to come of these; what has begun stays as it was. A slot that is set aside for others stays theirs."""
    set_aside = exists().where(FreedSlot.appointment_id == Appointment.id, FreedSlot.answered_at.is_(None))
    to_come = (
        Appointment.id.in_(appointment_ids),
        Appointment.starts_at > now,
        Appointment.cancelled_at.is_(None),
        ~set_aside,
    )
    freed = list(session.scalars(select(Appointment.id).where(*to_come).order_by(Appointment.id)))
    quietly = {"synchronize_session": False}
    session.execute(
        update(AppointmentAgent).where(AppointmentAgent.appointment_id.in_(freed)).values(is_live=False),
        execution_options=quietly,
    )
    session.execute(
        update(Appointment).where(Appointment.id.in_(freed)).values(cancelled_at=now), execution_options=quietly
    )
