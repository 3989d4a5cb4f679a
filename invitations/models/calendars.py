"""Calendars beyond ours: the feed that an agent subscribes to, and the agent's own calendars that block time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base
from invitations.models.agents import Agent


class CalendarFeed(Base):
    """A secret address where an agent's appointments can be read. The code is derived from the key, its sealed hash kept."""

    __tablename__ = "calendar_feeds"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # null only while the row is made
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship()


class ExternalCalendar(Base):
    """An agent's calendar of elsewhere (ICS), read every 15 minutes. Its address is a secret and lies here sealed.

    `fetched_at` is the last copy's age, `failure` why the last attempt gave none (null: it did).
    """

    __tablename__ = "external_calendars"
    __table_args__ = (Index("ix_external_calendars_next_try_at", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    label: Mapped[str] = mapped_column(String(80))
    sealed_address: Mapped[str] = mapped_column(String(4000))
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(80))
    fetched_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(40))
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    left_out: Mapped[int] = mapped_column(default=0)  # events of the last copy that could not be read, or were too many
    next_try_at: Mapped[datetime]
    created_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()


class BusyTime(Base):
    """Time that an external calendar takes: nothing but when. Its words stay where they were."""

    __tablename__ = "busy_times"
    __table_args__ = (Index("ix_busy_times_agent_ends_at", "agent_id", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("external_calendars.id", ondelete="CASCADE"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
