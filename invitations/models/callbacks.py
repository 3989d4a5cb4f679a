"""People who ask to be called: nobody meets a dead end."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base
from invitations.models.beneficiaries import Beneficiary
from invitations.models.follow_ups import FollowUp


class CallTime(StrEnum):
    """Parts of a working day in which a person would rather be called, in order."""

    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    LATE = "late"


class CallbackRequest(Base):
    """ "No time suits me, call me." `times` are values of CallTime (none: any), `preferred` the person's own words on when.

    `tries`: calls that nobody answered, the last one at `tried_at`.
    """

    __tablename__ = "callback_requests"
    __table_args__ = (Index("ix_callback_requests_todo", "organisation_id", "handled_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("beneficiaries.id"), index=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    phone: Mapped[str] = mapped_column(String(20))
    times: Mapped[list[str]] = mapped_column(default=list)
    preferred: Mapped[str] = mapped_column(String(120), default="")
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    handled_by_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime]

    beneficiary: Mapped[Beneficiary] = relationship()
    follow_up: Mapped[FollowUp] = relationship()
