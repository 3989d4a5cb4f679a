"""Letters: what waits to be printed, and the batches that were.

A letter waits as a message of the channel `letter`. Printing judges it once more, as delivery does with a text (is it still
true, is there still time, is the address still good), freezes what stands on it, and says that it is posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Exists, Row, Select, exists, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from invitations import journal, letters_codes, letters_facts
from invitations.codes import Codes
from invitations.database import locked
from invitations.errors import NothingToPrint
from invitations.letters_printed import check_posting_day, sent_at_of
from invitations.models import (
    Channel,
    Invitation,
    InvitationBatch,
    Letter,
    LetterBatch,
    Message,
    MessageKind,
    MessageState,
    Organisation,
)
from invitations.outbox.claiming import set_aside
from invitations.outbox.facts import facts, heard
from invitations.outbox.judging import Verdict, judge
from invitations.outbox.links import keep_links_open
from notifications.letters import LAYOUT

# What one batch holds: a ream of paper, in a PDF made in seconds.
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that waits to be printed. `useless_at`: when it must have been posted, None when it never is too late."""

    message_id: int
    beneficiary_id: int
    name: str
    kind: MessageKind
    since: datetime
    useless_at: datetime | None


def waiting(session: Session, organisation_id: int, *, now: datetime) -> list[Waiting]:
    """The letters that would be printed now, those that must leave first on top. Two queries."""
    leaving, _ = _judged(session, _pending(organisation_id, now), now=now)
    found = [
        Waiting(
            row.Message.id,
            row.Message.beneficiary_id,
            row.Beneficiary.full_name,
            row.Message.kind,
            row.Message.created_at,
            row.Message.useless_at,
        )
        for row in leaving
    ]
    return sorted(found, key=lambda one: (one.useless_at is None, one.useless_at or now, one.since))


def print_waiting(
    session: Session,
    organisation: Organisation,
    *,
    posted_on: date,
    agent_id: int,
    codes: Codes,
    public_url: str,
    now: datetime,
) -> LetterBatch:
    """Make a batch of what waits, MOST_AT_ONCE at most; what can't leave any more is settled, with its reason.

    Raises NothingToPrint, PostingDayRefused.
    """
    check_posting_day(organisation, posted_on, now=now)
    ids = session.scalars(locked(_pending(organisation.id, now).limit(MOST_AT_ONCE))).all()
    leaving, others = _judged(session, select(Message.id).where(Message.id.in_(ids)), now=now)
    set_aside(session, others, now=now)
    if not leaving:
        raise NothingToPrint
    batch = LetterBatch(organisation_id=organisation.id, agent_id=agent_id, posted_on=posted_on, created_at=now)
    session.add(batch)
    session.flush()
    chosen = _readable(session, [row.Message.id for row in leaving])
    keep_links_open(session, chosen, codes, now=now)
    letters_facts.keep_logos(session, [organisation.department_id])
    for message in chosen:
        _freeze(session, batch, message, codes=codes, public_url=public_url, now=now)
    _say_posted(session, [one.id for one in chosen], sent_at_of(organisation, posted_on, now))
    journal.note(
        session,
        "letters.printed",
        now=now,
        organisation_id=organisation.id,
        agent_id=agent_id,
        batch_id=batch.id,
        letters=len(chosen),
    )
    return batch


def settle(session: Session, *, now: datetime) -> int:
    """Settle the letters that wait and can't be printed any more: overtaken, too late, no address. Returns how many."""
    _, others = _judged(session, _pending(None, now), now=now)
    set_aside(session, others, now=now)
    return sum(len(ids) for ids in others.values())


def count_waiting(session: Session, organisation_id: int, *, now: datetime) -> int:
    """How many letters wait, as a list of things to do says it: without judging each again."""
    in_time = or_(Message.useless_at.is_(None), Message.useless_at > now)
    ids = _pending(organisation_id, now).where(in_time).order_by(None)
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def _pending(organisation_id: int | None, now: datetime) -> Select[int]:
    """The ids of the letters that wait, the oldest first; of every organisation when none is named."""
    query = select(Message.id).where(
        Message.channel == Channel.LETTER, Message.state == MessageState.PENDING, ~_may_be_taken_back(now)
    )
    if organisation_id is not None:
        query = query.where(Message.organisation_id == organisation_id)
    return query.order_by(Message.id)


def _may_be_taken_back(now: datetime) -> Exists:
    """True of what was invited with others a few minutes ago: whoever did it may still take it all back."""
    return (
        exists()
        .where(Invitation.id == Message.invitation_id, InvitationBatch.id == Invitation.batch_id)
        .where(InvitationBatch.leaves_at > now)
    )


def _judged(session: Session, ids: Select[int], *, now: datetime) -> tuple[list[Row[Any]], dict[Verdict, list[int]]]:
    """Those that may leave, and the others by why they may not."""
    rows = session.execute(facts().where(Message.id.in_(ids)).order_by(Message.id)).all()
    told = heard(session, rows)
    leaving: list[Row[Any]] = []
    others: dict[Verdict, list[int]] = defaultdict(list)
    for row in rows:
        verdict = judge(row, was_told=row.Message.participation_id in told, now=now)
        if verdict.may_leave:
            leaving.append(row)
        else:
            others[verdict].append(row.Message.id)
    return leaving, others


def _readable(session: Session, ids: Sequence[int]) -> Sequence[Message]:
    """Messages with what a letter is made of, in the order they were owed."""
    return session.scalars(
        select(Message)
        .where(Message.id.in_(ids))
        .options(joinedload(Message.organisation), joinedload(Message.beneficiary))
        .order_by(Message.id)
    ).all()


def _freeze(
    session: Session, batch: LetterBatch, message: Message, *, codes: Codes, public_url: str, now: datetime
) -> None:
    """Keep the letter that a message becomes. Its code is looked up before the next one is drawn."""
    drawn = letters_codes.draw(session, message.id, codes)
    letter = Letter(
        message_id=message.id,
        batch_id=batch.id,
        code_hash=drawn.code_hash,
        attempt=drawn.attempt,
        layout=LAYOUT,
        facts=letters_facts.gather(message, public_url=public_url, on=batch.posted_on),
        created_at=now,
    )
    session.add(letter)
    session.flush()


def _say_posted(session: Session, ids: Sequence[int], sent_at: datetime) -> None:
    session.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(state=MessageState.SENT, sent_at=sent_at, attempts=Message.attempts + 1, error_reason=None),
        execution_options={"synchronize_session": False},
    )
