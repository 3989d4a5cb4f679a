"""Who holds the link of an invitation, and where they stand: all that their page says of them, in one reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, contains_eager, lazyload

from invitations import rows, sealed_links
from invitations.codes import Codes
from invitations.errors import LinkUnknown
from invitations.help_line import COLUMNS, line_of
from invitations.models import (
    Appointment,
    Beneficiary,
    CategorySettings,
    FollowUp,
    Invitation,
    Link,
    Organisation,
    Outcome,
    Participation,
    Waiting,
)
from invitations.offers import Setting, setting_with
from invitations.trials import standing


@dataclass(frozen=True, slots=True)
class Invited:
    """`booked_id`: the participation that they have to come already; `is_in_trial`: as `standing.is_in_trial` has it."""

    invitation: Invitation
    setting: Setting
    booked_id: int | None
    is_waiting: bool
    is_in_trial: bool


def read(session: Session, code: str, *, codes: Codes, now: datetime, anew: bool = False) -> Invited:
    """What the code leads to; `anew`, whatever the session has read of it before. Raises LinkUnknown."""
    asked = {"kept": codes.every_kept(code), "now": now}
    row = session.execute(_OF_CODE, asked, execution_options={"populate_existing": anew}).first()
    if row is None:
        raise LinkUnknown
    invitation, *own, booked_id, is_waiting, is_in_trial = row
    organisation, follow_up = invitation.organisation, invitation.follow_up
    setting = setting_with(line_of(organisation, *own), follow_up, organisation)
    return Invited(invitation, setting, booked_id, is_waiting, is_in_trial)


def is_unchanged(session: Session, opened: Invited, *, now: datetime) -> bool:
    """True when this person stands where they stood when it was read: one question, in few columns."""
    invitation, follow_up = opened.invitation, opened.invitation.follow_up
    seen = invitation.ended_at, invitation.expires_at, follow_up.status, follow_up.closed_at, opened.booked_id
    return rows.read(session, _STANDING, {"id": invitation.id, "now": now}).one_or_none() == seen


_BOOKED = (
    select(Participation.id)
    .join(Appointment, Appointment.id == Participation.appointment_id)
    .where(
        Participation.follow_up_id == Invitation.follow_up_id,
        Participation.outcome == Outcome.UNKNOWN,
        Appointment.starts_at > bindparam("now"),
    )
    .order_by(Participation.id)
    .limit(1)
    .correlate(Invitation)
    .scalar_subquery()
)
_STANDING = (
    select(Invitation.ended_at, Invitation.expires_at, FollowUp.status, FollowUp.closed_at, _BOOKED)
    .join(Invitation.follow_up)
    .where(Invitation.id == bindparam("id"))
)
_IS_WAITING = (
    exists()
    .where(
        Waiting.follow_up_id == Invitation.follow_up_id,
        Waiting.organisation_id == Invitation.organisation_id,
        Waiting.ended_at.is_(None),
    )
    .correlate(Invitation)
)
_OF_CODE = (
    select(Invitation, *COLUMNS, _BOOKED, _IS_WAITING, standing.is_in_trial(Invitation.follow_up_id))
    .join(Link, Link.invitation_id == Invitation.id)
    .join(Invitation.follow_up)
    .join(FollowUp.beneficiary)
    .join(FollowUp.category)
    .join(Invitation.organisation)
    .join(Organisation.department)
    .outerjoin(
        CategorySettings,
        (CategorySettings.organisation_id == Invitation.organisation_id)
        & (CategorySettings.category_id == FollowUp.category_id),
    )
    .where(Link.code_hash.in_(sealed_links.KEPT))
    .options(
        contains_eager(Invitation.organisation).contains_eager(Organisation.department),
        contains_eager(Invitation.follow_up).options(
            contains_eager(FollowUp.category),
            # the département of a person is that of the organisation, which is there already
            contains_eager(FollowUp.beneficiary).options(lazyload(Beneficiary.department)),
        ),
    )
)
