"""People who ask to be called, and the team that calls them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import follow_ups, journal
from invitations.booking import invitation_of
from invitations.errors import NotFound, PhoneNeeded
from invitations.models import CallbackRequest


def ask_callback(session: Session, code: str, *, phone: str, preferred: str, now: datetime) -> CallbackRequest:
    """The person of this invitation, expired or not, asks to be called.

    `phone`: E.164, or empty for the number that is known. Asking twice before anyone called changes the first request.
    Raises LinkUnknown, PhoneNeeded.
    """
    invitation = invitation_of(session, code)
    follow_up = follow_ups.hold(session, invitation.follow_up_id)
    number = phone or follow_up.beneficiary.phone
    if not number:
        raise PhoneNeeded
    request = session.scalar(
        select(CallbackRequest).where(
            CallbackRequest.follow_up_id == follow_up.id, CallbackRequest.handled_at.is_(None)
        )
    )
    if request is None:
        request = CallbackRequest(
            organisation_id=invitation.organisation_id,
            beneficiary_id=follow_up.beneficiary_id,
            follow_up_id=follow_up.id,
            invitation_id=invitation.id,
            created_at=now,
        )
        session.add(request)
    request.phone, request.preferred = number, preferred
    invitation.answered_at = invitation.answered_at or now
    session.flush()
    follow_ups.refresh(session, follow_up, now=now)  # one that never expires counts only until it is answered
    journal.note(
        session,
        "callback.asked",
        now=now,
        organisation_id=invitation.organisation_id,
        beneficiary_id=follow_up.beneficiary_id,
        callback_id=request.id,
    )
    return request


def mark_called(session: Session, request_id: int, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """An agent called the person back. Raises NotFound for another organisation's request."""
    request = session.get(CallbackRequest, request_id)
    if request is None or request.organisation_id != organisation_id:
        raise NotFound
    if request.handled_at is None:
        request.handled_at, request.handled_by_agent_id = now, agent_id
        journal.note(
            session,
            "callback.handled",
            now=now,
            organisation_id=organisation_id,
            agent_id=agent_id,
            beneficiary_id=request.beneficiary_id,
            callback_id=request.id,
        )
