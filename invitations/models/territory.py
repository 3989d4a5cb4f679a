"""Where it happens: département, organisation, place, closing days; which communes are served from where."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column, relationship

from invitations.database import UNNESTED, Base, by_value


class OrganisationKind(StrEnum):
    DEPARTMENT_COUNCIL = "conseil_departemental"
    RSA_DELEGATE = "delegataire_rsa"
    FRANCE_TRAVAIL = "france_travail"
    SIAE = "siae"
    OTHER = "autre"


LEGAL = "legal"  # the columns of a département that only its legal pages ask for: `undefer_group(LEGAL)`


def _legal(length: int) -> MappedColumn[str]:
    return mapped_column(String(length), default="", deferred=True, deferred_group=LEGAL)


class Department(Base):
    """The territory. `holidays_subdivision` is a code of the `holidays` package (`6AE` Alsace, `RE` Réunion), or null.

    `accent` is the colour its administrators chose; `department_colour` makes of it what pages can use. What only the
    legal pages ask for (LEGAL) is read when it is asked for.
    """

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(3), unique=True)
    name: Mapped[str] = mapped_column(String(80))  # "Drôme"
    full_name: Mapped[str] = mapped_column(String(120))  # "Département de la Drôme", as people read it
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Paris")
    holidays_subdivision: Mapped[str | None] = mapped_column(String(8))
    accent: Mapped[str] = mapped_column(String(7), default="#0b5c6b")
    logo_hash: Mapped[str] = mapped_column(String(16), default="")  # part of the logo's address; empty: no logo
    logo_width: Mapped[int] = mapped_column(default=0)  # pixels
    logo_height: Mapped[int] = mapped_column(default=0)
    website: Mapped[str] = _legal(200)
    postal_address: Mapped[str] = _legal(300)
    phone: Mapped[str] = _legal(20)  # E.164
    publisher: Mapped[str] = _legal(160)  # who directs the publication (loi 2004-575, article 1-1)
    host: Mapped[str] = _legal(300)  # who hosts, with address and phone
    privacy_contact: Mapped[str] = _legal(300)  # the data protection officer
    accessibility_contact: Mapped[str] = _legal(300)
    publishes_since: Mapped[datetime | None]  # its public statistics; null: none
    nir_kept_since: Mapped[datetime | None]  # social security numbers; null: none is kept (docs/decisions/0034)
    second_factor_since: Mapped[datetime | None]  # asked of every agent; null: of those who administer or export
    idle_minutes: Mapped[int | None]  # after which a session in which nothing happens ends; null: it lasts the day
    created_at: Mapped[datetime]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class DepartmentLogo(Base):
    """The picture itself, a PNG: fetched by its own address, never read with the département."""

    __tablename__ = "department_logos"

    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), primary_key=True)
    content: Mapped[bytes]


class Organisation(Base):
    """A team. `phone` is the number that answers; `hours` says when, in words, `phone_owner` who does ("Secrétariat de la MDS").

    `signature`: how it signs emails and letters; null: by its name.
    """

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[OrganisationKind] = mapped_column(by_value(OrganisationKind))
    phone: Mapped[str | None] = mapped_column(String(20))
    hours: Mapped[str] = mapped_column(String(120), default="")
    phone_owner: Mapped[str | None] = mapped_column(String(80))
    signature: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(200), default="")  # of the sender of letters, line by line
    names_in_calendars: Mapped[bool] = mapped_column(default=False)  # whether agents' feeds name the people met
    sms_sender: Mapped[str | None] = mapped_column(String(20))  # a number or 11 alphanumerics; null: the installation's
    retention_months: Mapped[int] = mapped_column(default=24)
    useful_themes: Mapped[str | None] = mapped_column(String(80))  # which useful places people are shown; null: none
    publishes_since: Mapped[datetime | None]  # whether its figures are in the département's public ones; null: no
    job_centre_since: Mapped[datetime | None]  # appointments made since are told to France Travail; null: none
    created_at: Mapped[datetime]

    department: Mapped[Department] = relationship(lazy="joined", innerjoin=UNNESTED)


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
    opening_hours: Mapped[str] = mapped_column(
        String(400), default=""
    )  # OSM syntax: "Mo-Fr 09:00-12:00"; empty: unknown
    timezone: Mapped[str | None] = mapped_column(String(40))  # null: the département's
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=UNNESTED)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone) if self.timezone else self.organisation.department.zone


class Closure(Base):
    """Days on which nobody is received at a place, or at any of an organisation's (`place_id` null). Both ends included."""

    __tablename__ = "closures"
    __table_args__ = (Index("ix_closures_organisation_last_on", "organisation_id", "last_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    label: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    place: Mapped[Place | None] = relationship()


class Sector(Base):
    """A set of communes of a département, and who serves the people who live there."""

    __tablename__ = "sectors"
    __table_args__ = (UniqueConstraint("department_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]

    communes: Mapped[list[SectorCommune]] = relationship(
        order_by="SectorCommune.commune_insee", cascade="all, delete-orphan"
    )
    services: Mapped[list[SectorService]] = relationship(order_by="SectorService.id", cascade="all, delete-orphan")


class SectorCommune(Base):
    """A commune of a sector. A commune may lie in several."""

    __tablename__ = "sector_communes"

    sector_id: Mapped[int] = mapped_column(ForeignKey("sectors.id", ondelete="CASCADE"), primary_key=True)
    commune_insee: Mapped[str] = mapped_column(String(5), primary_key=True, index=True)


class SectorService(Base):
    """An organisation that serves a sector: with all its places, or with one of them for each row that names it."""

    __tablename__ = "sector_services"
    __table_args__ = (Index("ix_sector_services_organisation", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sector_id: Mapped[int] = mapped_column(ForeignKey("sectors.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))
