"""What each night's purge has deleted: counts, and nobody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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
