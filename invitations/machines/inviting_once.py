"""Inviting for a machine: by text when the number is a mobile, by email when there is one, never by letter; and once.

The same call within a day answers with the invitation that the first one made, and nothing leaves again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from invitations import follow_ups, inviting
from invitations.addressing import REST
from invitations.codes import Codes
from invitations.machines.callers import Caller
from invitations.models import (
    Beneficiary,
    EndReason,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Organisation,
)
from invitations.reach import ELECTRONIC, without_doubles

_NEVER_ARRIVED = (MessageState.FAILED, MessageState.UNDELIVERED, MessageState.EXPIRED, MessageState.CANCELLED)


def invite(
    session: Session,
    person: Beneficiary,
    category_id: int,
    *,
    organisation: Organisation,
    place_id: int | None,
    by: Caller,
    codes: Codes,
    now: datetime,
) -> Invitation:
    """The invitation of this person, made now or by the same call before. Raises a subclass of InviteRefused."""
    follow_up = follow_ups.open_follow_up(session, person, category_id, now=now)
    inviting.take_turn(session, organisation.id, [follow_up.id])
    before = _made_lately(session, follow_up.id, organisation.id, place_id, now=now)
    if before is not None:
        return before
    with session.begin_nested():  # a refusal leaves the person as they are, and nothing of an invitation
        return inviting.invite(
            session,
            follow_up,
            organisation_id=organisation.id,
            channels=without_doubles(person, ELECTRONIC) or ELECTRONIC,
            agent_id=by.agent_id,
            codes=codes,
            now=now,
            place_id=place_id,
        )


def messages_of(session: Session, invitation_id: int) -> list[Message]:
    """What addressed the person, a channel each; reminders left out."""
    sent = select(Message).where(Message.invitation_id == invitation_id, Message.kind == MessageKind.INVITATION)
    return list(session.scalars(sent.order_by(Message.id)))


def _made_lately(
    session: Session, follow_up_id: int, organisation_id: int, place_id: int | None, *, now: datetime
) -> Invitation | None:
    """The last invitation to the same place, made in the last 24 hours, unless nothing of it arrived."""
    arrives = exists().where(
        Message.invitation_id == Invitation.id,
        Message.kind == MessageKind.INVITATION,
        Message.state.not_in(_NEVER_ARRIVED),
    )
    counts = or_(Invitation.end_reason.is_(None), Invitation.end_reason != EndReason.TAKEN_BACK)
    mine = select(Invitation).where(
        Invitation.follow_up_id == follow_up_id,
        Invitation.organisation_id == organisation_id,
        Invitation.mode == Mode.INVITATION,
        Invitation.place_id == place_id,
        Invitation.created_at > now - REST,
        counts,
        arrives,
    )
    return session.scalars(mine.order_by(Invitation.id.desc()).limit(1)).one_or_none()
