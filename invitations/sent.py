"""The list of messages to people: what left, what waits, what failed and why. Read-only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from invitations.models import Beneficiary, Channel, Message, MessageKind, MessageState
from invitations.monitoring_queue import SILENT_AFTER

PAGE = 50


_replaced = aliased(Message)


class Group(StrEnum):
    """States as a list is filtered by them: what somebody would do differently about each."""

    WAITING = "waiting"
    SENT = "sent"
    ARRIVED = "arrived"
    FAILED = "failed"
    DROPPED = "dropped"


STATES: dict[Group, tuple[MessageState, ...]] = {
    Group.WAITING: (MessageState.PENDING, MessageState.SENDING),
    Group.SENT: (MessageState.SENT, MessageState.UNKNOWN),
    Group.ARRIVED: (MessageState.DELIVERED,),
    Group.FAILED: (MessageState.UNDELIVERED, MessageState.FAILED),
    Group.DROPPED: (MessageState.EXPIRED, MessageState.CANCELLED),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message. `at` is when it left, else when it is due, else when it was settled."""

    id: int
    at: datetime
    beneficiary_id: int
    name: str
    kind: MessageKind
    channel: Channel
    state: MessageState
    reason: str | None
    code: str | None
    replaces: Channel | None  # the channel by which the same did not arrive

    def is_silent(self, now: datetime) -> bool:
        """True when it left long ago and no receipt ever came; for a letter none ever does."""
        return self.channel is not Channel.LETTER and self.state is MessageState.SENT and self.at < now - SILENT_AFTER


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list. `number` starts at 1."""

    lines: list[Line]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def read(
    session: Session,
    organisation_id: int,
    *,
    group: Group | None = None,
    channel: Channel | None = None,
    number: int = 1,
) -> Page:
    """A page of the organisation's messages, the latest first. A page past the last one is the last one."""
    total = count(session, organisation_id, group, channel)
    number = max(1, min(number, -(-total // PAGE)))
    rows = session.execute(
        narrowed(columns(), organisation_id, group, channel)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    return Page([to_line(row) for row in rows], number, total)


def count(session: Session, organisation_id: int, group: Group | None, channel: Channel | None) -> int:
    """How many messages to people. Those to agents are taken away from all: an index tells of either, and no message is
    looked at."""
    if group is not None or channel is not None:
        return session.scalar(narrowed(select(func.count(Message.id)), organisation_id, group, channel)) or 0
    of_team = select(func.count()).select_from(Message).where(Message.organisation_id == organisation_id)
    to_agents = of_team.where(Message.agent_id.is_not(None))
    return session.scalar(select(of_team.scalar_subquery() - to_agents.scalar_subquery())) or 0


def columns() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Message.id,
            Message.sent_at,
            Message.due_at,
            Message.settled_at,
            Message.kind,
            Message.channel,
            Message.state,
            Message.error_reason,
            Message.error_code,
            _replaced.channel.label("replaces"),
            Beneficiary.id.label("beneficiary_id"),
            Beneficiary.first_name,
            Beneficiary.last_name,
        )
        .join(Beneficiary, Message.beneficiary_id == Beneficiary.id)
        .outerjoin(_replaced, _replaced.id == Message.replaces_id)
    )


def narrowed(
    query: Select[*tuple[Any, ...]], organisation_id: int, group: Group | None, channel: Channel | None
) -> Select[*tuple[Any, ...]]:
    query = query.where(Message.organisation_id == organisation_id, Message.beneficiary_id.is_not(None))
    if group is not None:
        query = query.where(Message.state.in_(STATES[group]))
    if channel is not None:
        query = query.where(Message.channel == channel)
    return query


def to_line(row: Row[*tuple[Any, ...]]) -> Line:
    waits = row.state in STATES[Group.WAITING]
    return Line(
        id=row.id,
        at=row.sent_at or (row.due_at if waits else row.settled_at or row.due_at),
        beneficiary_id=row.beneficiary_id,
        name=f"{row.first_name} {row.last_name}",
        kind=row.kind,
        channel=row.channel,
        state=row.state,
        reason=row.error_reason,
        code=row.error_code,
        replaces=row.replaces,
    )
