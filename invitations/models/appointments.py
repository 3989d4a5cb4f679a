"""Appointments, the agents' time they take, and who takes part.

The database itself holds the product's first promise: no two live appointments of one agent overlap. An
exclusion constraint says so on PostgreSQL, a trigger on SQLite; both are written here and in the migration.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, String, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import UNNESTED, Base, by_value
from invitations.models.agents import Agent
from invitations.models.beneficiaries import Beneficiary
from invitations.models.categories import AppointmentType
from invitations.models.territory import Organisation, Place

if TYPE_CHECKING:
    from invitations.models.follow_ups import FollowUp, Invitation


class Outcome(StrEnum):
    """What became of a participation (domain.md)."""

    UNKNOWN = "unknown"
    SEEN = "seen"
    NOSHOW = "noshow"
    EXCUSED = "excused"
    REVOKED = "revoked"


class Author(StrEnum):
    AGENT = "agent"
    BENEFICIARY = "beneficiary"


def _as_created(context: Any) -> datetime:
    """The moment that the row itself says; `context` is SQLAlchemy's."""
    created_at: datetime = context.get_current_parameters()["created_at"]
    return created_at


class Appointment(Base):
    """Start, end, type, place, seats. `version` is the calendar's SEQUENCE; it grows with every change people must hear of.

    A session is an appointment of a collective type: made by an agent, with seats, alone or in a series. `seats_taken`
    counts who is to come to a session, until it begins; the database refuses one too many.

    `held_until` is set on a slot held for a proposition that nobody has answered: it takes the agent's time, has
    no participation yet, and is let go when its invitation ends.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint("seats_taken BETWEEN 0 AND seats", name="seats_are_not_exceeded"),
        Index("ix_appointments_organisation_starts_at", "organisation_id", "starts_at"),
        Index("ix_appointments_starts_at", "starts_at"),
        Index("ix_appointments_organisation_changed_at", "organisation_id", "changed_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    type_id: Mapped[int] = mapped_column(ForeignKey("appointment_types.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seats: Mapped[int] = mapped_column(default=1)
    seats_taken: Mapped[int] = mapped_column(default=0)
    series_uid: Mapped[str | None] = mapped_column(String(36), index=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    version: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]  # when its time, place or agents last changed
    changed_at: Mapped[datetime | None] = mapped_column(default=_as_created)  # anything, see models/changed_triggers.py
    cancelled_at: Mapped[datetime | None]
    created_by: Mapped[Author] = mapped_column(by_value(Author))
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    type: Mapped[AppointmentType] = relationship(lazy="joined", innerjoin=UNNESTED)
    place: Mapped[Place | None] = relationship()
    agents: Mapped[list[Agent]] = relationship(secondary="appointment_agents", order_by=Agent.id, viewonly=True)
    times: Mapped[list[AppointmentAgent]] = relationship(back_populates="appointment")
    participations: Mapped[list[Participation]] = relationship(
        back_populates="appointment", order_by="Participation.id"
    )


class AppointmentAgent(Base):
    """An agent's time taken by an appointment: the row that can't overlap another.

    `busy_until` is the end plus the type's pause, as it was when booked: a search reads this one table.
    """

    __tablename__ = "appointment_agents"
    __table_args__ = (Index("ix_appointment_agents_busy", "agent_id", "starts_at", "busy_until", "is_live"),)

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    busy_until: Mapped[datetime]
    is_live: Mapped[bool] = mapped_column(default=True)

    appointment: Mapped[Appointment] = relationship(back_populates="times")
    agent: Mapped[Agent] = relationship()


# The person takes part, took part or should have: a seat is theirs. Who left a session may come back, as a new row.
_HAS_A_SEAT = text("outcome IN ('unknown', 'seen', 'noshow')")


class Participation(Base):
    """A person in an appointment. `invitation` is what brought them, if anything did.

    Moving to a session, or from one, is moving to another appointment; `versions_before` keeps the calendar's
    SEQUENCE growing all the same.
    """

    __tablename__ = "participations"
    __table_args__ = (
        Index(
            "uq_participations_one_seat",
            "appointment_id",
            "beneficiary_id",
            unique=True,
            postgresql_where=_HAS_A_SEAT,
            sqlite_where=_HAS_A_SEAT,
        ),
        Index("ix_participations_follow_up", "follow_up_id", "created_at"),
        # The one above leaves out who left: an appointment that is deleted has to be looked for among those too.
        Index("ix_participations_appointment", "appointment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"))
    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("beneficiaries.id"), index=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    outcome: Mapped[Outcome] = mapped_column(by_value(Outcome), default=Outcome.UNKNOWN)
    outcome_at: Mapped[datetime | None]
    versions_before: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[Author] = mapped_column(by_value(Author))
    created_at: Mapped[datetime]

    appointment: Mapped[Appointment] = relationship(back_populates="participations")
    beneficiary: Mapped[Beneficiary] = relationship()
    follow_up: Mapped[FollowUp] = relationship(back_populates="participations")
    invitation: Mapped[Invitation | None] = relationship()

    @property
    def version(self) -> int:
        """The calendar's SEQUENCE: it grows with every change that this person must hear of."""
        return self.appointment.version + self.versions_before


POSTGRESQL_NO_OVERLAP = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER TABLE appointment_agents ADD CONSTRAINT ex_appointment_agents_no_overlap"
    " EXCLUDE USING gist (agent_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (is_live)",
)


def _sqlite_no_overlap(act: str) -> str:
    return (
        f"CREATE TRIGGER appointment_agents_no_overlap_{act.lower()} BEFORE {act} ON appointment_agents"
        " WHEN NEW.is_live AND EXISTS ("
        "SELECT 1 FROM appointment_agents AS other WHERE other.agent_id = NEW.agent_id AND other.is_live"
        " AND other.appointment_id <> NEW.appointment_id"
        " AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at)"
        " BEGIN SELECT RAISE(ABORT, 'appointment_agents_no_overlap'); END"
    )


SQLITE_NO_OVERLAP = (_sqlite_no_overlap("INSERT"), _sqlite_no_overlap("UPDATE"))

for _statement in POSTGRESQL_NO_OVERLAP:
    event.listen(AppointmentAgent.__table__, "after_create", DDL(_statement).execute_if(dialect="postgresql"))
for _statement in SQLITE_NO_OVERLAP:
    event.listen(AppointmentAgent.__table__, "after_create", DDL(_statement).execute_if(dialect="sqlite"))
