"""The sentence that tells whoever has no data on their phone that a text back does, when our sender can receive one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from invitations.database import SMS_SENDER
from invitations.models import MessageKind, Organisation
from invitations.reach import can_receive
from invitations.words import Words, fill
from notifications.languages import Language

OFFERING = frozenset({MessageKind.INVITATION, MessageKind.INVITATION_REMINDER})


def is_read(session: Session, organisation: Organisation) -> bool:
    """True when what people text back to this organisation's texts comes to us."""
    return can_receive(organisation.sms_sender or session.info.get(SMS_SENDER, ""))


def hint(kind: MessageKind, words: Words, spoken: Language) -> str:
    """What stands at the end of such a text; empty for a kind that leaves nothing to choose."""
    return fill("reply_hint.txt", words, spoken) if kind in OFFERING else ""


def with_tail(phrasings: Sequence[str], tail: str) -> Sequence[str]:
    """The same with one more sentence, which matters more than fuller words; without it where no phrasing has room."""
    return [*(f"{one.rstrip()} {tail}" for one in phrasings), *phrasings] if tail else phrasings
