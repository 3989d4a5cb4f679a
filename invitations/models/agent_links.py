"""Links that are emailed to professionals: to join an organisation, to choose a new password. Each works once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import UNNESTED, Base, by_value
from invitations.models.agents import Agent, Role
from invitations.models.territory import Organisation


class LinkPurpose(StrEnum):
    JOIN = "join"
    PASSWORD = "password"


class AgentLink(Base):
    """The code is derived from the key, its sealed hash kept. `ended_at`: used, taken back, or replaced by a newer one.

    `organisation_id`, `role` and `may_export` are what JOIN gives; `invited_by_id` is the colleague who asked for it.
    """

    __tablename__ = "agent_links"
    __table_args__ = (Index("ix_agent_links_organisation_ended_at", "organisation_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(by_value(LinkPurpose))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    role: Mapped[Role | None] = mapped_column(by_value(Role))
    may_export: Mapped[bool] = mapped_column(default=False)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # null only while the row is made
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship(foreign_keys=[agent_id], lazy="joined", innerjoin=UNNESTED)
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")
