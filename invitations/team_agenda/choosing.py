"""What an agent may book for one person, and what comes first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import AppointmentType, CategorySettings, FollowUp


def individual_types(session: Session, organisation_id: int) -> list[AppointmentType]:
    """The types in use of the categories that are open in the organisation, by name."""
    handled = select(CategorySettings.category_id).where(
        CategorySettings.organisation_id == organisation_id, CategorySettings.closed_at.is_(None)
    )
    return list(
        session.scalars(
            select(AppointmentType)
            .where(
                AppointmentType.organisation_id == organisation_id,
                AppointmentType.is_collective.is_(False),
                AppointmentType.closed_at.is_(None),
                AppointmentType.category_id.in_(handled),
            )
            .order_by(AppointmentType.name, AppointmentType.id)
        )
    )


def first_type(session: Session, beneficiary_id: int, types: Sequence[AppointmentType]) -> AppointmentType | None:
    """One of a category in which the person is followed, else the first of all."""
    followed = set(
        session.scalars(
            select(FollowUp.category_id).where(FollowUp.beneficiary_id == beneficiary_id, FollowUp.closed_at.is_(None))
        )
    )
    return next((one for one in types if one.category_id in followed), types[0] if types else None)
