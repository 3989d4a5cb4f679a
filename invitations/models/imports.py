"""One uploaded file and its rows. Only recognised columns are kept: the rest is dropped before it touches disk."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.beneficiaries import Beneficiary


class ImportState(StrEnum):
    """Where an import is. A long list is read by the page, judged and saved by the scheduler, in parts."""

    READING = "reading"  # its rows are coming in; for long when the reading broke off
    JUDGING = "judging"
    PREVIEW = "preview"
    SAVING = "saving"
    SAVED = "saved"
    UNDONE = "undone"


class Verdict(StrEnum):
    """What saving will do, or did, with a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"
    LEFT_OUT = "left_out"  # an agent said so


class ImportBatch(Base):
    """`total` rows, `done` of them in the pass (judging, saving) that began at `started_at`, up to the cluster `reached`."""

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
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    reached: Mapped[int] = mapped_column(default=0)
    left_aside: Mapped[int] = mapped_column(default=0)  # people of a flow whom the list is not about
    started_at: Mapped[datetime | None]
    saved_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    rows: Mapped[list[ImportRow]] = relationship(back_populates="batch", order_by="ImportRow.position")


# Rows are found by their person when the person is forgotten; most rows of a bad file are nobody.
IS_SOMEBODY = text("beneficiary_id IS NOT NULL")


class ImportRow(Base):
    """`cells`: field → text as found; `reasons`: field → why it is refused or doubted; `changes`: field → [old, new].

    Rows that share an identifier have the same `cluster`, the position of the first: they are judged together.
    `choice`: what an agent decided (`deciding.Choice`). `before`: what saving overwrote, as undoing puts it back.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        Index("ix_import_rows_batch", "batch_id", "position"),
        Index("ix_import_rows_cluster", "batch_id", "cluster"),
        Index(
            "ix_import_rows_beneficiary_id", "beneficiary_id", postgresql_where=IS_SOMEBODY, sqlite_where=IS_SOMEBODY
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    position: Mapped[int]  # the row's number in the file, as a person counts (header = 1)
    cells: Mapped[dict[str, Any]]
    verdict: Mapped[Verdict] = mapped_column(by_value(Verdict))
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("beneficiaries.id"))
    cluster: Mapped[int] = mapped_column(default=0)
    choice: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]

    batch: Mapped[ImportBatch] = relationship(back_populates="rows")
    beneficiary: Mapped[Beneficiary | None] = relationship()


class ColumnMapping(Base):
    """What an organisation says its columns hold, whatever we would have thought. `field` null: leave it aside.

    `header_key`: the header as compared (`invitations.uploads.headers.header_key`).
    """

    __tablename__ = "column_mappings"
    __table_args__ = (UniqueConstraint("organisation_id", "header_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    header_key: Mapped[str] = mapped_column(String(80))
    header: Mapped[str] = mapped_column(String(80))  # as first met
    field: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
