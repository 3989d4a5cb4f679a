"""When a message can't reach its reader by one channel, another takes its place: the same words, once.

Text and email take each other's place, whether the category uses both or not; where neither is left, a letter and a call
do, if the category has some and there is time. Whom no channel reaches stands among those to call by a person
(`invitations/escalation_calls.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.escalation_rules import SHORTEST_LIFE_FOR_A_LETTER
from invitations.models import CategorySettings, Channel, Message, MessageKind, MessageState
from invitations.models.messages import ENDED_BADLY
from invitations.outbox.facts import facts, heard
from invitations.outbox.judging import judge
from invitations.outbox.owing import Owed, owe_all
from invitations.outbox.states import ANNOUNCING, CANCELLING, INVITING, LETTERED, SPOKEN
from invitations.reach import ELECTRONIC, OTHERWISE, why_unreachable
from notifications.senders import Reason

# A scheduler that stood still for so long makes good what it missed; before that, somebody has called.
A_WHILE = timedelta(days=2)
MOST = 5000
# What is said again by another channel. Not an answer to somebody's text, nor a freed slot, which is kept for two hours.
CARRIED_ON = INVITING | ANNOUNCING | CANCELLING
# These end a message because there is nothing to say any more.
_MOOT = frozenset({MessageState.CANCELLED, MessageState.EXPIRED})
_FAILED = frozenset({MessageState.FAILED, MessageState.UNDELIVERED})
_GIVEN_UP = "given_up"  # a reminder that may have arrived (settling.py)


@dataclass(frozen=True, slots=True)
class Said:
    """What became of the same words on some channel."""

    state: MessageState
    reason: str | None

    @property
    def has_failed(self) -> bool:
        return self.state in _FAILED or (self.state is MessageState.EXPIRED and self.reason == Reason.EXPIRED)


@dataclass(frozen=True, slots=True)
class Known:
    """What deciding needs beside the messages: the same words elsewhere, by `once`; the invitations that a letter tells
    of; who has letters and calls, as organisation, category and channel."""

    said: Mapping[str, Said]
    lettered: frozenset[int]
    used: frozenset[tuple[int, int, Channel]]


def due(session: Session, *, now: datetime) -> list[int]:
    """Ids of the messages that failed on their channel lately and were not looked at, the oldest failure first."""
    failed = (
        select(Message.id)
        .where(ENDED_BADLY, Message.settled_at >= now - A_WHILE, Message.channel.in_(ELECTRONIC))
        .where(Message.kind.in_(CARRIED_ON), Message.beneficiary_id.is_not(None))
        .order_by(Message.settled_at)
        .limit(MOST)
    )
    return list(session.scalars(failed))


def fall_back(session: Session, ids: Sequence[int], *, now: datetime) -> int:
    """Decide what takes the place of these messages, and owe it. Returns how many messages. Safe to repeat: what another
    process is deciding, or has decided, is left to it."""
    mine = select(Message.id).where(Message.id.in_(ids), ENDED_BADLY).order_by(Message.id)
    held = list(session.scalars(locked(mine, skip=True)))
    if not held:
        return 0
    rows = session.execute(facts().where(Message.id.in_(held)).order_by(Message.id)).all()
    told = heard(session, rows)
    standing = [row for row in rows if _still_matters(row, was_told=row.Message.participation_id in told, now=now)]
    known = _read(session, [row.Message for row in standing])
    owed = [
        _the_same(row.Message, channels) for row in standing if (channels := next_channels(row.Message, known, now=now))
    ]
    session.execute(
        update(Message).where(Message.id.in_(held)).values(fell_back_at=now),
        execution_options={"synchronize_session": False},
    )
    return len(owe_all(session, owed, now=now))


def next_channels(message: Message, known: Known, *, now: datetime) -> list[Channel]:
    """The channels that take the place of this message's; none when the same was said by another, or none is left."""
    others = [known.said.get(once_by(message.once, one)) for one in ELECTRONIC if one is not message.channel]
    if any(one is not None and not one.has_failed for one in others):
        return []  # it arrived, or is on its way: should it fail, its own turn comes
    unused = [one for one in ELECTRONIC if once_by(message.once, one) not in known.said]
    reaching = [one for one in unused if _reaches(message, one)]
    return reaching or [one for one in OTHERWISE if _is_used(message, one, known, now) and _reaches(message, one)]


def once_by(once: str, channel: Channel) -> str:
    """The key of the same words on another channel; see `owing.owe`."""
    kind, subject, _, rest = once.split(":", 3)
    return f"{kind}:{subject}:{channel}:{rest}"


def _reaches(message: Message, channel: Channel) -> bool:
    return message.beneficiary is not None and why_unreachable(message.beneficiary, channel) is None


def _is_used(message: Message, channel: Channel, known: Known, now: datetime) -> bool:
    """That the category has letters, or calls, and that one is still of use."""
    subject = message.participation or message.invitation
    if subject is None or message.kind not in {Channel.LETTER: LETTERED, Channel.VOICE: SPOKEN}[channel]:
        return False
    if (message.organisation_id, subject.follow_up.category_id, channel) not in known.used:
        return False
    if channel is Channel.VOICE or message.kind not in INVITING:
        return True
    return message.invitation_id not in known.lettered and _has_time_to_answer(message, now)


def _has_time_to_answer(message: Message, now: datetime) -> bool:
    return message.useless_at is None or message.useless_at - now > SHORTEST_LIFE_FOR_A_LETTER


def _still_matters(row: Row[Any], *, was_told: bool, now: datetime) -> bool:
    """False for what is overtaken or too late, and for an invitation that its person has answered meanwhile."""
    if row.Message.error_reason == _GIVEN_UP or (row.Message.kind in INVITING and row.answered_at is not None):
        return False
    return judge(row, was_told=was_told, now=now).state not in _MOOT


def _the_same(message: Message, channels: Sequence[Channel]) -> Owed:
    if message.beneficiary is None:
        raise ValueError("only a message to a person is said again")
    _, _, _, version, *step = message.once.split(":", 4)
    return Owed(
        message.kind,
        channels,
        message.beneficiary,
        message.organisation,
        invitation=message.invitation,
        participation=message.participation,
        version=int(version),
        step="".join(step),
        useless_at=message.useless_at,
        previous_starts_at=message.previous_starts_at,
        replaces_id=message.id,
    )


def _read(session: Session, failed: Collection[Message]) -> Known:
    """Three queries, however many messages."""
    wanted = [once_by(one.once, channel) for one in failed for channel in Channel if channel is not one.channel]
    said = session.execute(
        select(Message.once, Message.state, Message.error_reason).where(Message.once.in_(wanted))
    ).all()
    lettered = select(Message.invitation_id).where(
        Message.invitation_id.in_([one.invitation_id for one in failed]),
        Message.channel == Channel.LETTER,
        Message.kind.in_([MessageKind.INVITATION, MessageKind.PROPOSITION]),
    )
    settings = session.execute(
        select(CategorySettings.organisation_id, CategorySettings.category_id, CategorySettings.channels).where(
            CategorySettings.organisation_id.in_({one.organisation_id for one in failed})
        )
    )
    return Known(
        {once: Said(state, reason) for once, state, reason in said},
        frozenset(one for one in session.scalars(lettered) if one is not None),
        frozenset(
            (row.organisation_id, row.category_id, one) for row in settings for one in OTHERWISE if one in row.channels
        ),
    )
