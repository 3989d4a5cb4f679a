"""What an agent keeps of the list of people: views by name, and what was done to a selection, so that it can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base


class SavedView(Base):
    """One agent's own way to narrow the list of an organisation. `query`: the words of the address, without a page."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("agent_id", "organisation_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]


class SelectionAct(Base):
    """Something done to several people at once. `details`: ids of what it changed, and of nothing else: that is undone."""

    __tablename__ = "selection_acts"
    __table_args__ = (Index("ix_selection_acts_agent_at", "agent_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    act: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
