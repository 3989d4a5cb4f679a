"""Who did what to whom, when; and the schedulers' own traces."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base, by_value


class Origin(StrEnum):
    """From where something is done: by which of the ways into the software."""

    PAGE = "page"  # a page of agents
    LINK = "link"  # a page of people
    API = "api"
    HOOK = "hook"  # a provider that calls: what people key in on the telephone, receipts
    JOB = "job"  # the scheduler
    COMMAND = "command"  # `rdv` on the command line


class AuditEvent(Base):
    """Append-only: `models.journal_kept` has the database hold it. `details` hold ids and counts, never a name, a number or
    an address; `network` is the agent's, cut to where nobody lives alone (docs/decisions/0035).
    """

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_organisation_at", "organisation_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(60))  # "outcome.recorded", "follow_up.invited", …
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))  # null: the person, or the scheduler
    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("beneficiaries.id"), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    origin: Mapped[Origin | None] = mapped_column(by_value(Origin))  # null: written before it was kept
    network: Mapped[str | None] = mapped_column(String(43))  # "203.0.113.0/24", of agents and machines alone


class JobRun(Base):
    """One row per once-a-day tick: whoever inserts it runs it (docs/decisions/0004)."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    slot: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Beat(Base):
    """When each scheduler process last turned."""

    __tablename__ = "beats"

    process: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime]
