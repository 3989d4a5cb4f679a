"""People who ask to be called, and the team that calls them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import follow_ups, journal, logistics
from invitations.booking import invitation_of
from invitations.changing import participation_of
from invitations.codes import Codes
from invitations.database import locked
from invitations.errors import NotFound, PhoneNeeded
from invitations.models import CallbackRequest, CallTime, FollowUp, Invitation, Need


def ask_callback(
    session: Session,
    code: str,
    *,
    phone: str,
    times: Sequence[CallTime] = (),
    preferred: str,
    needs: Sequence[Need] = (),
    codes: Codes,
    now: datetime,
) -> CallbackRequest:
    """The person of this invitation, expired or not, asks to be called; or written to, when they sign.

    `phone`: E.164, or empty for the number that is known; `times`: when they would rather be called, none for any;
    `needs` are added to those that are known. Asking twice before anyone called changes the first request.
    Raises LinkUnknown, PhoneNeeded.
    """
    invitation = invitation_of(session, code, codes=codes)
    follow_up = follow_ups.hold(session, invitation.follow_up_id)
    request = _request(session, follow_up, invitation.organisation_id, invitation, now=now)
    _add_needs(session, request, needs, now=now)
    _write(session, request, phone, times, preferred, now=now)
    invitation.answered_at = invitation.answered_at or now
    session.flush()
    follow_ups.refresh(session, follow_up, now=now)  # one that never expires counts only until it is answered
    return request


def ask_callback_about(
    session: Session,
    code: str,
    *,
    phone: str,
    times: Sequence[CallTime] = (),
    preferred: str,
    needs: Sequence[Need] = (),
    codes: Codes,
    now: datetime,
) -> CallbackRequest:
    """The same for the person of this appointment, whatever has become of it. Raises LinkUnknown, PhoneNeeded."""
    participation = participation_of(session, code, codes=codes)
    follow_up = follow_ups.hold(session, participation.follow_up_id)
    organisation_id = participation.appointment.organisation_id
    request = _request(session, follow_up, organisation_id, participation.invitation, now=now)
    _add_needs(session, request, needs, now=now)
    _write(session, request, phone, times, preferred, now=now)
    return request


def mark_called(session: Session, request_id: int, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """An agent called the person back. Raises NotFound for another organisation's request."""
    request = request_seen_by(session, request_id, organisation_id)
    if request.handled_at is None:
        request.handled_at, request.handled_by_agent_id = now, agent_id
        _note(session, "callback.handled", request, agent_id, now)


def reopen(session: Session, request_id: int, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """It was marked by mistake: the person is still to be called. Raises NotFound.

    When they have asked again since, their new request stands and this one stays as it is.
    """
    request = request_seen_by(session, request_id, organisation_id)
    follow_ups.hold(session, request.follow_up_id)
    if request.handled_at is None or _open_request(session, request.follow_up_id, organisation_id) is not None:
        return
    request.handled_at = request.handled_by_agent_id = None
    _note(session, "callback.reopened", request, agent_id, now)


def note_try(session: Session, request_id: int, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """An agent called and nobody answered: the person is still to be called. Raises NotFound."""
    request = request_seen_by(session, request_id, organisation_id)
    if request.handled_at is not None:
        return
    request.tries, request.tried_at = request.tries + 1, now
    _note(session, "callback.tried", request, agent_id, now)


def request_seen_by(session: Session, request_id: int, organisation_id: int) -> CallbackRequest:
    """The organisation's own request, nobody else changing it. Raises NotFound."""
    query = select(CallbackRequest).where(
        CallbackRequest.id == request_id, CallbackRequest.organisation_id == organisation_id
    )
    request: CallbackRequest | None = session.scalars(locked(query)).one_or_none()
    if request is None:
        raise NotFound
    return request


def _request(
    session: Session, follow_up: FollowUp, organisation_id: int, invitation: Invitation | None, *, now: datetime
) -> CallbackRequest:
    """The open request of a follow-up that is held, made when there is none."""
    return _open_request(session, follow_up.id, organisation_id) or CallbackRequest(
        organisation_id=organisation_id,
        beneficiary_id=follow_up.beneficiary_id,
        beneficiary=follow_up.beneficiary,
        follow_up_id=follow_up.id,
        invitation_id=invitation.id if invitation else None,
        created_at=now,
    )


def _open_request(session: Session, follow_up_id: int, organisation_id: int) -> CallbackRequest | None:
    return session.scalar(
        select(CallbackRequest)
        .where(
            CallbackRequest.follow_up_id == follow_up_id,
            CallbackRequest.organisation_id == organisation_id,
            CallbackRequest.handled_at.is_(None),
        )
        .order_by(CallbackRequest.id)
        .limit(1)
    )


def _add_needs(session: Session, request: CallbackRequest, needs: Sequence[Need], *, now: datetime) -> None:
    """What is ticked here comes on top: whoever leaves a box empty takes nothing back."""
    person = request.beneficiary
    logistics.write_needs(
        session,
        person,
        {*person.needs, *needs},
        organisation_id=request.organisation_id,
        follow_up_id=request.follow_up_id,
        now=now,
    )


def _write(
    session: Session, request: CallbackRequest, phone: str, times: Sequence[CallTime], preferred: str, *, now: datetime
) -> None:
    person = request.beneficiary
    number = phone or person.phone
    if not number and not (person.is_written_to and person.email):
        raise PhoneNeeded
    request.phone, request.preferred = number or "", preferred
    request.times = [str(one) for one in CallTime if one in times]
    session.add(request)
    session.flush()
    _note(session, "callback.asked", request, None, now)


def _note(session: Session, action: str, request: CallbackRequest, agent_id: int | None, now: datetime) -> None:
    journal.note(
        session,
        action,
        now=now,
        organisation_id=request.organisation_id,
        agent_id=agent_id,
        beneficiary_id=request.beneficiary_id,
        callback_id=request.id,
    )
