"""How many slots each team offered on a day, and how many were used: written the night after, never changed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base


class SlotDay(Base):
    """One organisation's day in one category (`invitations.statistics.slot_noting` says what counts)."""

    __tablename__ = "slot_days"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), primary_key=True, index=True)
    on: Mapped[date] = mapped_column("slots_on", primary_key=True)  # a day of the département's
    offered: Mapped[int]
    used: Mapped[int]
