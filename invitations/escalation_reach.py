"""Whom none of our messages reached: a follow-up whose every message failed, with the reason of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from invitations.models import (
    Channel,
    EndReason,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Mode,
)

AWAITED = (FollowUpStatus.INVITATION_PENDING, FollowUpStatus.INVITATION_EXPIRED)
ADDRESSING = (
    MessageKind.INVITATION,
    MessageKind.INVITATION_REMINDER,
    MessageKind.PROPOSITION,
    MessageKind.PROPOSITION_REMINDER,
    MessageKind.CONVOCATION,
)
_FAILED = (MessageState.FAILED, MessageState.UNDELIVERED)
# These say that nothing was tried, or that it was in vain from the start.
_SILENT = (MessageState.EXPIRED, MessageState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that did not arrive, and why."""

    channel: Channel
    reason: str | None
    code: str | None


def failures(
    session: Session, follow_up_ids: Collection[int], organisation_ids: Collection[int]
) -> dict[int, list[Failure]]:
    """By follow-up, for those whom nothing reached, what failed: a channel once, its last word. One query."""
    found: dict[int, dict[Channel, Failure]] = defaultdict(dict)
    for row in session.execute(
        select(FollowUp.id, Message.channel, Message.error_reason, Message.error_code)
        .join(Invitation, Invitation.follow_up_id == FollowUp.id)
        .join(Message, Message.invitation_id == Invitation.id)
        .where(
            FollowUp.id.in_(follow_up_ids),
            Invitation.organisation_id.in_(organisation_ids),
            is_latest(),
            nothing_reached(),
            Message.kind.in_(ADDRESSING),
            Message.state.in_(_FAILED),
        )
        .order_by(Message.id)
    ):
        found[row.id][row.channel] = Failure(row.channel, row.error_reason, row.error_code)
    return {follow_up_id: list(by_channel.values()) for follow_up_id, by_channel in found.items()}


def is_latest() -> ColumnElement[bool]:
    """That no later invitation addresses the same follow-up; one taken back before it left addresses nobody."""
    later = aliased(Invitation)
    happened = or_(later.end_reason.is_(None), later.end_reason != EndReason.TAKEN_BACK)
    return ~exists().where(later.follow_up_id == Invitation.follow_up_id, later.id > Invitation.id, happened)


def nothing_reached() -> ColumnElement[bool]:
    """That what addressed the person failed on every channel, and they are still to hear of it."""
    of_this = and_(Message.invitation_id == Invitation.id, Message.kind.in_(ADDRESSING))
    is_awaited = and_(is_open(), FollowUp.status.in_(AWAITED))
    is_convoked = and_(Invitation.mode == Mode.CONVOCATION, FollowUp.status == FollowUpStatus.APPOINTMENT_PENDING)
    return and_(
        or_(is_awaited, is_convoked),
        exists().where(of_this, Message.state.in_(_FAILED)).correlate(Invitation),
        ~exists().where(of_this, Message.state.not_in((*_FAILED, *_SILENT))).correlate(Invitation),
    )


def is_open() -> ColumnElement[bool]:
    """That nobody answered the invitation and nobody ended it; it may have expired."""
    return and_(Invitation.ended_at.is_(None), Invitation.answered_at.is_(None))
