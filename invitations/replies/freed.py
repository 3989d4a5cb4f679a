"""Yes to the freed slot that our last text told of."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import Channel, FreedSlot, Message, MessageKind, MessageState, Waiting
from invitations.outbox.states import NEVER_LEFT
from invitations.replies.knowing import Known


def offer_meant(session: Session, known: Known) -> FreedSlot | None:
    """The slot that is kept for this person, if the last text that left told of it: a yes later is about something else."""
    if known.follow_up_id is None or _last_kind(session, known) is not MessageKind.SLOT_FREED:
        return None
    return session.scalar(
        select(FreedSlot)
        .join(Waiting, Waiting.id == FreedSlot.waiting_id)
        .where(Waiting.follow_up_id == known.follow_up_id, Waiting.ended_at.is_(None), FreedSlot.answered_at.is_(None))
    )


def _last_kind(session: Session, known: Known) -> MessageKind | None:
    return session.scalar(
        select(Message.kind)
        .where(
            Message.beneficiary_id == known.person.id,
            Message.channel == Channel.SMS,
            Message.state.not_in([*NEVER_LEFT, MessageState.FAILED]),
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
