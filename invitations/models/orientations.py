"""What was decided of somebody after their first appointment: the kind of support, and who gives it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.agents import Agent
from invitations.models.territory import Organisation


class OrientationKind(StrEnum):
    """Towards which support somebody is oriented (CASF, L262-29)."""

    SOCIAL = "social"
    SOCIO_PROFESSIONAL = "socio_professional"
    PROFESSIONAL = "professional"


class Orientation(Base):
    """One decision; the latest of a follow-up is the one that holds. Nobody has to note it, and no statistics read it.

    `decided_on` is the day in the département; `organisation`: who accompanies from then on, when that is known.
    """

    __tablename__ = "orientations"

    id: Mapped[int] = mapped_column(primary_key=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    kind: Mapped[OrientationKind] = mapped_column(by_value(OrientationKind))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    by_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    by_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    decided_on: Mapped[date]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation | None] = relationship(foreign_keys=[organisation_id])
    by_agent: Mapped[Agent | None] = relationship()
