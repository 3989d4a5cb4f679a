"""Which messages a service words itself: read once a transaction, and filled when one is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from invitations.models import Channel, Invitation, MessageKind, Mode, OwnText
from invitations.own_texts_grammar import LONGEST_SUBJECT, Broken, fill_own, phrasings_of, written_values
from invitations.words import Words
from notifications.languages import Language

# Kinds that say something else to whom a convocation brought the appointment: they change it by phone.
DIFFER = frozenset({MessageKind.MOVED, MessageKind.APPOINTMENT_REMINDER, MessageKind.CANCELLED_BY_SERVICE})
_KNOWN = "own_texts"


@dataclass(frozen=True, slots=True)
class Key:
    """Which message of a category: its kind, channel and language, and whether it is for the convened."""

    kind: MessageKind
    channel: Channel
    mode: Mode | None = None
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Own:
    """The words in force of one message."""

    id: int
    kind: MessageKind
    channel: Channel
    subject: str
    body: str

    def phrasings(self, words: Words, language: Language) -> list[str]:
        """What a text can say, fullest first: a phrasing with a blank in it is left out."""
        values, said = written_values(words, self.channel, language), []
        for phrasing in phrasings_of(self.body):
            with suppress(Broken):
                said.append(fill_own(phrasing, self.kind, values, language))
        return said

    def letter(self, words: Words, language: Language) -> tuple[str, str] | None:
        """The subject and body of an email; None when they can't be said of these words."""
        values = written_values(words, self.channel, language)
        try:
            subject = " ".join(fill_own(self.subject, self.kind, values, language).split())
            body = fill_own(self.body, self.kind, values, language)
        except Broken:
            return None
        return (subject, f"{body}\n") if subject and body and len(subject) <= LONGEST_SUBJECT else None


OwnTexts = Mapping[Key, Own]
NONE: OwnTexts = {}


def key_of(kind: MessageKind, channel: Channel, invitation: Invitation | None, language: Language) -> Key:
    """The key of a message about to be written; `invitation` is what brought its appointment."""
    convened = invitation is not None and invitation.mode is Mode.CONVOCATION
    return Key(kind, channel, Mode.CONVOCATION if convened and kind in DIFFER else None, language.code)


def of(session: Session, organisation_id: int, category_id: int) -> OwnTexts:
    """The texts in force of a category in an organisation. One query a transaction: batches write hundreds of messages."""
    known: dict[tuple[int, int], OwnTexts] = session.info.setdefault(_KNOWN, {})
    where = organisation_id, category_id
    if where not in known:
        known[where] = {
            key_of_row(one): own(one) for one in newest(session, organisation_id, [category_id]) if one.body
        }
    return known[where]


def forget(session: Session) -> None:
    """What was read of them before a change is worth nothing."""
    session.info.pop(_KNOWN, None)


def newest(session: Session, organisation_id: int, category_ids: Collection[int]) -> list[OwnText]:
    """The last version of each message that was ever worded here, reverted ones too."""
    return list(session.scalars(_NEWEST, {"organisation_id": organisation_id, "category_ids": list(category_ids)}))


_NEWEST = (
    select(OwnText)
    .where(
        OwnText.id.in_(
            select(func.max(OwnText.id))
            .where(
                OwnText.organisation_id == bindparam("organisation_id"),
                OwnText.category_id.in_(bindparam("category_ids", expanding=True)),
            )
            .group_by(OwnText.category_id, OwnText.kind, OwnText.channel, OwnText.mode, OwnText.language)
        )
    )
    .order_by(OwnText.id)
)


def key_of_row(row: OwnText) -> Key:
    return Key(row.kind, row.channel, row.mode, row.language)


def own(row: OwnText) -> Own:
    return Own(row.id, row.kind, row.channel, row.subject, row.body)
