"""A person's way through a category: the follow-up, its invitations, its links, its dated history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import UNNESTED, Base, by_value
from invitations.models.agents import Agent
from invitations.models.appointments import Appointment, Participation
from invitations.models.beneficiaries import Beneficiary
from invitations.models.categories import Category
from invitations.models.territory import Organisation, Place


class FollowUpStatus(StrEnum):
    """Derived by `invitations.follow_up_status`, in the order of domain.md."""

    CLOSED = "closed"
    NOT_INVITED = "not_invited"
    INVITATION_PENDING = "invitation_pending"
    INVITATION_EXPIRED = "invitation_expired"
    APPOINTMENT_PENDING = "appointment_pending"
    SEEN = "seen"
    NOSHOW = "noshow"
    EXCUSED = "excused"
    REVOKED = "revoked"
    OUTCOME_NEEDED = "outcome_needed"


class Mode(StrEnum):
    """Who sets the date: the person, the agent with a way out, the agent."""

    INVITATION = "invitation"
    PROPOSITION = "proposition"
    CONVOCATION = "convocation"


class EndReason(StrEnum):
    """Why an invitation stopped counting before its last day."""

    BOOKED = "booked"
    REPLACED = "replaced"
    CLOSED = "closed"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken_back"  # before anything left: it counts as if it had never been


class FollowUp(Base):
    """One per person and category. `status` is derived and re-derivable; it is kept so that lists can filter on it.

    `call_tries`: calls that nobody answered, the last one at `call_tried_at`; `calls_stopped_at`: an agent decided to
    call no more.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        UniqueConstraint("beneficiary_id", "category_id"),
        Index("ix_follow_ups_category_status", "category_id", "status"),
        Index("ix_follow_ups_category_since", "category_id", "status_since"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("beneficiaries.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    status: Mapped[FollowUpStatus] = mapped_column(by_value(FollowUpStatus), default=FollowUpStatus.NOT_INVITED)
    status_since: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    reminders_suspended_at: Mapped[datetime | None]
    call_tries: Mapped[int] = mapped_column(default=0)
    call_tried_at: Mapped[datetime | None]
    calls_stopped_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    beneficiary: Mapped[Beneficiary] = relationship()
    category: Mapped[Category] = relationship(lazy="joined", innerjoin=UNNESTED)
    invitations: Mapped[list[Invitation]] = relationship(
        back_populates="follow_up", order_by="Invitation.created_at, Invitation.id"
    )
    participations: Mapped[list[Participation]] = relationship(
        back_populates="follow_up", order_by="Participation.created_at, Participation.id"
    )


class StatusChange(Base):
    """Each transition with its time, so that the time spent in a state can be measured."""

    __tablename__ = "status_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    status: Mapped[FollowUpStatus] = mapped_column(by_value(FollowUpStatus))
    at: Mapped[datetime]


# What holds an appointment is looked for when the appointment goes (`invitations.forgetting`).
HOLDS_A_SLOT = text("held_appointment_id IS NOT NULL")


class Invitation(Base):
    """One act of addressing a person, in one of three modes; it has many messages.

    `expires_at` is the real last moment (null: never); `ended_at` when it stopped counting; `answered_at` when
    the person booked, declined or asked to be called. A proposition holds `held_appointment`.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index("ix_invitations_follow_up", "follow_up_id", "created_at"),
        Index("ix_invitations_in_flight", "organisation_id", "ended_at", "expires_at"),
        Index("ix_invitations_held", "held_appointment_id", postgresql_where=HOLDS_A_SLOT, sqlite_where=HOLDS_A_SLOT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    mode: Mapped[Mode] = mapped_column(by_value(Mode))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))  # null: any place of the category
    with_referents: Mapped[bool] = mapped_column(default=False)
    held_appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    created_by_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("invitation_batches.id"), index=True)  # invited with others
    expires_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(by_value(EndReason))
    to_mobile: Mapped[bool | None]  # whether the person's number was a mobile one then; null: unknown
    created_at: Mapped[datetime]

    follow_up: Mapped[FollowUp] = relationship(back_populates="invitations")
    organisation: Mapped[Organisation] = relationship()
    place: Mapped[Place | None] = relationship()
    held_appointment: Mapped[Appointment | None] = relationship()
    created_by_agent: Mapped[Agent | None] = relationship()

    def is_open(self, now: datetime) -> bool:
        """True while the person may still answer."""
        return self.ended_at is None and (self.expires_at is None or now < self.expires_at)


class Link(Base):
    """What is kept of a code that leads to an invitation or to a participation (`Codes.kept`). The code itself is derived.

    Several codes may lead to one subject: when the secret key changes, links already sent go on working.
    """

    __tablename__ = "links"
    __table_args__ = (CheckConstraint("(invitation_id IS NULL) <> (participation_id IS NULL)", name="one_subject"),)

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participations.id"), index=True)
    created_at: Mapped[datetime]

    invitation: Mapped[Invitation | None] = relationship()
    participation: Mapped[Participation | None] = relationship()
