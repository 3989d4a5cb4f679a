"""Accounts of professionals, what they may do, and their open sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.territory import Organisation


class Role(StrEnum):
    BASIC = "basic"
    ADMIN = "admin"


class Agent(Base):
    """A professional's account. `display_name` is what people read in messages: "Mme Roche"."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    display_name: Mapped[str] = mapped_column(String(80))
    wants_digest: Mapped[bool] = mapped_column(default=True)  # one email a day at most, about what waits for someone
    password_hash: Mapped[str | None] = mapped_column(String(200))  # argon2id
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    roles: Mapped[list[AgentRole]] = relationship(back_populates="agent")

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class AgentRole(Base):
    """What an agent is in an organisation. The right to export is separate from the role (domain.md)."""

    __tablename__ = "agent_roles"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(by_value(Role))
    may_export: Mapped[bool] = mapped_column(default=False)

    agent: Mapped[Agent] = relationship(back_populates="roles")
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)


class AgentSession(Base):
    """One sign-in on one device. The cookie holds a random token; here lies only its SHA-256."""

    __tablename__ = "agent_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship(lazy="joined", innerjoin=True)
