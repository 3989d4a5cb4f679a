"""What an agent may see: what lies in their organisations. Anything else does not exist for them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from invitations.errors import NotFound
from invitations.models import (
    Appointment,
    Beneficiary,
    CategorySettings,
    FollowUp,
    Membership,
    OrganisationKind,
    Participation,
)

# The internal id is hidden from these; with several shared organisations the least restrictive wins (domain.md).
_WITHOUT_INTERNAL_ID = frozenset({OrganisationKind.SIAE, OrganisationKind.OTHER})


def beneficiary_seen_by(session: Session, beneficiary_id: int, organisation_ids: Collection[int]) -> Beneficiary:
    """The person, if they belong to one of these organisations, archived or not. Raises NotFound."""
    belongs = exists().where(
        Membership.beneficiary_id == Beneficiary.id, Membership.organisation_id.in_(organisation_ids)
    )
    person = session.scalar(select(Beneficiary).where(Beneficiary.id == beneficiary_id, belongs))
    if person is None:
        raise NotFound
    return person


def follow_up_seen_by(session: Session, follow_up_id: int, organisation_ids: Collection[int]) -> FollowUp:
    """The follow-up, if its person belongs to one of these organisations and that one handles its category.

    Raises NotFound: what a team does not handle, it neither reads nor closes.
    """
    belongs = exists().where(
        Membership.beneficiary_id == FollowUp.beneficiary_id,
        Membership.organisation_id.in_(organisation_ids),
        CategorySettings.organisation_id == Membership.organisation_id,
        CategorySettings.category_id == FollowUp.category_id,
    )
    follow_up = session.scalar(select(FollowUp).where(FollowUp.id == follow_up_id, belongs))
    if follow_up is None:
        raise NotFound
    return follow_up


def participation_seen_by(session: Session, participation_id: int, organisation_ids: Collection[int]) -> Participation:
    """The participation, if its appointment is one of these organisations'. Raises NotFound."""
    participation = session.scalar(
        select(Participation)
        .join(Appointment)
        .where(Participation.id == participation_id, Appointment.organisation_id.in_(organisation_ids))
    )
    if participation is None:
        raise NotFound
    return participation


def appointment_seen_by(session: Session, appointment_id: int, organisation_ids: Collection[int]) -> Appointment:
    """The appointment, if it is one of these organisations'. Raises NotFound."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None or appointment.organisation_id not in organisation_ids:
        raise NotFound
    return appointment


def may_see_internal_id(kinds: Collection[OrganisationKind]) -> bool:
    """True when one at least of the organisations that the agent and the person share may read the internal id."""
    return any(kind not in _WITHOUT_INTERNAL_ID for kind in kinds)
