"""What came and no machine may answer: an organisation's list, and what its agents do with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from invitations import journal
from invitations.codes import fingerprint
from invitations.database import locked
from invitations.errors import NotFound, ReplyRefused
from invitations.models import (
    Beneficiary,
    Channel,
    InboundText,
    Membership,
    Message,
    MessageKind,
    Organisation,
)
from invitations.reach import is_number, why_unreachable
from invitations.replies import saying, wording
from invitations.replies.knowing import belonging_to
from notifications.languages import language

MOST = 200
LATELY = timedelta(days=7)
# Segments an agent's own words may take, the signature included.
MOST_SEGMENTS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A text, the people of the organisation who have this number, and what was answered. `may_answer`: a text reaches them."""

    text: InboundText
    people: list[Beneficiary]
    answers: list[Message]
    may_answer: bool


def to_read(session: Session, organisation_id: int) -> list[Line]:
    """The texts that wait for somebody, the oldest first. Three queries, however many."""
    found = session.scalars(
        select(InboundText)
        .where(
            InboundText.organisation_id == organisation_id,
            InboundText.waits_for.is_not(None),
            InboundText.handled_at.is_(None),
        )
        .order_by(InboundText.id)
        .limit(MOST)
    ).all()
    return _lines(session, found, organisation_id)


def read_lately(session: Session, organisation_id: int, *, now: datetime) -> list[Line]:
    """Those that somebody dealt with in the last week, the latest first."""
    found = session.scalars(
        select(InboundText)
        .where(InboundText.organisation_id == organisation_id, InboundText.handled_at > now - LATELY)
        .options(joinedload(InboundText.handled_by_agent))
        .order_by(InboundText.handled_at.desc(), InboundText.id.desc())
        .limit(MOST)
    ).all()
    return _lines(session, found, organisation_id)


def count_to_read(session: Session, organisation_id: int) -> int:
    return (
        session.scalar(
            select(func.count(InboundText.id)).where(
                InboundText.organisation_id == organisation_id,
                InboundText.waits_for.is_not(None),
                InboundText.handled_at.is_(None),
            )
        )
        or 0
    )


def mark_handled(session: Session, text_id: int, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """Somebody dealt with it. Raises NotFound for another organisation's."""
    text = text_seen_by(session, text_id, organisation_id)
    if text.handled_at is None:
        text.handled_at, text.handled_by_agent_id = now, agent_id
        _note(session, "text.handled", text, agent_id, now)


def reopen(session: Session, text_id: int, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """It was marked by mistake. Raises NotFound."""
    text = text_seen_by(session, text_id, organisation_id)
    if text.handled_at is not None:
        text.handled_at = text.handled_by_agent_id = None
        _note(session, "text.reopened", text, agent_id, now)


def answer(
    session: Session, text_id: int, words: str, *, organisation_id: int, agent_id: int, now: datetime
) -> Message | None:
    """An agent answers by text, and the line is dealt with. The same words sent again are one answer: None then.

    Raises NotFound, ReplyRefused (details: `segments`, zero when there is nothing to send or nobody to send it to).
    """
    text = text_seen_by(session, text_id, organisation_id)
    organisation = session.get_one(Organisation, organisation_id)
    person = person_of(session, text, organisation)
    if person is None or not words.strip() or not _may_answer(text, [person]):
        raise ReplyRefused(segments=0)
    said = replace(wording.words_for(person, organisation, ""), text=words.strip())
    segments = wording.draft(MessageKind.REPLY_BY_AGENT, said, language(person.language)).segments
    if segments > MOST_SEGMENTS:
        raise ReplyRefused(segments=segments)
    message = saying.say(
        session,
        text,
        MessageKind.REPLY_BY_AGENT,
        said,
        person=person,
        organisation=organisation,
        step=fingerprint(said.text)[:12],
        now=now,
    )
    mark_handled(session, text_id, organisation_id=organisation_id, agent_id=agent_id, now=now)
    if message is not None:
        _note(session, "text.answered", text, agent_id, now)
    return message


def text_seen_by(session: Session, text_id: int, organisation_id: int) -> InboundText:
    """The organisation's own text that waits, or waited, for somebody; nobody else changing it. Raises NotFound."""
    query = select(InboundText).where(
        InboundText.id == text_id,
        InboundText.organisation_id == organisation_id,
        InboundText.waits_for.is_not(None),
    )
    text: InboundText | None = session.scalars(locked(query)).one_or_none()
    if text is None:
        raise NotFound
    return text


def person_of(session: Session, text: InboundText, organisation: Organisation) -> Beneficiary | None:
    """Who is answered: the one who wrote, else the first of the organisation's people with this number."""
    if text.beneficiary is not None and belonging_to(session, text.beneficiary, [organisation]) is not None:
        return text.beneficiary
    return next(iter(_people(session, [text], organisation.id)[text.sender]), None)


def _lines(session: Session, texts: Sequence[InboundText], organisation_id: int) -> list[Line]:
    if not texts:  # of an empty list of ids SQLite reads every message there is
        return []
    people = _people(session, texts, organisation_id)
    answers: dict[int, list[Message]] = defaultdict(list)
    for message in session.scalars(
        select(Message).where(Message.text_id.in_([one.id for one in texts])).order_by(Message.id)
    ):
        answers[message.text_id or 0].append(message)
    return [Line(one, who := _who(one, people[one.sender]), answers[one.id], _may_answer(one, who)) for one in texts]


def _people(session: Session, texts: Sequence[InboundText], organisation_id: int) -> dict[str, list[Beneficiary]]:
    """By number: the organisation's people who have it."""
    people: dict[str, list[Beneficiary]] = defaultdict(list)
    for person in session.scalars(
        select(Beneficiary)
        .join(Membership, Membership.beneficiary_id == Beneficiary.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.archived_at.is_(None),
            Beneficiary.phone.in_({one.sender for one in texts}),
        )
        .order_by(Beneficiary.id)
    ):
        people[person.phone or ""].append(person)
    return people


def _who(text: InboundText, people: list[Beneficiary]) -> list[Beneficiary]:
    return [one for one in people if one.id == text.beneficiary_id] or people


def _may_answer(text: InboundText, people: Sequence[Beneficiary]) -> bool:
    return is_number(text.sender) and bool(people) and why_unreachable(people[0], Channel.SMS) is None


def _note(session: Session, action: str, text: InboundText, agent_id: int, now: datetime) -> None:
    session.flush()
    journal.note(
        session,
        action,
        now=now,
        organisation_id=text.organisation_id,
        agent_id=agent_id,
        beneficiary_id=text.beneficiary_id,
        text_id=text.id,
    )
