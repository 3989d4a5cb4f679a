"""The figures of the queue, channel by channel: what waits, what is under way, what left, what was lost and why.

Of the whole installation, and counts only. Each question is answered from an index: a million messages sent long ago
cost nothing (docs/operations.md, "What to watch").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, union_all
from sqlalchemy.orm import Session

from invitations.models import Channel, InboundText, Message, MessageState
from invitations.models.inbound import WAITS_FOR_SOMEBODY
from invitations.models.messages import HAS_A_REASON, IS_TEXT_WITHOUT_RECEIPT
from invitations.reach import AUTOMATIC

LATELY = timedelta(hours=24)
# A message waits for its turn a minute or two. After this, and when nothing leaves meanwhile, something is stuck.
LONGEST_WAIT = timedelta(minutes=15)
# Without a receipt for so long, nobody will ever say whether it arrived (messages.md). After a month it is no news.
SILENT_AFTER, NO_NEWS_AFTER = timedelta(hours=72), timedelta(days=30)
FAILED = frozenset({MessageState.FAILED, MessageState.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class Queue:
    """One channel at this moment. `lost`: by reason, those that failed or came back in the last 24 hours.

    `waiting`: due, and not yet taken; of letters, not yet printed. `too_late`: given up in the last 24 hours because
    they were of no use any more. `is_moving`: something left a while ago, so that a long queue is only long.
    """

    channel: Channel
    waiting: int = 0
    oldest_due_at: datetime | None = None
    in_flight: int = 0
    unknown: int = 0
    is_moving: bool = False
    too_late: int = 0
    lost: Mapping[str, int] | None = None

    def is_stuck(self, now: datetime) -> bool:
        """True when nothing takes what has long been due."""
        return self.oldest_due_at is not None and now - self.oldest_due_at > LONGEST_WAIT and not self.is_moving

    @property
    def failures(self) -> Mapping[str, int]:
        return self.lost or {}

    @property
    def failed(self) -> int:
        return sum(self.failures.values())


@dataclass(frozen=True, slots=True)
class Volume:
    """What a channel carried in the last 24 hours. `silent`: texts of the last month that got no receipt in 72 hours."""

    channel: Channel
    sent: int = 0
    segments: int = 0
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Inbox:
    """Texts that came in: `unread`, those no scheduler has looked at yet; `to_read`, those that wait for somebody."""

    unread: int = 0
    to_read: int = 0
    oldest_at: datetime | None = None  # of those that wait for somebody


def queues(session: Session, *, now: datetime) -> tuple[Queue, ...]:
    """Every channel, whether anything waits there or not. Three queries."""
    live: dict[Channel, dict[str, Any]] = defaultdict(dict)
    for channel, state, count, oldest in session.execute(_live(now)):
        live[channel] |= _live_values(state, count, oldest)
    lost: dict[Channel, dict[str, int]] = defaultdict(dict)
    too_late: dict[Channel, int] = defaultdict(int)
    for channel, state, reason, count in session.execute(_settled_lately(now)):
        if state is MessageState.EXPIRED:
            too_late[channel] += count
        elif state in FAILED:
            lost[channel][reason] = lost[channel].get(reason, 0) + count
    moving = channels_moving(session, now=now)
    return tuple(
        Queue(one, is_moving=one in moving, too_late=too_late[one], lost=lost[one], **live[one]) for one in Channel
    )


def channels_moving(session: Session, *, now: datetime) -> frozenset[Channel]:
    """Those by which something left in the last minutes. One query."""
    lately = {
        one: select(Message.id)
        .where(Message.sent_at > now - LONGEST_WAIT, Message.sent_at <= now, Message.channel == one)
        .exists()
        for one in AUTOMATIC
    }
    answers = session.execute(select(*(asked.label(one) for one, asked in lately.items()))).one()
    return frozenset(one for one, moves in zip(lately, answers, strict=True) if moves)


def _live_values(state: MessageState, count: int, oldest: datetime) -> dict[str, Any]:
    if state is MessageState.PENDING:
        return {"waiting": count, "oldest_due_at": oldest}
    return {"in_flight" if state is MessageState.SENDING else "unknown": count}


def _live(now: datetime) -> Select[*tuple[Any, ...]]:
    """What waits and what is under way: two ranges of one index, each asked for by itself."""
    columns = (Message.channel, Message.state, Message.due_at)
    rows = union_all(
        select(*columns).where(Message.state == MessageState.PENDING, Message.due_at <= now),
        select(*columns).where(Message.state.in_([MessageState.SENDING, MessageState.UNKNOWN])),
    ).subquery()
    channel, state, due_at = rows.c.channel, rows.c.state, rows.c.due_at
    return select(channel, state, func.count(), func.min(due_at)).group_by(channel, state)


def _settled_lately(now: datetime) -> Select[*tuple[Any, ...]]:
    """Channel, state, reason and how many, of what ended with a reason in the last 24 hours. Every failure has one."""
    columns = (Message.channel, Message.state, Message.error_reason)
    return select(*columns, func.count()).where(HAS_A_REASON, Message.settled_at > now - LATELY).group_by(*columns)


def volumes(session: Session, *, now: datetime) -> tuple[Volume, ...]:
    """What left lately, and texts of which nobody says whether they arrived. Two queries."""
    left: dict[Channel, Row[Any]] = {row.channel: row for row in session.execute(_left_lately(now))}
    silent = session.scalar(_silent(now)) or 0
    return tuple(
        Volume(
            channel=one,
            sent=left[one].sent if one in left else 0,
            segments=left[one].segments if one in left else 0,
            silent=silent if one is Channel.SMS else 0,
        )
        for one in Channel
    )


def _left_lately(now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Message.channel,
            func.count().label("sent"),
            func.coalesce(func.sum(Message.segments), 0).label("segments"),
        )
        .where(Message.sent_at > now - LATELY, Message.sent_at <= now)
        .group_by(Message.channel)
    )


def _silent(now: datetime) -> Select[int]:
    return (
        select(func.count())
        .select_from(Message)
        .where(IS_TEXT_WITHOUT_RECEIPT, Message.sent_at > now - NO_NEWS_AFTER, Message.sent_at < now - SILENT_AFTER)
    )


def inbox(session: Session) -> Inbox:
    """What people wrote and nobody has read. One query."""
    unread = select(func.count()).select_from(InboundText).where(InboundText.read_at.is_(None)).scalar_subquery()
    row = session.execute(
        select(unread, func.count(), func.min(InboundText.received_at)).where(WAITS_FOR_SOMEBODY)
    ).one()
    return Inbox(*row)


def failures_of(session: Session, organisation_id: int, *, now: datetime) -> Mapping[Channel, int]:
    """By channel, how many messages to people an organisation lost in the last 24 hours. One query."""
    mine = Message.organisation_id + 0 == organisation_id  # an expression: an index by organisation holds years
    found: dict[Channel, int] = defaultdict(int)
    for channel, state, _, count in session.execute(
        _settled_lately(now).where(mine, Message.beneficiary_id.is_not(None))
    ):
        found[channel] += count if state in FAILED else 0
    return {channel: found[channel] for channel in Channel if found[channel]}
