"""What proves more than a password: a code that changes every 30 seconds (RFC 6238), recovery codes, passkeys (WebAuthn)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base


class CodeGenerator(Base):
    """The application on an agent's telephone that shows codes. Its secret lies here sealed.

    Counts once `confirmed_at` is set: the agent has typed a first code. `last_step` is the newest 30 seconds of which a
    code was taken: the same code, or an older one, is refused.
    """

    __tablename__ = "code_generators"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """One of ten codes on paper, for the day the telephone is lost. Works once; its keyed hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("agent_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key on a device of the agent's, unlocked there by a finger, a face or a PIN. Only its public half is here."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)  # base64url
    public_key: Mapped[str] = mapped_column(Text)  # COSE, base64url
    sign_count: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
