"""The people addressed, the organisations they belong to, who accompanies them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import DDL, ForeignKey, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import UNNESTED, Base, by_value
from invitations.models.agents import Agent
from invitations.models.territory import Department, Organisation
from invitations.name_order import in_postgresql


class Title(StrEnum):
    MADAM = "madame"
    SIR = "monsieur"


class RsaRole(StrEnum):
    """Who asked for the benefit in the household; couples share an affiliation number."""

    APPLICANT = "demandeur"
    SPOUSE = "conjoint"


class Need(StrEnum):
    """What receiving somebody well takes: logistics, and nothing else about them."""

    INTERPRETER = "interpreter"  # of the person's `language`
    STEP_FREE = "step_free"
    SIGN_LANGUAGE = "sign_language"  # they are written to instead of called


class Beneficiary(Base):
    """A person addressed. `*_key` columns are normalised by `invitations.identity`, for matching and search only."""

    __tablename__ = "beneficiaries"
    __table_args__ = (
        Index("ix_beneficiaries_department_internal_id", "department_id", "department_internal_id"),
        Index("ix_beneficiaries_department_email", "department_id", "email_key"),
        Index("ix_beneficiaries_department_phone", "department_id", "phone"),
        Index("ix_beneficiaries_department_affiliation", "department_id", "affiliation_number"),
        Index("ix_beneficiaries_department_france_travail", "department_id", "france_travail_id"),
        Index("ix_beneficiaries_department_birth", "department_id", "birth_on"),
        Index("ix_beneficiaries_department_nir", "department_id", "nir_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    title: Mapped[Title | None] = mapped_column(by_value(Title))
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    birth_name: Mapped[str | None] = mapped_column(String(80))
    birth_on: Mapped[date | None]
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))  # E.164
    wrong_phone: Mapped[str | None] = mapped_column(String(20))  # the number where whoever picked up is not them
    address: Mapped[str | None] = mapped_column(String(200))
    postcode: Mapped[str | None] = mapped_column(String(5))
    city: Mapped[str | None] = mapped_column(String(80))
    commune_insee: Mapped[str | None] = mapped_column(String(5))
    affiliation_number: Mapped[str | None] = mapped_column(String(15))
    role: Mapped[RsaRole | None] = mapped_column(by_value(RsaRole))
    department_internal_id: Mapped[str | None] = mapped_column(String(40))
    france_travail_id: Mapped[str | None] = mapped_column(String(40))
    rights_opened_on: Mapped[date | None]
    # Only where the département keeps numbers (`invitations.nir_keeping`): all of it sealed, its first 13 digits hashed.
    nir_sealed: Mapped[str | None] = mapped_column(String(160))
    nir_hash: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8), default="fr")
    logistic_note: Mapped[str] = mapped_column(String(200), default="")
    needs: Mapped[list[str]] = mapped_column(default=list)  # values of Need, in its order

    first_name_key: Mapped[str] = mapped_column(String(80))
    email_key: Mapped[str | None] = mapped_column(String(254))
    search_key: Mapped[str] = mapped_column(String(600))

    # A channel that must not be used any more, and since when (messages.md).
    sms_refused_at: Mapped[datetime | None]
    email_refused_at: Mapped[datetime | None]
    phone_dead_at: Mapped[datetime | None]
    email_dead_at: Mapped[datetime | None]
    # When the person changed it themselves, by their link; null again once a file says otherwise.
    phone_corrected_at: Mapped[datetime | None]
    email_corrected_at: Mapped[datetime | None]
    letter_dead_at: Mapped[datetime | None]

    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    department: Mapped[Department] = relationship(lazy="joined", innerjoin=UNNESTED)
    memberships: Mapped[list[Membership]] = relationship(back_populates="beneficiary")
    referents: Mapped[list[Agent]] = relationship(secondary="referents", order_by=Agent.id, viewonly=True)
    tags: Mapped[list[Tag]] = relationship(secondary="taggings", order_by="Tag.label", viewonly=True)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def nir_hashes(self) -> tuple[str, ...]:
        """As matching compares them."""
        return (self.nir_hash,) if self.nir_hash else ()

    @property
    def short_name(self) -> str:
        """First name and initial: all that a public page may show."""
        return f"{self.first_name} {self.last_name[:1]}."

    @property
    def is_written_to(self) -> bool:
        """True for whoever can't be called: a text or an email says it instead."""
        return Need.SIGN_LANGUAGE in self.needs


# The list of people in the order of their names, a page at a time. On PostgreSQL alone: the engine for many people; and by
# hand, for alembic can't compare indexes of expressions on SQLite (app/migrations/env.py leaves it out).
BY_NAME = "ix_beneficiaries_by_name"
BY_NAME_INDEX = (
    f"CREATE INDEX {BY_NAME} ON beneficiaries ({in_postgresql('last_name')}, {in_postgresql('first_name')}, id)"
)
event.listen(Beneficiary.__table__, "after_create", DDL(BY_NAME_INDEX).execute_if(dialect="postgresql"))


class Membership(Base):
    """A beneficiary in an organisation; archived with a reason."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("beneficiary_id", "organisation_id"),
        # The list of people looks here first, and counts here: `invitations.people`.
        Index("ix_memberships_organisation_archived", "organisation_id", "archived_at", "beneficiary_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("beneficiaries.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    archived_at: Mapped[datetime | None]
    archive_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]

    beneficiary: Mapped[Beneficiary] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=UNNESTED)


class Referent(Base):
    """An agent who accompanies a person."""

    __tablename__ = "referents"

    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("beneficiaries.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True, index=True)
    created_at: Mapped[datetime]


class Tag(Base):
    """A word of the organisation's own, put on people."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("organisation_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    label: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]


class Tagging(Base):
    __tablename__ = "taggings"

    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("beneficiaries.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True, index=True)
    created_at: Mapped[datetime]
