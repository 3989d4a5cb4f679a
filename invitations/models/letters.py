"""Letters printed: what stood on the paper, in which batch it was made, and whether it came back."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.agents import Agent
from invitations.models.messages import Message


class ReturnReason(StrEnum):
    """What the post office ticks on a letter that comes back."""

    WRONG_ADDRESS = "wrong_address"  # incomplete, or nobody can get to the letter box
    UNKNOWN = "unknown"  # no such person there
    REFUSED = "refused"


class LetterBatch(Base):
    """Letters printed together. `posted_on` is the day they go to the post, as an agent said."""

    __tablename__ = "letter_batches"
    __table_args__ = (Index("ix_letter_batches_organisation_created_at", "organisation_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    posted_on: Mapped[date]
    created_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()
    letters: Mapped[list[Letter]] = relationship(back_populates="batch", order_by="Letter.id")


class Letter(Base):
    """One letter on paper, from the moment it is printed; until then it is a message that waits (channel `letter`).

    `facts` is what was printed but for the codes, so that it can be shown again, identical, two years later
    (`invitations.letters_facts`); `layout` is the version of the look. `code_hash` is the keyed hash of the eight characters;
    `attempt` is what they were derived with, and is nearly always 0.
    """

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("letter_batches.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    attempt: Mapped[int] = mapped_column(default=0)
    layout: Mapped[int]
    facts: Mapped[dict[str, Any]]
    returned_on: Mapped[date | None]
    return_reason: Mapped[ReturnReason | None] = mapped_column(by_value(ReturnReason))
    created_at: Mapped[datetime]

    message: Mapped[Message] = relationship()
    batch: Mapped[LetterBatch] = relationship(back_populates="letters")


class LetterLogo(Base):
    """A logo that was printed, kept under its hash: the département may have another one by the time a letter is shown again."""

    __tablename__ = "letter_logos"

    logo_hash: Mapped[str] = mapped_column(String(16), primary_key=True)
    content: Mapped[bytes]
