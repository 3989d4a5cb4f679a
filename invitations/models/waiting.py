"""People who wait for a slot: those who found nothing, and those who would come earlier."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.appointments import Appointment, Participation
from invitations.models.follow_ups import FollowUp, Invitation


class WaitEnd(StrEnum):
    """Why somebody waits no more."""

    SERVED = "served"
    GAVE_UP = "gave_up"
    OVERTAKEN = "overtaken"


class OfferAnswer(StrEnum):
    """What became of a freed slot offered to one person."""

    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Waiting(Base):
    """One person's place in the queue of a follow-up, in the order of `asked_at`.

    `participation` is what they would exchange for an earlier date; null: they found nothing.
    """

    __tablename__ = "waitings"
    __table_args__ = (
        Index("ix_waitings_queue", "organisation_id", "ended_at", "asked_at"),
        Index(
            "uq_waitings_one_place_in_the_queue",
            "follow_up_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participations.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))  # null: any place
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[WaitEnd | None] = mapped_column(by_value(WaitEnd))

    follow_up: Mapped[FollowUp] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    participation: Mapped[Participation | None] = relationship()


class FreedSlot(Base):
    """A slot set aside for those who wait, and offered to one person: a row a person, all with the same `appointment`.

    The appointment takes the agent's time, or a seat of a session, until the last row is answered. `waiting` null:
    nobody has been asked yet, and `until` is when it was set aside. Else `until` is the end of that person's two hours.
    """

    __tablename__ = "freed_slots"
    __table_args__ = (
        Index("ix_freed_slots_open", "answered_at", "until"),
        Index(
            "uq_freed_slots_one_offer_at_a_time",
            "waiting_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL AND waiting_id IS NOT NULL"),
            sqlite_where=text("answered_at IS NULL AND waiting_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), index=True)
    waiting_id: Mapped[int | None] = mapped_column(ForeignKey("waitings.id"), index=True)
    offered_at: Mapped[datetime]
    until: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[OfferAnswer | None] = mapped_column(by_value(OfferAnswer))

    appointment: Mapped[Appointment] = relationship()
    waiting: Mapped[Waiting | None] = relationship()
