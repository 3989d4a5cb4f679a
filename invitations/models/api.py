"""Machines that talk to us: their keys and sessions, the answers they may ask for again, the lists that they hand in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import UNNESTED, Base, by_value
from invitations.models.agents import Agent
from invitations.models.territory import Department, Organisation


class KeyScope(StrEnum):
    """What a service key may do. An agent's own session may do all of it."""

    READ_DEPARTMENT = "departments:read"
    READ_PEOPLE = "users:read"
    WRITE_PEOPLE = "users:write"
    INVITE = "invitations:write"
    READ_APPOINTMENTS = "rdvs:read"
    WRITE_APPOINTMENTS = "rdvs:write"
    READ_STATISTICS = "statistics:read"


class ServiceKey(Base):
    """What a machine says to be let in, of one organisation, or of all of a département (`organisation_id` null).

    The token is random and shown once; here lies its SHA-256, with its first letters to recognise it by. Rotated, the
    former one goes on until `former_until`. `last_used_at` is exact to the hour.
    """

    __tablename__ = "service_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[str]]
    prefix: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    former_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    former_until: Mapped[datetime | None]
    created_by_agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    department: Mapped[Department] = relationship(lazy="joined", innerjoin=UNNESTED)
    organisation: Mapped[Organisation | None] = relationship()
    created_by: Mapped[Agent] = relationship()


class ApiSession(Base):
    """An agent's program, let in for a day by email and password: the three headers access-token, client and uid."""

    __tablename__ = "api_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    client: Mapped[str] = mapped_column(String(40))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship(lazy="joined", innerjoin=UNNESTED)


class IdempotencyKey(Base):
    """What a machine was answered, kept for a day so that the same call gets the same answer.

    `key_hash` and `request_hash` are SHA-256: of who calls and the key they said, and of what they asked. `answer` is
    sealed, for it names people; null while the call is being answered.
    """

    __tablename__ = "idempotency_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)


class ApiRowState(StrEnum):
    """What became of one person of a list that a machine handed in."""

    WAITING = "waiting"
    INVITED = "invited"
    REFUSED = "refused"


class ApiBatch(Base):
    """People whom a machine wants known and invited, done in the background. `uid` is what it asks for afterwards."""

    __tablename__ = "api_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    service_key_id: Mapped[int | None] = mapped_column(ForeignKey("service_keys.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    rows: Mapped[list[ApiBatchRow]] = relationship(
        back_populates="batch", order_by="ApiBatchRow.position", cascade="all, delete-orphan"
    )


class ApiBatchRow(Base):
    """One of them. `asked` is emptied once it is done: what is known of a person lies with the person.

    `why`: the reason of a refusal, in the words that agents read.
    """

    __tablename__ = "api_batch_rows"
    __table_args__ = (
        Index("ix_api_batch_rows_state", "state", "id"),
        CheckConstraint("position >= 0", name="position_counts_from_zero"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("api_batches.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    asked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[ApiRowState] = mapped_column(by_value(ApiRowState), default=ApiRowState.WAITING)
    why: Mapped[str] = mapped_column(String(400), default="")
    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("beneficiaries.id", ondelete="SET NULL"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id", ondelete="SET NULL"), index=True)
    done_at: Mapped[datetime | None]

    batch: Mapped[ApiBatch] = relationship(back_populates="rows")
