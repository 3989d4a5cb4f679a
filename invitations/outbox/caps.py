"""Daily caps: how many messages the organisations of a département send by a channel in one of its days.

Counted in the transaction that claims, on one row a day that processes take in turns, so never one too many. What turns
out not to have left is given back. Answers to someone who just acted, and news of an appointment that is off or moved,
count and are never held back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invitations.database import is_postgresql
from invitations.models import (
    Channel,
    ChannelCap,
    ChannelUse,
    Department,
    Message,
    MessageKind,
    MessageState,
    Organisation,
)
from invitations.outbox.judging import Verdict, allowed_at
from invitations.outbox.states import CANCELLING

# Why a message waits for tomorrow: the reason in its row.
CAPPED = "daily_cap"
# Whoever does not hear of it goes for nothing.
PRESSING = CANCELLING | {MessageKind.MOVED}


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day of a département on a channel that has a cap there."""

    department_id: int
    channel: Channel
    on: date


@dataclass(slots=True)
class Counted:
    """Which messages leave and on which day each counts, where there is a cap; and which wait for the next day."""

    leaving: list[Row[Any]]
    days: dict[int, Day] = field(default_factory=dict)
    put_off: dict[Verdict, list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Reached:
    """A cap that was reached on a day: what is owed above it leaves on the next."""

    department_id: int
    channel: Channel
    on: date
    per_day: int
    used: int


def take(session: Session, rows: Sequence[Row[Any]], *, now: datetime) -> Counted:
    """Count the messages that are about to leave, in their order; those above a cap are put off."""
    limits = limits_of(session, {row.Department.id for row in rows})
    capped: dict[Day, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        if (row.Department.id, row.Message.channel) in limits and row.Message.agent_id is None:
            capped[_day(row, now)].append(row)
    counted = Counted(list(rows))
    for day in sorted(capped):
        _count(session, counted, day, capped[day], limits[day.department_id, day.channel], now)
    late = {message_id for ids in counted.put_off.values() for message_id in ids}
    counted.leaving = [row for row in rows if row.Message.id not in late]
    return counted


def give_back(session: Session, days: Iterable[Day | None]) -> None:
    """What was counted has not left after all."""
    for day, messages in sorted(Counter(day for day in days if day is not None).items()):
        _add(session, day, -messages)


def limits_of(session: Session, department_ids: Iterable[int]) -> dict[tuple[int, Channel], int]:
    """The caps of these départements, by département and channel."""
    rows = session.execute(
        select(ChannelCap.department_id, ChannelCap.channel, ChannelCap.per_day).where(
            ChannelCap.department_id.in_(sorted(department_ids))
        )
    )
    return {(row.department_id, row.channel): row.per_day for row in rows}


def reached(session: Session, *, department_id: int | None = None, days_ago: int = 0, now: datetime) -> list[Reached]:
    """The caps reached today, or so many days ago; of every département when none is named. One query."""
    rows = session.execute(_reached(department_id).where(ChannelUse.on.between(*_around(now, days_ago))))
    return [
        Reached(row.department_id, row.channel, row.used_on, row.per_day, row.used)
        for row in rows
        if row.used_on == now.astimezone(ZoneInfo(row.timezone)).date() - timedelta(days=days_ago)
    ]


def _reached(department_id: int | None) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            ChannelCap.department_id,
            ChannelCap.channel,
            ChannelCap.per_day,
            ChannelUse.on.label("used_on"),
            ChannelUse.used,
            Department.timezone,
        )
        .join(
            ChannelUse,
            and_(ChannelUse.department_id == ChannelCap.department_id, ChannelUse.channel == ChannelCap.channel),
        )
        .join(Department, Department.id == ChannelCap.department_id)
        .where(ChannelUse.used >= ChannelCap.per_day)
        .order_by(ChannelCap.department_id, ChannelCap.channel)
    )
    return query if department_id is None else query.where(ChannelCap.department_id == department_id)


def _around(now: datetime, days_ago: int) -> tuple[date, date]:
    """The dates that such a day has anywhere on earth."""
    day, one = now.astimezone(UTC).date() - timedelta(days=days_ago), timedelta(days=1)
    return day - one, day + one


def used(session: Session, department: Department, *, now: datetime) -> dict[Channel, int]:
    """How many were counted today, by channel that has a cap."""
    rows = session.execute(
        select(ChannelUse.channel, ChannelUse.used).where(
            ChannelUse.department_id == department.id, ChannelUse.on == now.astimezone(department.zone).date()
        )
    )
    return {row.channel: row.used for row in rows}


def bring_forward(session: Session, department_id: int, channels: Sequence[Channel], *, now: datetime) -> None:
    """A cap has changed: what it held back is looked at anew."""
    organisations = select(Organisation.id).where(Organisation.department_id == department_id)
    session.execute(
        update(Message)
        .where(
            Message.state == MessageState.PENDING,
            Message.error_reason == CAPPED,
            Message.channel.in_(channels),
            Message.organisation_id.in_(organisations),
        )
        .values(due_at=now, error_reason=None),
        execution_options={"synchronize_session": False},
    )


def _day(row: Row[Any], now: datetime) -> Day:
    department: Department = row.Department
    return Day(department.id, row.Message.channel, now.astimezone(department.zone).date())


def _count(session: Session, counted: Counted, day: Day, rows: Sequence[Row[Any]], limit: int, now: datetime) -> None:
    already = _add(session, day, 0)  # nobody else counts until this transaction ends
    leaving = 0
    for row in rows:
        if row.Message.leaves_at_once or row.Message.kind in PRESSING or already + leaving < limit:
            counted.days[row.Message.id] = day
            leaving += 1
        else:
            counted.put_off[_tomorrow(row, now)].append(row.Message.id)
    if leaving:
        _add(session, day, leaving)


def _tomorrow(row: Row[Any], now: datetime) -> Verdict:
    department: Department = row.Department
    day = now.astimezone(department.zone).date() + timedelta(days=1)
    return Verdict(reason=CAPPED, due_at=allowed_at(row, datetime.combine(day, time(), tzinfo=department.zone)))


def _add(session: Session, day: Day, messages: int) -> int:
    """Add to what is counted on a day; how many it is then. The row is held until the transaction ends."""
    dialect: Any = postgresql if is_postgresql(session) else sqlite
    values = {"department_id": day.department_id, "channel": day.channel, "on": day.on, "used": messages}
    counted = session.execute(
        dialect.insert(ChannelUse)
        .values(values)
        .on_conflict_do_update(
            index_elements=["department_id", "channel", "used_on"], set_={"used": ChannelUse.used + messages}
        )
        .returning(ChannelUse.used)
    ).scalar_one()
    return int(counted)
