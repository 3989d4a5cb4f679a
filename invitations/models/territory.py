"""Where it happens: département, organisation, place."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value


class OrganisationKind(StrEnum):
    DEPARTMENT_COUNCIL = "conseil_departemental"
    RSA_DELEGATE = "delegataire_rsa"
    FRANCE_TRAVAIL = "france_travail"
    SIAE = "siae"
    OTHER = "autre"


class Department(Base):
    """The territory. `holidays_subdivision` is a code of the `holidays` package (`6AE` Alsace, `RE` Réunion), or null."""

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(3), unique=True)
    name: Mapped[str] = mapped_column(String(80))  # "Drôme"
    full_name: Mapped[str] = mapped_column(String(120))  # "Département de la Drôme", as people read it
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Paris")
    holidays_subdivision: Mapped[str | None] = mapped_column(String(8))
    accent: Mapped[str] = mapped_column(String(7), default="#0b5c6b")
    created_at: Mapped[datetime]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Organisation(Base):
    """A team. `phone` is the number that answers; `hours` says when, in words."""

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[OrganisationKind] = mapped_column(by_value(OrganisationKind))
    phone: Mapped[str | None] = mapped_column(String(20))
    hours: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str | None] = mapped_column(String(254))
    sms_sender: Mapped[str | None] = mapped_column(String(20))  # a number or 11 alphanumerics; null: the installation's
    retention_months: Mapped[int] = mapped_column(default=24)
    created_at: Mapped[datetime]

    department: Mapped[Department] = relationship(lazy="joined", innerjoin=True)


class Place(Base):
    """Where people are received. `commune_insee` is the INSEE code, never a postcode (import.md)."""

    __tablename__ = "places"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(5))
    city: Mapped[str] = mapped_column(String(80))
    commune_insee: Mapped[str] = mapped_column(String(5))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    is_step_free: Mapped[bool] = mapped_column(default=False)
    phone: Mapped[str | None] = mapped_column(String(20))
    timezone: Mapped[str | None] = mapped_column(String(40))  # null: the département's
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone) if self.timezone else self.organisation.department.zone
