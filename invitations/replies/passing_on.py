"""A text that somebody of the team reads: why, and what the person is told meanwhile."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from invitations.models import InboundText, Message, MessageKind, Unanswered
from invitations.replies import saying
from invitations.replies.knowing import Known
from invitations.replies.wording import ReplyWords


def pass_on(
    session: Session,
    text: InboundText,
    known: Known,
    why: Unanswered,
    *,
    kind: MessageKind = MessageKind.REPLY_PASSED_ON,
    words: ReplyWords | None = None,
    now: datetime,
) -> Message | None:
    """The text waits for somebody, and its sender is told so."""
    wait(text, known.organisation.id, why)
    return saying.say(
        session,
        text,
        kind,
        words or saying.words_of(session, known),
        person=known.person,
        organisation=known.organisation,
        subject=known.participation or known.invitation or known.last,
        now=now,
    )


def wait(text: InboundText, organisation_id: int | None, why: Unanswered) -> None:
    """The text waits for somebody, and nobody is told."""
    text.organisation_id, text.waits_for = organisation_id, why
