"""Trials: who is compared with whom, what lots were drawn, and each look at the data. `trials_frozen` keeps them so."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.agents import Agent
from invitations.models.categories import Category
from invitations.models.follow_ups import FollowUp, Mode
from invitations.models.territory import Department, Organisation


class TrialState(StrEnum):
    """Being prepared; lots are drawn; no lots are drawn any more."""

    DRAFT = "draft"
    RUNNING = "running"
    ENDED = "ended"


class TrialEnd(StrEnum):
    """Why no lots are drawn any more: an administrator's word."""

    COMPLETED = "completed"
    EARLY = "early"  # a look has crossed its boundary
    HARM = "harm"
    ABANDONED = "abandoned"


class TrialExit(StrEnum):
    """Why somebody is not in the trial."""

    AGENT = "agent"  # taken out before the draw, in one click; no reason is asked
    NOT_IN_EVERY_ARM = "not_in_every_arm"  # not all of the arms could have been theirs: addressed without lots
    OBJECTED = "objected"  # the person does not want it: what was drawn stands and counts nowhere


class Trial(Base):
    """Two or three modes compared in one category, by lot. `arms`: modes, the first is what others are compared with.

    `per_arm`: planned number of people counted in each; `expected_from`, `expected_to`: shares seen, as hoped for;
    `looks`: how often the data are looked at in all, the last one at the planned number. `protocol`: canonical JSON,
    frozen at the start, and `protocol_hash` its SHA-256 in hexadecimal; `seed_sealed` opens with the secret key,
    `seed_hash` is the SHA-256 of the 32 bytes.
    """

    __tablename__ = "trials"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    name: Mapped[str] = mapped_column(String(120))
    arms: Mapped[list[str]]
    horizon_days: Mapped[int] = mapped_column(default=45)
    expected_from: Mapped[float]
    expected_to: Mapped[float]
    alpha: Mapped[float] = mapped_column(default=0.05)
    power: Mapped[float] = mapped_column(default=0.8)
    looks: Mapped[int] = mapped_column(default=3)
    per_arm: Mapped[int]
    fallback_days: Mapped[int] = mapped_column(default=21)
    state: Mapped[TrialState] = mapped_column(by_value(TrialState), default=TrialState.DRAFT)
    protocol: Mapped[str | None] = mapped_column(Text)
    protocol_hash: Mapped[str | None] = mapped_column(String(64))
    seed_sealed: Mapped[str | None] = mapped_column(String(200))
    seed_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    created_by_agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    started_at: Mapped[datetime | None]
    started_by_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    ended_at: Mapped[datetime | None]
    ended_by_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    end_reason: Mapped[TrialEnd | None] = mapped_column(by_value(TrialEnd))
    end_note: Mapped[str] = mapped_column(String(500), default="")

    department: Mapped[Department] = relationship()
    category: Mapped[Category] = relationship()
    created_by_agent: Mapped[Agent] = relationship(foreign_keys=created_by_agent_id)
    started_by_agent: Mapped[Agent | None] = relationship(foreign_keys=started_by_agent_id)
    ended_by_agent: Mapped[Agent | None] = relationship(foreign_keys=ended_by_agent_id)
    parts: Mapped[list[TrialOrganisation]] = relationship(
        back_populates="trial", order_by="TrialOrganisation.organisation_id", cascade="all, delete-orphan"
    )

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The arms, the one that others are compared with first."""
        return tuple(Mode(one) for one in self.arms)

    @property
    def planned(self) -> int:
        """How many people are to be counted in all arms together."""
        return self.per_arm * len(self.arms)

    @property
    def frozen(self) -> dict[str, Any]:
        """What the protocol says; empty before the start."""
        return json.loads(self.protocol) if self.protocol else {}


class TrialOrganisation(Base):
    """An organisation that takes part. In one category, one running trial at a time: the database sees to it."""

    __tablename__ = "trial_organisations"
    __table_args__ = (
        Index(
            "uq_trial_organisations_one_running",
            "organisation_id",
            "category_id",
            unique=True,
            postgresql_where=text("is_running"),
            sqlite_where=text("is_running"),
        ),
    )

    trial_id: Mapped[int] = mapped_column(ForeignKey("trials.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    is_running: Mapped[bool] = mapped_column(default=False)

    trial: Mapped[Trial] = relationship(back_populates="parts")
    organisation: Mapped[Organisation] = relationship()


class Assignment(Base):
    """What lots gave one person, and when: their t0. `position` counts from 0 within the stratum of the trial.

    `fell_back_at`: since when they are to be called, for nobody had seen them. `follow_up` is null for somebody who is
    deleted, or was merged with another person of the trial: `kept` says then what counts, and nothing of who it was.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("follow_up_id"),
        UniqueConstraint("trial_id", "stratum", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trials.id"))
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_ups.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    stratum: Mapped[str] = mapped_column(String(60))  # "12:new:yes", see invitations/trials/strata.py
    position: Mapped[int]
    arm: Mapped[Mode] = mapped_column(by_value(Mode))
    assigned_at: Mapped[datetime]
    fell_back_at: Mapped[datetime | None]
    kept: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    trial: Mapped[Trial] = relationship()
    follow_up: Mapped[FollowUp | None] = relationship()


class TrialOptOut(Base):
    """Somebody who is not in a trial, and why. `agent`: who decided; null for the machine's own rule."""

    __tablename__ = "trial_opt_outs"
    __table_args__ = (UniqueConstraint("trial_id", "follow_up_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trials.id"))
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_ups.id"), index=True)  # null: deleted
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    why: Mapped[TrialExit] = mapped_column(by_value(TrialExit))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    at: Mapped[datetime]


class TrialLook(Base):
    """One planned look at the data, kept as it was. `number` counts from 1, `versus` is the arm compared with the first.

    `counted`: by arm, people counted, seen and of unknown outcome. `statistic`: z; `boundary`: what |z| must reach;
    `low`, `high`: the repeated interval of the difference at this look.
    """

    __tablename__ = "trial_looks"

    trial_id: Mapped[int] = mapped_column(ForeignKey("trials.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    versus: Mapped[Mode] = mapped_column(by_value(Mode), primary_key=True)
    at: Mapped[datetime]
    fraction: Mapped[float]  # of the planned number, counted then
    counted: Mapped[dict[str, Any]]
    statistic: Mapped[float | None]  # None: nothing varies, there is nothing to test
    boundary: Mapped[float]
    difference: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    crossed: Mapped[bool] = mapped_column(default=False)
