"""Owing the answer to a text: one row, that leaves at once, at night too. The same words never leave twice in a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import offers
from invitations.database import insert_missing
from invitations.models import (
    Beneficiary,
    Channel,
    InboundText,
    Invitation,
    Menu,
    Message,
    MessageKind,
    MessageState,
    Organisation,
    Participation,
    TextMenu,
)
from invitations.replies import limits, wording
from invitations.replies.knowing import Known
from invitations.replies.wording import ReplyWords
from notifications.languages import language

# Nobody remembers what they asked the day before.
USELESS_AFTER = timedelta(days=1)


def words_of(session: Session, known: Known) -> ReplyWords:
    """Who answers whom, and the number that helps: the category's, else the organisation's."""
    subject = known.participation or known.invitation or known.last
    if subject is None:
        return wording.words_for(known.person, known.organisation, known.organisation.phone or "")
    setting = offers.setting_of(session, subject.follow_up, known.organisation)
    return wording.words_for(known.person, known.organisation, setting.help_phone)


def say(
    session: Session,
    text: InboundText,
    kind: MessageKind,
    words: ReplyWords,
    *,
    person: Beneficiary,
    organisation: Organisation,
    subject: Participation | Invitation | None = None,
    step: str = "",
    now: datetime,
) -> Message | None:
    """Owe the answer. None when it would keep two machines talking (`limits`), or when this is owed already."""
    draft = wording.draft(kind, words, language(person.language))
    if kind is not MessageKind.REPLY_BY_AGENT and not limits.may_say(session, text, draft.body, now=now):
        return None
    once = ":".join(filter(None, [kind, f"t{text.id}", step]))
    row: dict[str, Any] = {
        "once": once,
        "organisation_id": organisation.id,
        "beneficiary_id": person.id,
        "invitation_id": subject.id if isinstance(subject, Invitation) else None,
        "participation_id": subject.id if isinstance(subject, Participation) else None,
        "text_id": text.id,
        "kind": kind,
        "channel": Channel.SMS,
        "language": person.language or "fr",
        "address": text.sender,
        "body": draft.body,
        "segments": draft.segments,
        "state": MessageState.PENDING,
        "due_at": now,
        "useless_at": now + USELESS_AFTER,
        "leaves_at_once": True,
        "created_at": now,
    }
    session.flush()
    if not insert_missing(session, Message, [row], key="once"):
        return None
    return session.scalars(select(Message).where(Message.once == once)).one()


def open_menu(
    session: Session,
    message: Message,
    kind: Menu,
    choices: Sequence[str],
    *,
    seen: Sequence[str] = (),
    asked_by: InboundText | None = None,
    now: datetime,
) -> None:
    """From now on "1" means the first of these choices."""
    session.add(
        TextMenu(
            message_id=message.id,
            number=message.address,
            kind=kind,
            choices=list(choices),
            seen=list(seen),
            asked_by_id=asked_by.id if asked_by else None,
            created_at=now,
        )
    )
    session.flush()


def menu_of(session: Session, text: InboundText, organisation_ids: Sequence[int]) -> TextMenu | None:
    """The choices of our last text to this number that left some open."""
    latest: TextMenu | None = session.scalar(
        select(TextMenu)
        .join(Message, Message.id == TextMenu.message_id)
        .where(TextMenu.number == text.sender, Message.organisation_id.in_(organisation_ids))
        .order_by(TextMenu.id.desc())
        .limit(1)
    )
    return latest if latest is not None and latest.closed_at is None else None
