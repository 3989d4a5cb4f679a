"""What the figures are counted from and into: changes to be counted, one line of facts a person, sums of them.

Nobody writes here but `invitations.statistics.counting`, and the triggers of `figure_triggers` (docs/decisions/0025).
No table refers to another: facts outlive their follow-up by one tick, sums outlive the people they speak of.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base, by_value
from invitations.models.follow_ups import Mode


class FirstChannel(StrEnum):
    """By which channels the person was written to when first addressed."""

    NONE = "none"
    SMS = "sms"
    EMAIL = "email"
    SMS_EMAIL = "sms_email"
    LETTER = "letter"
    VOICE = "voice"
    SEVERAL = "several"


class Entry(StrEnum):
    """`new`: the right opened at most 90 days before the person was first addressed; `stock`: earlier than that."""

    NEW = "new"
    STOCK = "stock"
    UNKNOWN = "unknown"


class HasMobile(StrEnum):
    """Whether the person's number was a mobile one when they were first addressed."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class FigureSpan(StrEnum):
    """What a sum is over: the people first addressed on one day, in one month, in one year."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class DelayKind(StrEnum):
    """From what to what the days are counted."""

    ADDRESSED_TO_SEEN = "addressed_to_seen"
    ADDRESSED_TO_LEFT = "addressed_to_left"
    RIGHT_TO_ADDRESSED = "right_to_addressed"
    RIGHT_TO_SEEN = "right_to_seen"


class FigureChange(Base):
    """A follow-up of which something has changed since it was counted; the same one may stand here many times."""

    __tablename__ = "figure_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    follow_up_id: Mapped[int]


class FigureState(Base):
    """One row, held by whoever counts. `counted_at`: every change until then is counted; null: the first count runs.

    `version` is that of the counting's code; `days_since`: there are no sums by day of people addressed before.
    """

    __tablename__ = "figure_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    counted_at: Mapped[datetime | None]
    days_since: Mapped[date | None]


class UnitFacts(Base):
    """What is counted of one follow-up whose person has been addressed. Days are the département's own.

    `meetings`: participations that start after `addressed_on`, as [days after it, outcome, 1 when the person booked].
    """

    __tablename__ = "unit_facts"
    __table_args__ = (Index("ix_unit_facts_organisation", "organisation_id", "follow_up_id"),)

    follow_up_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organisation_id: Mapped[int]  # that addressed the person first
    department_id: Mapped[int]
    category_id: Mapped[int]
    arm: Mapped[Mode] = mapped_column(by_value(Mode))
    channel: Mapped[FirstChannel] = mapped_column(by_value(FirstChannel))
    entry: Mapped[Entry] = mapped_column(by_value(Entry))
    mobile: Mapped[HasMobile] = mapped_column(by_value(HasMobile))
    addressed_on: Mapped[date]
    rights_opened_on: Mapped[date | None]
    reached_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    seen_on: Mapped[date | None]
    crossed_on: Mapped[date | None]
    left_on: Mapped[date | None]
    meetings: Mapped[list[Any]] = mapped_column(default=list)


# The organisation of the sums over a whole département.
WHOLE = 0


class Figures(Base):
    """Sums over people first addressed on one day, in one month or year (`on` is its first day), within `horizon` days.

    `organisation_id` WHOLE: over the whole département. `is_gone`: people who have been deleted since. Counts are of people;
    those from `kept` on, of appointments that start within the horizon.
    """

    __tablename__ = "figures"

    organisation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    department_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    horizon: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    span: Mapped[FigureSpan] = mapped_column(by_value(FigureSpan), primary_key=True)
    on: Mapped[date] = mapped_column("addressed_on", primary_key=True)
    category_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    arm: Mapped[Mode] = mapped_column(by_value(Mode), primary_key=True)
    channel: Mapped[FirstChannel] = mapped_column(by_value(FirstChannel), primary_key=True)
    entry: Mapped[Entry] = mapped_column(by_value(Entry), primary_key=True)
    mobile: Mapped[HasMobile] = mapped_column(by_value(HasMobile), primary_key=True)
    is_gone: Mapped[bool] = mapped_column(primary_key=True)

    addressed: Mapped[int] = mapped_column(default=0)
    reached: Mapped[int] = mapped_column(default=0)
    answered: Mapped[int] = mapped_column(default=0)
    booked: Mapped[int] = mapped_column(default=0)
    autonomous: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    crossed: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    noshow: Mapped[int] = mapped_column(default=0)
    excused: Mapped[int] = mapped_column(default=0)
    revoked: Mapped[int] = mapped_column(default=0)
    unnoted: Mapped[int] = mapped_column(default=0)


class FigureDelays(Base):
    """How many people it took so many days; keys as those of `Figures`. From the right's opening on: not by day."""

    __tablename__ = "figure_delays"

    organisation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    department_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[DelayKind] = mapped_column(by_value(DelayKind), primary_key=True)
    span: Mapped[FigureSpan] = mapped_column(by_value(FigureSpan), primary_key=True)
    on: Mapped[date] = mapped_column("addressed_on", primary_key=True)
    category_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    arm: Mapped[Mode] = mapped_column(by_value(Mode), primary_key=True)
    channel: Mapped[FirstChannel] = mapped_column(by_value(FirstChannel), primary_key=True)
    entry: Mapped[Entry] = mapped_column(by_value(Entry), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_gone: Mapped[bool] = mapped_column(primary_key=True)

    people: Mapped[int] = mapped_column(default=0)
