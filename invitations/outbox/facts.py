"""What is read of messages to judge whether they may leave: the facts of this moment, not of when they were owed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased, lazyload

from invitations.models import (
    Agent,
    Appointment,
    Beneficiary,
    Department,
    FollowUp,
    Invitation,
    Message,
    Organisation,
    Participation,
    Place,
)
from invitations.outbox.states import ANNOUNCING, CANCELLING, NEVER_LEFT

_held = aliased(Appointment)


def facts() -> Select[*tuple[Any, ...]]:
    """All that judging reads, in one query."""
    return (
        select(
            Message,
            Beneficiary,
            Agent.email.label("agent_email"),
            Agent.wants_digest,
            Agent.closed_at.label("agent_closed_at"),
            Department,
            Organisation.name.label("organisation"),
            Organisation.sms_sender,
            Invitation.ended_at,
            Invitation.answered_at,
            Invitation.expires_at,
            FollowUp.reminders_suspended_at,
            _held.starts_at.label("held_starts_at"),
            _held.cancelled_at.label("held_cancelled_at"),
            Participation.outcome,
            Appointment.starts_at,
            Appointment.cancelled_at,
            Place.timezone.label("place_timezone"),
            (Appointment.version + Participation.versions_before).label("version"),
        )
        .join(Organisation, Organisation.id == Message.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .outerjoin(Beneficiary, Beneficiary.id == Message.beneficiary_id)
        .outerjoin(Agent, Agent.id == Message.agent_id)
        .outerjoin(Invitation, Invitation.id == Message.invitation_id)
        .outerjoin(_held, _held.id == Invitation.held_appointment_id)
        .outerjoin(Participation, Participation.id == Message.participation_id)
        .outerjoin(Appointment, Appointment.id == Participation.appointment_id)
        .outerjoin(Place, Place.id == func.coalesce(Appointment.place_id, _held.place_id))
        .outerjoin(FollowUp, FollowUp.id == func.coalesce(Participation.follow_up_id, Invitation.follow_up_id))
        .options(lazyload(Beneficiary.department))  # its own join would lose the messages to agents
    )


def heard(session: Session, rows: Sequence[Row[Any]]) -> frozenset[int]:
    """Among the participations whose cancellation is owed, those whose person heard of the appointment from us.

    When nothing was ever owed about it, somebody has told them by voice; when sending failed, they may know too.
    """
    asked = {row.Message.participation_id for row in rows if row.Message.kind in CANCELLING}
    if not asked:
        return frozenset()
    announced = session.execute(
        select(Message.participation_id, Message.state)
        .where(Message.participation_id.in_(asked), Message.kind.in_(ANNOUNCING))
        .distinct()
    ).all()
    left = {participation_id for participation_id, state in announced if state not in NEVER_LEFT}
    unheard = asked - {participation_id for participation_id, _ in announced}
    return frozenset(one for one in left | unheard if one is not None)
