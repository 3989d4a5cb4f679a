"""What was sent, or waits to be, for the local mailbox page: a demonstration's telephones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, selectinload

from invitations.codes import Codes
from invitations.errors import NotFound
from invitations.messages import CALENDAR_METHODS, LINK, address_of, finish
from invitations.models import Agent, Beneficiary, Channel, Message, MessageState
from notifications.languages import Language, language
from notifications.senders import Attachment

MOST = 200
# Texts and emails: letters are printed on the agents' side, calls are heard. What was overtaken before it left, nobody reads.
_IS_READ = and_(
    Message.channel.in_((Channel.SMS, Channel.EMAIL)),
    Message.state.not_in((MessageState.CANCELLED, MessageState.EXPIRED)),
    Message.forgotten_at.is_(None),
)
# Whoever it is to: a person, or an agent.
_FIRST_NAME = func.coalesce(Beneficiary.first_name, Agent.first_name)
_LAST_NAME = func.coalesce(Beneficiary.last_name, Agent.last_name)


@dataclass(frozen=True, slots=True)
class Received:
    """One message as its reader has it, the link in its place. `at`: when it left, or when it is due."""

    id: int
    channel: Channel
    language: Language
    to: str
    name: str
    subject: str
    text: str
    at: datetime
    state: MessageState
    has_calendar: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone messages were written to, at one address."""

    to: str
    name: str
    count: int


def latest(session: Session, *, codes: Codes, public_url: str, to: str | None = None) -> list[Received]:
    """The last MOST messages, the one written last first; with `to`, those to one address only. One query."""
    query = (
        select(Message, _FIRST_NAME, _LAST_NAME)
        .outerjoin(Beneficiary, Beneficiary.id == Message.beneficiary_id)
        .outerjoin(Agent, Agent.id == Message.agent_id)
        .where(_IS_READ)
        .order_by(Message.id.desc())
        .limit(MOST)
    )
    if to:
        query = query.where(Message.address == to)
    return [
        Received(
            id=message.id,
            channel=message.channel,
            language=language(message.language),
            to=message.address,
            name=f"{first_name} {last_name}",
            subject=message.subject,
            text=message.body.replace(LINK, address_of(message, codes=codes, public_url=public_url)),
            at=message.sent_at or message.due_at,
            state=message.state,
            has_calendar=message.channel is Channel.EMAIL and message.kind in CALENDAR_METHODS,
        )
        for message, first_name, last_name in session.execute(query)
    ]


def readers(session: Session) -> list[Reader]:
    """To whom messages were written, the latest first, MOST at most. A shared address bears its last reader's name."""
    last = (
        select(Message.address, func.max(Message.id).label("id"), func.count().label("count"))
        .where(_IS_READ)
        .group_by(Message.address)
        .order_by(func.max(Message.id).desc())
        .limit(MOST)
        .subquery()
    )
    rows = session.execute(
        select(last.c.address, _FIRST_NAME, _LAST_NAME, last.c.count)
        .join(Message, Message.id == last.c.id)
        .outerjoin(Beneficiary, Beneficiary.id == Message.beneficiary_id)
        .outerjoin(Agent, Agent.id == Message.agent_id)
        .order_by(last.c.id.desc())
    )
    return [Reader(to, f"{first_name} {last_name}", count) for to, first_name, last_name, count in rows]


def attachment(session: Session, message_id: int, *, codes: Codes, public_url: str) -> Attachment:
    """The calendar file that goes with a message. Raises NotFound when there is none."""
    message = session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .options(selectinload(Message.organisation), selectinload(Message.participation))
    )
    calendar = finish(message, codes=codes, public_url=public_url).calendar if message else None
    if calendar is None:
        raise NotFound
    return calendar
