"""Whom nobody told that their appointment was moved or is off: every message of it failed. They are called first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from invitations import follow_ups
from invitations.escalation_whom import people_of
from invitations.models import (
    Appointment,
    FollowUp,
    Message,
    MessageKind,
    MessageState,
    Outcome,
    Participation,
    Place,
)

CHANGES = (MessageKind.MOVED, MessageKind.CANCELLED_BY_SERVICE)
_FAILED = (MessageState.FAILED, MessageState.UNDELIVERED)
_SILENT = (MessageState.EXPIRED, MessageState.CANCELLED)


def untold(organisation_id: int, categories: Collection[int], now: datetime) -> Select[*tuple[Any, ...]]:
    """Appointments to come whose last change reached nobody, until somebody has told it by voice."""
    is_off = Participation.outcome == Outcome.REVOKED
    tried = and_(Message.participation_id == Participation.id, _tells_of(is_off))
    failed_at = select(func.max(Message.settled_at)).where(tried, Message.state.in_(_FAILED))
    return (
        people_of(organisation_id, categories)
        .add_columns(
            Participation.id.label("participation_id"),
            Appointment.starts_at,
            Place.timezone.label("place_timezone"),
            is_off.label("is_off"),
            failed_at.scalar_subquery().label("since"),
        )
        .join(Participation, Participation.follow_up_id == FollowUp.id)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .outerjoin(Place, Place.id == Appointment.place_id)
        .where(
            Appointment.organisation_id == organisation_id,
            Appointment.starts_at > now,
            or_(is_off, and_(Participation.outcome == Outcome.UNKNOWN, Appointment.cancelled_at.is_(None))),
            exists().where(tried, Message.state.in_(_FAILED), Message.told_at.is_(None)),
            ~exists().where(tried, Message.state.not_in((*_FAILED, *_SILENT))),
        )
    )


def note_told(session: Session, follow_up: FollowUp, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """Somebody told the person by voice what no message could. Repeated, changes nothing."""
    of_this = select(Participation.id).where(Participation.follow_up_id == follow_up.id)
    told = (
        update(Message)
        .where(
            Message.participation_id.in_(of_this),
            Message.organisation_id == organisation_id,
            Message.kind.in_(CHANGES),
            Message.state.in_(_FAILED),
            Message.told_at.is_(None),
        )
        .values(told_at=now)
        .returning(Message.id)
    )
    if session.scalars(told).all():
        follow_ups.note(session, "call.told", follow_up, agent_id, organisation_id, now)


def _tells_of(is_off: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a message tells of the change as it is now: an earlier move that arrived says another time."""
    version = Appointment.version + Participation.versions_before
    return or_(
        and_(is_off, Message.kind == MessageKind.CANCELLED_BY_SERVICE),
        and_(~is_off, Message.kind == MessageKind.MOVED, Message.version == version),
    )
