"""What is published of a département's figures: the months as they were counted, and what its public page says of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base, by_value
from invitations.models.follow_ups import Mode


class Span(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Part(StrEnum):
    """Of whom a figure speaks: everyone of the span, or those of one mode or organisation; or how far everyone came."""

    EVERYONE = "everyone"
    MODE = "mode"
    ORGANISATION = "organisation"
    STEP = "step"


class CountedMonth(Base):
    """The people first addressed in a month, counted once their window and a week were over. No page ever reads it.

    A row for each organisation that had agreed and each mode, with zeros too: which ones agreed stays known.
    """

    __tablename__ = "counted_months"

    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True, index=True)
    mode: Mapped[Mode] = mapped_column(by_value(Mode), primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)  # its first day
    horizon_days: Mapped[int]
    counted: Mapped[int]
    reached: Mapped[int]
    answered: Mapped[int]
    booked: Mapped[int]
    autonomous: Mapped[int]
    seen: Mapped[int]
    unknown: Mapped[int]
    counted_at: Mapped[datetime]


class PublishedFigure(Base):
    """One figure of the public page: `reaching` of `people`, or nothing said of them.

    `people` null: hidden, so that few people are not told of (`invitations.statistics.suppression`); `reaching` alone null:
    too many outcomes are unknown. `subject`: the mode, the organisation's id, the step; "" for everyone.
    """

    __tablename__ = "published_figures"
    __table_args__ = (
        UniqueConstraint("category_id", "span", "starts_on", "part", "subject"),
        Index("ix_published_figures_department", "department_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    span: Mapped[Span] = mapped_column(by_value(Span))
    starts_on: Mapped[date]
    part: Mapped[Part] = mapped_column(by_value(Part))
    subject: Mapped[str] = mapped_column(String(20), default="")
    horizon_days: Mapped[int]
    people: Mapped[int | None]
    reaching: Mapped[int | None]
    published_at: Mapped[datetime]
    corrected_at: Mapped[datetime | None]
