"""What bounds the sending: providers that are away, how fast a sender may speak, how much a département sends a day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base, by_value
from invitations.models.messages import Channel


class ProviderState(Base):
    """The circuit breaker of a channel's provider, shared by every process. No row: it has never been in trouble.

    `failures`: calls in a row that failed for a reason which says nothing of the message. `opened_at`: since when
    nothing is handed over; null while all is well. From `next_try_at` on one process tries with one message.
    """

    __tablename__ = "provider_states"

    channel: Mapped[Channel] = mapped_column(by_value(Channel), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    error_reason: Mapped[str | None] = mapped_column(String(40))
    error_code: Mapped[str | None] = mapped_column(String(40))


class SenderPace(Base):
    """The token bucket of one sender (a number or a name): `segments` it could send at `at`, more since."""

    __tablename__ = "sender_paces"

    sender: Mapped[str] = mapped_column(String(40), primary_key=True)
    segments: Mapped[float]
    at: Mapped[datetime]


class ChannelCap(Base):
    """How many messages a day the organisations of a département may send by a channel. No row: as many as are owed."""

    __tablename__ = "channel_caps"

    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(by_value(Channel), primary_key=True)
    per_day: Mapped[int]


class ChannelUse(Base):
    """How many messages were handed over on a day of the département's, where there is a cap."""

    __tablename__ = "channel_uses"

    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(by_value(Channel), primary_key=True)
    on: Mapped[date] = mapped_column("used_on", primary_key=True)
    used: Mapped[int] = mapped_column(default=0)
