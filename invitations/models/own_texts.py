"""The words of messages as a service wrote them itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.agents import Agent
from invitations.models.follow_ups import Mode
from invitations.models.messages import Channel, MessageKind


class OwnText(Base):
    """One version of a message's words, never changed: the newest row of a message is in force.

    An empty `body` says that from then on the original is said again. `mode` is CONVOCATION for what a person who was
    convened reads where others read something else, null for everybody else.
    """

    __tablename__ = "own_texts"
    __table_args__ = (Index("ix_own_texts_organisation_category", "organisation_id", "category_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    kind: Mapped[MessageKind] = mapped_column(by_value(MessageKind))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    mode: Mapped[Mode | None] = mapped_column(by_value(Mode))
    language: Mapped[str] = mapped_column(String(8), default="fr")
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()
