"""The resources that webhooks speak of, as rows of the organisation that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from invitations.errors import NotFound
from invitations.models import (
    ApiBatch,
    Appointment,
    CategorySettings,
    FollowUp,
    Invitation,
    Membership,
    Message,
    MessageKind,
)

ADDRESSING = (MessageKind.INVITATION, MessageKind.PROPOSITION, MessageKind.CONVOCATION)


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation and the messages that carried it first, one a channel, oldest first."""

    invitation: Invitation
    messages: Sequence[Message]


def uid_of_appointment(session: Session, appointment_id: int) -> str:
    """Raises NotFound."""
    uid = session.scalar(select(Appointment.uid).where(Appointment.id == appointment_id))
    if uid is None:
        raise NotFound(model="Rdv")
    return uid


def invitation(session: Session, invitation_id: int, organisation_id: int) -> Sent:
    """One that this organisation sent. Raises NotFound."""
    found = session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.organisation_id == organisation_id)
        .options(joinedload(Invitation.follow_up))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(model="Invitation")
    messages = session.scalars(
        select(Message)
        .where(Message.invitation_id == invitation_id, Message.kind.in_(ADDRESSING), Message.replaces_id.is_(None))
        .order_by(Message.id)
    ).all()
    return Sent(found, messages)


def follow_up(session: Session, follow_up_id: int, organisation_id: int) -> FollowUp:
    """One of a person of this organisation, in a category that it handles. Raises NotFound."""
    found: FollowUp | None = session.scalar(
        select(FollowUp)
        .join(Membership, Membership.beneficiary_id == FollowUp.beneficiary_id)
        .join(CategorySettings, CategorySettings.category_id == FollowUp.category_id)
        .where(
            FollowUp.id == follow_up_id,
            Membership.organisation_id == organisation_id,
            CategorySettings.organisation_id == organisation_id,
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(model="FollowUp")
    return found


def batch(session: Session, batch_id: int, organisation_id: int) -> ApiBatch:
    """People handed in together, with what became of each. Raises NotFound."""
    found = session.scalar(
        select(ApiBatch)
        .where(ApiBatch.id == batch_id, ApiBatch.organisation_id == organisation_id)
        .options(selectinload(ApiBatch.rows))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(model="Batch")
    return found
