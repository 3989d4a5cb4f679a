"""A machine takes back what was sent: nobody can answer it any more, and what has not left yet stays here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from invitations import follow_ups, journal
from invitations.errors import ConvocationStays
from invitations.machines.callers import Caller
from invitations.models import EndReason, Invitation, Mode


def withdraw(session: Session, invitation: Invitation, *, by: Caller, now: datetime) -> None:
    """End it. Repeated, or once it is over, changes nothing. Raises ConvocationStays."""
    if invitation.mode is Mode.CONVOCATION:
        raise ConvocationStays
    follow_up = follow_ups.hold(session, invitation.follow_up_id)
    session.refresh(invitation)
    if not invitation.is_open(now):
        return
    follow_ups.end_invitations(session, follow_up, EndReason.WITHDRAWN, now=now)  # one at most is open
    follow_ups.refresh(session, follow_up, now=now)
    journal.note(
        session, "invitation.withdrawn", now=now, organisation_id=invitation.organisation_id, agent_id=by.agent_id,
        beneficiary_id=follow_up.beneficiary_id, invitation_id=invitation.id,
    )  # fmt: skip
