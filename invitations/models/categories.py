"""Why people are met, how an organisation goes about it, and the concrete kinds of appointment."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import UNNESTED, Base, by_value
from invitations.models.escalation import EscalationStep, usual_steps


class CategoryKind(StrEnum):
    ORIENTATION = "orientation"
    ACCOMPANIMENT = "accompagnement"
    SIAE = "siae"
    OTHER = "autre"


class PlaceType(StrEnum):
    PUBLIC_OFFICE = "public_office"
    PHONE = "phone"
    HOME = "home"
    VIDEO = "video"


class OpenTo(StrEnum):
    """Who may book a type: agents alone, or invited people too."""

    AGENTS = "agents"
    INVITED = "invited"


class Category(Base):
    """Why people are met. `name` and `purpose` are the service's own words, shown to people."""

    __tablename__ = "categories"
    __table_args__ = (UniqueConstraint("department_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    code: Mapped[str] = mapped_column(String(40))  # rsa_orientation, rsa_accompagnement, …
    kind: Mapped[CategoryKind] = mapped_column(by_value(CategoryKind))
    name: Mapped[str] = mapped_column(String(80))  # "Orientation RSA", for agents
    purpose: Mapped[str] = mapped_column(String(200))  # "faire le point ensemble sur votre situation", for people
    created_at: Mapped[datetime]


class CategorySettings(Base):
    """How one organisation handles one category. A row exists if, and only if, it handles it; once it is closed, what
    has begun goes on and nothing new begins.

    `steps`: what follows an invitation that nobody answers, in order; the usual ones unless given.
    """

    __tablename__ = "category_settings"
    __table_args__ = (UniqueConstraint("organisation_id", "category_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    channels: Mapped[list[str]] = mapped_column(default=lambda: ["sms", "email"])
    modes: Mapped[list[str]] = mapped_column(default=lambda: ["invitation", "proposition", "convocation"])
    validity_days: Mapped[int | None] = mapped_column(default=10)  # null: never expires
    help_phone: Mapped[str | None] = mapped_column(String(20))  # null: the organisation's
    help_hours: Mapped[str | None] = mapped_column(String(120))  # null: the organisation's
    help_owner: Mapped[str | None] = mapped_column(String(80))  # null: the organisation's, of its own number
    referents_only: Mapped[bool] = mapped_column(default=False)
    may_warn: Mapped[bool] = mapped_column(default=False)  # own texts may speak of sanctions (never in orientation)
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    category: Mapped[Category] = relationship(lazy="joined", innerjoin=UNNESTED)
    steps: Mapped[list[EscalationStep]] = relationship(order_by=EscalationStep.after_days, cascade="all, delete-orphan")

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"steps": usual_steps()} | values)


class AppointmentType(Base):
    """A concrete kind of appointment. Lengths are whole minutes.

    `step` is the distance between two slot starts (null: the duration); `cancel_limit` and
    `move_limit` how long before the start a person may still cancel or move (null: as `cancel_limit`). `seats` is
    what a new session of a collective type offers.
    """

    __tablename__ = "appointment_types"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    duration: Mapped[timedelta]
    step: Mapped[timedelta | None]
    pause_after: Mapped[timedelta] = mapped_column(default=timedelta())
    place_type: Mapped[PlaceType] = mapped_column(by_value(PlaceType), default=PlaceType.PUBLIC_OFFICE)
    is_collective: Mapped[bool] = mapped_column(default=False)
    min_delay: Mapped[timedelta] = mapped_column(default=timedelta(hours=24))
    max_delay: Mapped[timedelta] = mapped_column(default=timedelta(days=60))
    cancel_limit: Mapped[timedelta] = mapped_column(default=timedelta(hours=1))
    move_limit: Mapped[timedelta | None]
    max_per_agent_day: Mapped[int | None]
    seats: Mapped[int] = mapped_column(default=1)
    open_to: Mapped[OpenTo] = mapped_column(by_value(OpenTo), default=OpenTo.INVITED)
    referents_only: Mapped[bool] = mapped_column(default=False)
    instructions_before: Mapped[str] = mapped_column(String(400), default="")  # what to bring
    instructions_after: Mapped[str] = mapped_column(String(400), default="")
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    category: Mapped[Category] = relationship(lazy="joined", innerjoin=UNNESTED)
