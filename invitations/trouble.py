"""What keeps an organisation's messages from leaving: a provider that is away, a cap that is reached, nobody who takes them.

Read-only; for the note on the page *Messages*, and for what administrators read in the morning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from invitations import monitoring_queue
from invitations.models import Channel, Message, MessageState, Organisation
from invitations.monitoring_queue import LONGEST_WAIT
from invitations.outbox import caps, providers
from invitations.outbox.caps import Reached
from invitations.outbox.providers import Provider
from invitations.reach import AUTOMATIC

# How far ahead a message may have been put off because of its provider (`outbox.states.POLICIES`).
_PUT_OFF = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Stop:
    """A channel on which nothing is handed over, and how many of the organisation's messages wait for that to end."""

    provider: Provider
    waiting: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Everything that holds messages back. `waiting` messages are taken by nobody, the first since `since`."""

    stops: tuple[Stop, ...] = ()
    caps: tuple[Reached, ...] = ()
    waiting: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Overdue:
    messages: int
    since: datetime


def read(session: Session, organisation: Organisation, *, now: datetime) -> Trouble | None:
    """What keeps the organisation's messages from leaving, None when nothing does. Four queries."""
    overdue = _overdue(session, organisation.id, now=now)
    stops = tuple(
        Stop(one, overdue[one.channel].messages if one.channel in overdue else 0)
        for one in providers.read(session, now=now)
        if one.is_open
    )
    full = tuple(caps.reached(session, department_id=organisation.department_id, now=now))
    explained = {one.provider.channel for one in stops} | {one.channel for one in full}
    excused = explained | monitoring_queue.channels_moving(session, now=now)
    late = [one for channel, one in overdue.items() if channel not in excused and one.since < now - LONGEST_WAIT]
    if not (stops or full or late):
        return None
    return Trouble(stops, full, sum(one.messages for one in late), min((one.since for one in late), default=None))


def _overdue(session: Session, organisation_id: int, *, now: datetime) -> dict[Channel, _Overdue]:
    """By channel, what would have left by now: due, or put off because of the provider."""
    is_due = or_(Message.due_at <= now, Message.error_reason.in_(sorted(providers.TROUBLE)))
    rows = session.execute(
        select(Message.channel, func.count(), func.min(Message.due_at))
        .where(
            Message.organisation_id == organisation_id,
            Message.channel.in_(AUTOMATIC),  # a letter waits for somebody to print it
            Message.state == MessageState.PENDING,
            Message.due_at <= now + _PUT_OFF,
            is_due,
        )
        .group_by(Message.channel)
    )
    return {channel: _Overdue(messages, since) for channel, messages, since in rows}
