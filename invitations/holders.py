"""Who holds a link, and what stands around them: for the pages that an invitation and an appointment have in common.

Open whatever has become of the invitation or the appointment: nobody meets a dead end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from invitations import booking, changing, offers
from invitations.codes import Codes
from invitations.models import FollowUp, Invitation, Mode, Participation
from invitations.offers import Setting


class Way(StrEnum):
    """What a link leads to, as its address begins."""

    INVITATION = "i"
    APPOINTMENT = "r"


@dataclass(frozen=True)
class Holder(Setting):
    """The person of a link, and by which of the two it came."""

    follow_up: FollowUp
    invitation: Invitation | None
    participation: Participation | None


def holder_of(session: Session, way: Way, code: str, *, codes: Codes) -> Holder:
    """Whose link this is. Raises LinkUnknown, for a code of the other way too."""
    if way is Way.APPOINTMENT:
        participation = changing.participation_of(session, code, codes=codes)
        organisation, invitation = participation.appointment.organisation, participation.invitation
        follow_up = participation.follow_up
    else:
        participation, invitation = None, booking.invitation_of(session, code, codes=codes)
        organisation, follow_up = invitation.organisation, invitation.follow_up
    setting = offers.setting_of(session, follow_up, organisation)
    return Holder(**vars(setting), follow_up=follow_up, invitation=invitation, participation=participation)


def newer_invitation(session: Session, invitation: Invitation, *, now: datetime) -> int | None:
    """The id of the same person's invitation, in the same follow-up, that can still be answered."""
    return session.scalar(
        select(Invitation.id)
        .where(
            Invitation.follow_up_id == invitation.follow_up_id,
            Invitation.id != invitation.id,
            Invitation.mode != Mode.CONVOCATION,
            Invitation.ended_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
        )
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(1)
    )


def appointment_chosen(session: Session, invitation: Invitation) -> int | None:
    """The id of the participation that this invitation led to, the latest."""
    return session.scalar(
        select(Participation.id)
        .where(Participation.invitation_id == invitation.id)
        .order_by(Participation.created_at.desc(), Participation.id.desc())
        .limit(1)
    )
