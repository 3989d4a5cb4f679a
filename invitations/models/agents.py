"""Accounts of professionals, what they may do, and their open sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import UNNESTED, Base, by_value
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
    phone: Mapped[str | None] = mapped_column(String(20))  # E.164, where whoever they accompany may call them
    wants_digest: Mapped[bool] = mapped_column(default=True)  # one email a day at most, about what waits for someone
    password_hash: Mapped[str | None] = mapped_column(String(200))  # argon2id
    is_super: Mapped[bool] = mapped_column(default=False)  # may see the software as another agent, to help them
    sign_on_subject: Mapped[str | None] = mapped_column(String(500), unique=True)  # issuer and subject, once linked
    closed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # since when it belongs to no organisation
    forgotten_at: Mapped[datetime | None]  # when names and email went (`leaving`): what it did stays, under its number
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
    # Watches over personal data: reads the journal (GDPR, article 38).
    is_dpo: Mapped[bool] = mapped_column(default=False)

    agent: Mapped[Agent] = relationship(back_populates="roles")
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=UNNESTED)


class AgentSession(Base):
    """One sign-in on one device. The cookie holds a random token; here lies only its SHA-256."""

    __tablename__ = "agent_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user_agent: Mapped[str | None] = mapped_column(String(300))  # what the browser said of itself, to recognise it by
    second_factor_at: Mapped[datetime | None]  # when this session proved more than a password
    proved_at: Mapped[datetime | None]  # when its agent last proved who they are; null: a provider knew them already
    sign_on_sid: Mapped[str | None] = mapped_column(String(255), index=True)  # began at a provider's; empty: unnamed

    support_id: Mapped[int | None] = mapped_column(ForeignKey("supports.id"))  # whom this session helps at the moment

    agent: Mapped[Agent] = relationship(lazy="joined", innerjoin=UNNESTED)
    support: Mapped[Support | None] = relationship(lazy="joined")


class KeptForm(Base):
    """What an agent sent when their session was over: theirs alone, given back once they have signed in again.

    `sealed`: the names and values of the form, as JSON. Files and passwords are never in it.
    """

    __tablename__ = "kept_forms"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    path: Mapped[str] = mapped_column(String(500))
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Support(Base):
    """A super-administrator who sees the software as another agent, for an hour at most. The reason is in their words."""

    __tablename__ = "supports"

    id: Mapped[int] = mapped_column(primary_key=True)
    supporter_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    began_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship(foreign_keys=[agent_id], lazy="joined", innerjoin=UNNESTED)
