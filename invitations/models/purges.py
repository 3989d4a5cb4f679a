"""What each night's purge has deleted, counts and nobody; and the traces by which a restored backup deletes again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base


class PurgeRun(Base):
    """One purge of one day (UTC). It grows with every slice, in the slice's own transaction: what it says was done, was done.

    `organisations`: id → people who were on its list (somebody may have been on several); `rows`: table → rows deleted or
    emptied. Both as JSON holds them: keys are texts.
    """

    __tablename__ = "purge_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column("purged_on", unique=True)
    people: Mapped[int] = mapped_column(default=0)
    organisations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rows: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # null: it was cut short, or goes on


class RetentionAhead(Base):
    """How much each length of keeping would take of an organisation, as last counted at night: months, as text → people, messages."""

    __tablename__ = "retention_aheads"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True, autoincrement=False)
    people: Mapped[dict[str, Any]] = mapped_column(default=dict)
    messages: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counted_at: Mapped[datetime]


class Erasure(Base):
    """Somebody was deleted. `fingerprint`: SHA-256 of the random number their record had (`uid`), which says nothing of them
    and is found again in a backup alone: `invitations.erasures`."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_erased_at", "erased_at"),)

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    erased_at: Mapped[datetime]
    written_at: Mapped[datetime | None] = mapped_column(index=True)  # in the file outside the database
