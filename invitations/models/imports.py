"""One uploaded file and its rows. Only recognised columns are kept: the rest is dropped before it touches disk."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.beneficiaries import Beneficiary


class ImportState(StrEnum):
    PREVIEW = "preview"
    SAVED = "saved"


class Verdict(StrEnum):
    """What saving will do, or did, with a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"


class ImportBatch(Base):
    __tablename__ = "import_batches"
    __table_args__ = (Index("ix_import_batches_organisation", "organisation_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))  # null: from the command line
    filename: Mapped[str] = mapped_column(String(200))
    columns: Mapped[dict[str, Any]]  # header as found → field it was recognised as
    ignored_columns: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[ImportState] = mapped_column(by_value(ImportState), default=ImportState.PREVIEW)
    saved_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    rows: Mapped[list[ImportRow]] = relationship(back_populates="batch", order_by="ImportRow.position")


class ImportRow(Base):
    """`cells`: field → text as found; `reasons`: field → why it is refused or doubted; `changes`: field → [old, new]."""

    __tablename__ = "import_rows"
    __table_args__ = (Index("ix_import_rows_batch", "batch_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    position: Mapped[int]  # the row's number in the file, as a person counts (header = 1)
    cells: Mapped[dict[str, Any]]
    verdict: Mapped[Verdict] = mapped_column(by_value(Verdict))
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("beneficiaries.id"))

    batch: Mapped[ImportBatch] = relationship(back_populates="rows")
    beneficiary: Mapped[Beneficiary | None] = relationship()
