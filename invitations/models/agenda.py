"""When agents receive, and when they don't. Slots are computed from here and never stored."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Column, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base
from invitations.models.agents import Agent
from invitations.models.categories import AppointmentType
from invitations.models.territory import Place

opening_types = Table(
    "opening_types",
    Base.metadata,
    Column("opening_id", ForeignKey("openings.id", ondelete="CASCADE"), primary_key=True),
    Column("type_id", ForeignKey("appointment_types.id"), primary_key=True, index=True),
)


class Opening(Base):
    """When an agent receives, in wall time of the place. Without `rrule`: `starts_on` alone.

    `rrule` is the RFC 5545 subset that `invitations.agenda.recurrence` reads; `exdates` are ISO days taken
    out of it; `last_on` is the recurrence's end as a column, so that a search skips what is over.
    """

    __tablename__ = "openings"
    __table_args__ = (Index("ix_openings_agent_last_on", "agent_id", "last_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), index=True)
    starts_on: Mapped[date]
    starts_at_time: Mapped[time]
    ends_at_time: Mapped[time]
    rrule: Mapped[str | None] = mapped_column(String(200))
    exdates: Mapped[list[str]] = mapped_column(default=list)
    last_on: Mapped[date | None]  # null: no end
    created_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()
    place: Mapped[Place] = relationship()
    types: Mapped[list[AppointmentType]] = relationship(secondary=opening_types, order_by=AppointmentType.id)


class Absence(Base):
    """When an agent does not receive. The label is for colleagues, never for people."""

    __tablename__ = "absences"
    __table_args__ = (Index("ix_absences_agent_ends_at", "agent_id", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    label: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()


class RegularAbsence(Base):
    """An absence that comes back (a team meeting, a day off), in wall time of `timezone`; fields as an `Opening`'s."""

    __tablename__ = "regular_absences"
    __table_args__ = (Index("ix_regular_absences_agent_last_on", "agent_id", "last_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    starts_on: Mapped[date]
    starts_at_time: Mapped[time]
    ends_at_time: Mapped[time]
    rrule: Mapped[str] = mapped_column(String(200))
    exdates: Mapped[list[str]] = mapped_column(default=list)
    last_on: Mapped[date | None]  # null: no end
    timezone: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()
