"""What was said to a person and what they texted us, for their story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from invitations.models import InboundText, Message


@dataclass(frozen=True, slots=True)
class Wrote:
    """A text of theirs; `messages`: the answers to it."""

    kind: ClassVar[str] = "wrote"
    at: datetime
    text: InboundText
    messages: Sequence[Message]


def wrote(
    session: Session,
    beneficiary_id: int,
    organisation_ids: Collection[int],
    answers: Mapping[int, Sequence[Message]],
) -> list[Wrote]:
    """The person's texts that these organisations received, in order, with their answers by text id. One query."""
    texts = session.scalars(
        select(InboundText)
        .where(InboundText.beneficiary_id == beneficiary_id, InboundText.organisation_id.in_(organisation_ids))
        .order_by(InboundText.id)
    )
    return [Wrote(one.received_at, one, answers.get(one.id, ())) for one in texts]


def messages_of(
    session: Session, beneficiary_id: int, organisation_ids: Collection[int]
) -> tuple[dict[int, list[Message]], dict[int, list[Message]], dict[int, list[Message]], dict[datetime, list[Message]]]:
    """What was said, by invitation, by participation, by the text it answers, and about none of them by its moment."""
    for_invitations: dict[int, list[Message]] = defaultdict(list)
    for_participations: dict[int, list[Message]] = defaultdict(list)
    for_texts: dict[int, list[Message]] = defaultdict(list)
    of_a_moment: dict[datetime, list[Message]] = defaultdict(list)
    for message in session.scalars(
        select(Message)
        .where(Message.beneficiary_id == beneficiary_id, Message.organisation_id.in_(organisation_ids))
        .options(joinedload(Message.own_text), selectinload(Message.receipts), selectinload(Message.calls))
        .order_by(Message.created_at, Message.id)
    ):
        if message.text_id is not None:
            for_texts[message.text_id].append(message)
        elif message.participation_id is not None:
            for_participations[message.participation_id].append(message)
        elif message.invitation_id is not None:
            for_invitations[message.invitation_id].append(message)
        else:
            of_a_moment[message.created_at].append(message)
    return for_invitations, for_participations, for_texts, of_a_moment
