"""Letters that were printed: the batches, the day they went to the post, and each letter to be shown again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session, joinedload

from invitations import journal
from invitations.errors import NotFound, PostingDayRefused
from invitations.models import Letter, LetterBatch, Message, Organisation

# A posting day may be said afterwards, or for the next collection after a holiday.
LONGEST_AGO, LONGEST_AHEAD = timedelta(days=31), timedelta(days=7)
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch that was printed, and what came of it."""

    id: int
    printed_at: datetime
    posted_on: date
    agent: str
    letters: int
    returned: int


def batches(session: Session, organisation_id: int, *, most: int = 20) -> list[BatchLine]:
    """The latest batches of an organisation. One query."""
    rows = session.execute(
        select(LetterBatch, func.count(Letter.id), func.count(Letter.returned_on))
        .join(LetterBatch.letters)
        .where(LetterBatch.organisation_id == organisation_id)
        .group_by(LetterBatch.id)
        .order_by(LetterBatch.id.desc())
        .limit(most)
        .options(joinedload(LetterBatch.agent))
    )
    return [
        BatchLine(one.id, one.created_at, one.posted_on, one.agent.display_name, letters, returned)
        for one, letters, returned in rows
    ]


def batch_seen_by(session: Session, batch_id: int, organisation_id: int) -> LetterBatch:
    """A batch of this organisation with its letters and their people. Raises NotFound."""
    batch = session.scalar(
        select(LetterBatch)
        .where(LetterBatch.id == batch_id, LetterBatch.organisation_id == organisation_id)
        .options(
            joinedload(LetterBatch.agent),
            joinedload(LetterBatch.letters).joinedload(Letter.message).joinedload(Message.beneficiary),
        )
    )
    if batch is None:
        raise NotFound
    return batch


def letter_seen_by(session: Session, letter_id: int, organisation_ids: Sequence[int]) -> Letter:
    """A letter that one of these organisations sent, while it is kept. Raises NotFound."""
    return _letter(session, Letter.id == letter_id, organisation_ids)


def letter_of(session: Session, message_id: int, organisation_ids: Sequence[int]) -> Letter:
    """The letter that a message of one of these organisations became. Raises NotFound."""
    return _letter(session, Letter.message_id == message_id, organisation_ids)


def _letter(session: Session, which: ColumnElement[bool], organisation_ids: Sequence[int]) -> Letter:
    letter = session.scalar(
        select(Letter)
        .join(Letter.message)
        .where(which, Message.organisation_id.in_(organisation_ids), Message.forgotten_at.is_(None))
        .options(joinedload(Letter.message).joinedload(Message.beneficiary), joinedload(Letter.batch))
    )
    if letter is None:
        raise NotFound
    return letter


def repost(session: Session, batch: LetterBatch, *, posted_on: date, agent_id: int, now: datetime) -> None:
    """Say that a batch went to the post on another day. Raises PostingDayRefused."""
    organisation = session.get_one(Organisation, batch.organisation_id)
    check_posting_day(organisation, posted_on, now=now)
    if posted_on == batch.posted_on:
        return
    batch.posted_on = posted_on
    ids = session.scalars(select(Letter.message_id).where(Letter.batch_id == batch.id)).all()
    session.execute(
        update(Message).where(Message.id.in_(ids)).values(sent_at=sent_at_of(organisation, posted_on, now)),
        execution_options={"synchronize_session": False},
    )
    journal.note(
        session, "letters.posted", now=now, organisation_id=organisation.id, agent_id=agent_id, batch_id=batch.id
    )


def check_posting_day(organisation: Organisation, posted_on: date, *, now: datetime) -> None:
    """Raises PostingDayRefused for a day that is a mistake."""
    today = now.astimezone(organisation.department.zone).date()
    if not today - LONGEST_AGO <= posted_on <= today + LONGEST_AHEAD:
        raise PostingDayRefused


def sent_at_of(organisation: Organisation, posted_on: date, now: datetime) -> datetime:
    """When a letter posted on a day left: now for a letter posted today, else noon of the day."""
    zone = organisation.department.zone
    if now.astimezone(zone).date() == posted_on:
        return now
    return datetime.combine(posted_on, _NOON, zone)
