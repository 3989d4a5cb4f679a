"""What data·inclusion publishes of a département: structures and services that help people to come, and where it is read from.

https://github.com/gip-inclusion/data-inclusion-schema. None of them is a `Place`: nobody is received there by us.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base, by_value


class UsefulKind(StrEnum):
    """The two files of the schema. Services name what they help with; structures have addresses and an accessibility page."""

    STRUCTURE = "structure"
    SERVICE = "service"


class UsefulTheme(StrEnum):
    """What helps a person to come to an appointment; other subjects of the schema are not kept."""

    TRANSPORT = "transport"
    CHILDCARE = "childcare"
    DIGITAL = "digital"
    PAPERWORK = "paperwork"
    FRENCH = "french"


class UsefulPlace(Base):
    """One row of a published file. `themes`: names of UsefulTheme between spaces (" digital transport "), or nothing.

    `phone` is E.164, `opening_hours` OSM syntax that can be read, `accessibility` a page of Acceslibre, `updated_on` the
    day on which whoever publishes it changed it last. A service names its structure by `structure_reference`.
    """

    __tablename__ = "useful_places"
    __table_args__ = (
        UniqueConstraint("department_id", "kind", "source", "reference"),
        Index("ix_useful_places_department_latitude", "department_id", "latitude"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    kind: Mapped[UsefulKind] = mapped_column(by_value(UsefulKind))
    source: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str] = mapped_column(String(120))
    structure_reference: Mapped[str] = mapped_column(String(120), default="")
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(5), default="")
    city: Mapped[str] = mapped_column(String(80))
    commune_insee: Mapped[str] = mapped_column(String(5))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    phone: Mapped[str | None] = mapped_column(String(20))
    opening_hours: Mapped[str] = mapped_column(String(400), default="")
    accessibility: Mapped[str | None] = mapped_column(String(300))
    themes: Mapped[str] = mapped_column(String(80), default="")
    updated_on: Mapped[date | None]
    created_at: Mapped[datetime]


class UsefulFeed(Base):
    """An address where a département's file of one kind is read every week. `failure`: why the last reading gave nothing."""

    __tablename__ = "useful_feeds"
    __table_args__ = (
        UniqueConstraint("department_id", "kind"),
        Index("ix_useful_feeds_next_try_at", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    kind: Mapped[UsefulKind] = mapped_column(by_value(UsefulKind))
    address: Mapped[str] = mapped_column(String(2000))
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(200))
    fetched_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(40))
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    next_try_at: Mapped[datetime]
    created_at: Mapped[datetime]


class UsefulDraft(Base):
    """A file that an administrator uploaded and has not saved yet: what was read of it, packed, and what was left out.

    Its number is drawn: SQLite gives a free one again, and a page left open would save a file that nobody looked at.
    """

    __tablename__ = "useful_drafts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    kind: Mapped[UsefulKind] = mapped_column(by_value(UsefulKind))
    content: Mapped[bytes]
    left_out: Mapped[str] = mapped_column(Text)  # JSON: flaw → how many
    created_at: Mapped[datetime]
