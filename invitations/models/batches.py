"""Selections invited together: what can be taken back before it leaves, and who is invited as slots open."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.agents import Agent
from invitations.models.categories import Category
from invitations.models.follow_ups import FollowUp
from invitations.models.territory import Organisation


class InvitationBatch(Base):
    """A selection that an agent invited at once. Nothing of it leaves before `leaves_at`; until then it can be taken back."""

    __tablename__ = "invitation_batches"
    __table_args__ = (Index("ix_invitation_batches_organisation_leaves_at", "organisation_id", "leaves_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    leaves_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    taken_back_by_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    category: Mapped[Category] = relationship()
    agent: Mapped[Agent] = relationship(foreign_keys=agent_id)
    taken_back_by_agent: Mapped[Agent | None] = relationship(foreign_keys=taken_back_by_agent_id)


class WaveExit(StrEnum):
    """Why somebody left a wave without an invitation of it."""

    STOPPED = "stopped"  # an agent stopped the wave
    INVITED_OTHERWISE = "invited_otherwise"
    APPOINTMENT_TO_COME = "appointment_to_come"
    ARCHIVED = "archived"
    CLOSED = "closed"
    NO_ADDRESS = "no_address"
    NO_REFERENT = "no_referent"
    NOT_ALLOWED = "not_allowed"  # any other refusal that concerns this person


class Wave(Base):
    """People of one category who are invited from the front as slots open, from `starts_at` on.

    `batch`: the selection that they were the rest of; null when nobody of it could be invited at once.
    """

    __tablename__ = "waves"
    __table_args__ = (Index("ix_waves_organisation_ended_at", "organisation_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("invitation_batches.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    channels: Mapped[list[str]]
    starts_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    category: Mapped[Category] = relationship()
    agent: Mapped[Agent] = relationship()
    people: Mapped[list[WavePerson]] = relationship(back_populates="wave", order_by="WavePerson.position")


class WavePerson(Base):
    """One person's place in a wave: waiting, invited, or gone for a reason. Nobody waits in two waves."""

    __tablename__ = "wave_people"
    __table_args__ = (
        Index(
            "uq_wave_people_one_place",
            "follow_up_id",
            unique=True,
            postgresql_where=text("invited_at IS NULL AND left_at IS NULL"),
            sqlite_where=text("invited_at IS NULL AND left_at IS NULL"),
        ),
    )

    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"), primary_key=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), primary_key=True)
    position: Mapped[int]
    invited_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    left_because: Mapped[WaveExit | None] = mapped_column(by_value(WaveExit))

    wave: Mapped[Wave] = relationship(back_populates="people")
    follow_up: Mapped[FollowUp] = relationship()
