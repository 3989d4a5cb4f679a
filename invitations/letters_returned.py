"""Letters that come back: found by their code or by a name, and the address that did not work is used no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from invitations import journal, letters_codes
from invitations.codes import Codes
from invitations.identity import search_terms
from invitations.models import Beneficiary, Letter, Message, MessageState, ReturnReason

MOST_FOUND = 20


def find(session: Session, typed: str, organisation_id: int, *, codes: Codes) -> Sequence[Letter]:
    """Letters of an organisation by the code that stands on them, else by the name of their person; the latest first."""
    code = letters_codes.read(typed)
    if letters_codes.is_code(code):
        hidden = codes.every_hidden(letters_codes.KIND, code)
        found = session.scalars(_sent_by(organisation_id).where(Letter.code_hash.in_(hidden))).all()
        if found:
            return found
    words = search_terms(typed)
    if not words:
        return []
    query = _sent_by(organisation_id).join(Message.beneficiary)
    for word in words:
        query = query.where(Beneficiary.search_key.contains(word, autoescape=True))
    return session.scalars(query.limit(MOST_FOUND)).all()


def mark(session: Session, letter: Letter, reason: ReturnReason, *, agent_id: int, now: datetime) -> None:
    """The letter came back: it did not arrive, and nothing is sent to that address until it is corrected."""
    message = letter.message
    letter.returned_on = now.astimezone(message.organisation.department.zone).date()
    letter.return_reason = reason
    message.state = MessageState.UNDELIVERED
    message.settled_at = now
    message.error_reason = f"returned_{reason}"
    if message.beneficiary is not None and message.beneficiary.letter_dead_at is None:
        message.beneficiary.letter_dead_at = now
    _note(session, "letter.returned", letter, agent_id, now)


def take_back(session: Session, letter: Letter, *, agent_id: int, now: datetime) -> None:
    """It did not come back after all: the letter is posted, and the address is good."""
    if letter.returned_on is None:
        return
    message = letter.message
    letter.returned_on = letter.return_reason = None
    message.state = MessageState.SENT
    message.settled_at = message.error_reason = None
    if message.beneficiary is not None:
        message.beneficiary.letter_dead_at = None
    _note(session, "letter.not_returned", letter, agent_id, now)


def _sent_by(organisation_id: int) -> Select[Letter]:
    return (
        select(Letter)
        .join(Letter.message)
        .where(Message.organisation_id == organisation_id)
        .options(joinedload(Letter.message).joinedload(Message.beneficiary), joinedload(Letter.batch))
        .order_by(Letter.id.desc())
    )


def _note(session: Session, action: str, letter: Letter, agent_id: int, now: datetime) -> None:
    journal.note(
        session,
        action,
        now=now,
        organisation_id=letter.message.organisation_id,
        agent_id=agent_id,
        beneficiary_id=letter.message.beneficiary_id,
        letter_id=letter.id,
    )
