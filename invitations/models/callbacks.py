"""People who ask to be called: nobody meets a dead end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base
from invitations.models.beneficiaries import Beneficiary
from invitations.models.follow_ups import FollowUp


class CallbackRequest(Base):
    """ "No time suits me, call me." `preferred` is the person's own words on when."""

    __tablename__ = "callback_requests"
    __table_args__ = (Index("ix_callback_requests_todo", "organisation_id", "handled_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("beneficiaries.id"), index=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    phone: Mapped[str] = mapped_column(String(20))
    preferred: Mapped[str] = mapped_column(String(120), default="")
    handled_at: Mapped[datetime | None]
    handled_by_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime]

    beneficiary: Mapped[Beneficiary] = relationship()
    follow_up: Mapped[FollowUp] = relationship()
