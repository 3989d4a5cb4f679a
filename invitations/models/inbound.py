"""Texts that people send us, and the choices that our texts left open."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.agents import Agent
from invitations.models.beneficiaries import Beneficiary
from invitations.models.messages import Message


class Unanswered(StrEnum):
    """Why a text waits for somebody of the team; words in app/labels.py."""

    STRANGER = "stranger"  # nobody of the départements that own the number has this one
    NOT_UNDERSTOOD = "not_understood"
    NOTHING_OPEN = "nothing_open"  # understood, but nothing to book, keep, move or cancel
    TOO_LATE = "too_late"  # the person wants to move or cancel, and may not alone any more
    NO_TIMES = "no_times"  # they want a time, and none is free
    TOO_MANY = "too_many"  # more texts than one person writes in an hour
    NO_OTHER_WAY = "no_other_way"  # they want no more texts, and no email reaches them
    BROKEN = "broken"  # answering it failed


# What waits for somebody, wherever; `invitations.monitoring` asks in the same words.
WAITS_FOR_SOMEBODY = text("handled_at IS NULL AND waits_for IS NOT NULL")


class InboundText(Base):
    """One text as it came. `sid` is the provider's id: the same text told twice is one row.

    `read_at`: when we worked out what it says. `waits_for` is set when somebody has to read it, until `handled_at`.
    `organisation_id` is whose list it stands in; null until it is read.
    """

    __tablename__ = "inbound_texts"
    __table_args__ = (
        Index("ix_inbound_texts_unread", "read_at", "id"),
        Index("ix_inbound_texts_sender", "sender", "id"),
        Index("ix_inbound_texts_todo", "organisation_id", "handled_at", "waits_for"),
        Index(
            "ix_inbound_texts_waiting",
            "received_at",
            postgresql_where=WAITS_FOR_SOMEBODY,
            sqlite_where=WAITS_FOR_SOMEBODY,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(64), unique=True)
    sender: Mapped[str] = mapped_column(String(20))  # E.164; a short code or letters, of a machine
    number: Mapped[str] = mapped_column(String(20))  # ours, that was written to
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("beneficiaries.id"), index=True)
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    waits_for: Mapped[Unanswered | None] = mapped_column(by_value(Unanswered))
    handled_at: Mapped[datetime | None]
    handled_by_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))

    beneficiary: Mapped[Beneficiary | None] = relationship()
    handled_by_agent: Mapped[Agent | None] = relationship()


class Menu(StrEnum):
    """What "1", "2" or "3" means."""

    BOOK = "book"
    MOVE = "move"
    WHO = "who"


class TextMenu(Base):
    """The numbered choices of a text of ours: tokens of times (`offers.Choice`), or ids of the people who share a phone.

    `seen`: the times offered before, so that others come next. `asked_by_id`: the text that waits for "who".
    """

    __tablename__ = "text_menus"
    __table_args__ = (Index("ix_text_menus_number", "number", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    number: Mapped[str] = mapped_column(String(20))  # the person's, E.164
    kind: Mapped[Menu] = mapped_column(by_value(Menu))
    choices: Mapped[list[str]] = mapped_column(default=list)
    seen: Mapped[list[str]] = mapped_column(default=list)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_texts.id"), index=True)
    closed_at: Mapped[datetime | None]  # answered: its numbers mean nothing any more
    created_at: Mapped[datetime]

    message: Mapped[Message] = relationship()
