"""A file → a preview: what would become of each row. Only the cells of known columns are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.errors import NotFound
from invitations.models import CategorySettings, ImportBatch, ImportRow, ImportState, Organisation, Verdict
from invitations.nir_keeping import Keeping, is_kept_by, keeping_of
from invitations.sealing import Seals
from invitations.uploads.choices import choice_of
from invitations.uploads.clusters import Clusters, clustered
from invitations.uploads.columns import Table, is_contact_file, recognise
from invitations.uploads.deciding import Decision, Purpose, Row, decide
from invitations.uploads.flow import COLUMNS, NIR_COLUMN, Flow, is_flow, read_flow
from invitations.uploads.headers import Field
from invitations.uploads.mappings import sayings_of
from invitations.uploads.reading import Kind, kind_named, read

LONGEST_FILENAME = 200
# A list that is judged and saved at once, while the agent waits: about a second each. Longer ones, by the scheduler.
LONG = 1_000
# Rows in one transaction: others want to write too.
PART = 250

Cells = Mapping[Field, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that was read; nothing of it is kept yet. A short one has its `decisions`, a long one only its rows."""

    batch: ImportBatch
    decisions: list[Decision]
    long: Table | Flow | None
    purpose: Purpose
    keeping: Keeping | None = None

    @property
    def is_long(self) -> bool:
        return self.long is not None

    def parts(self) -> Iterator[list[dict[str, Any]]]:
        """The rows of a long list as they are kept before they are judged, PART or so at a time."""
        clusters = Clusters(self.purpose.today, self.purpose.of_contact_file)
        if isinstance(self.long, Flow):
            for some in self.long.rows(self.keeping):
                yield [_unjudged(position, cells, clusters.join(position, cells)) for position, cells in some]
        elif self.long is not None:
            rows = clustered(self.long.rows, clusters)
            for start in range(0, len(rows), PART):
                yield [_unjudged(*row) for row in rows[start : start + PART]]


def plan(
    session: Session,
    *,
    content: bytes,
    filename: str,
    organisation_id: int,
    category_id: int,
    agent_id: int | None,
    seals: Seals | None = None,
    now: datetime,
) -> ImportBatch:
    """`look`, then `keep`, in one session; of a list that is not long."""
    seen = look(
        session,
        content=content,
        filename=filename,
        organisation_id=organisation_id,
        category_id=category_id,
        agent_id=agent_id,
        seals=seals,
        now=now,
    )
    return keep(session, seen, now=now)


def look(
    session: Session,
    *,
    content: bytes | Flow,
    filename: str,
    organisation_id: int,
    category_id: int,
    agent_id: int | None,
    seals: Seals | None = None,
    now: datetime,
) -> Seen:
    """Read a file and decide what would become of each row. Only reads, and may take seconds: no writing session.

    `content`: a flow may have been read while it arrived. Without `seals` no social security number is kept. Raises UploadRefused when it is no list of people, NotFound when
    the organisation does not handle the category.
    """
    here = session.get(Organisation, organisation_id)
    keeping = keeping_of(here, seals) if here is not None else None
    found = told_apart(session, content, filename, organisation_id, keeping)
    columns = COLUMNS | (NIR_COLUMN if keeping else {}) if isinstance(found, Flow) else found.columns
    batch = ImportBatch(
        organisation_id=organisation_id,
        category_id=category_id,
        agent_id=agent_id,
        filename=PurePath(filename.replace("\\", "/")).name[-LONGEST_FILENAME:],
        columns={header: field.value for header, field in columns.items()},
        ignored_columns=[] if isinstance(found, Flow) else found.ignored,
        left_aside=found.left_aside if isinstance(found, Flow) else 0,
        total=found.count,
        created_at=now,
    )
    purpose = purpose_of(session, batch, now=now)
    if found.count > LONG:
        return Seen(batch, [], found, purpose, keeping)
    rows = [row for some in found.rows(keeping) for row in some] if isinstance(found, Flow) else found.rows
    return Seen(batch, decide(session, purpose, [Row(*row) for row in rows]), None, purpose)


def told_apart(
    session: Session, content: bytes | Flow, filename: str, organisation_id: int, keeping: Keeping | None
) -> Table | Flow:
    """The known columns of a file. Raises UploadRefused."""
    if isinstance(content, Flow):
        return content
    if kind_named(filename) is Kind.XML and content:
        return read_flow(content)
    return recognise(read(content, filename), sayings_of(session, organisation_id), keeping=keeping)


def keep(session: Session, seen: Seen, *, now: datetime) -> ImportBatch:
    """Keep the preview of a list that is not long; no person is touched."""
    batch = seen.batch
    session.add(batch)
    session.flush()
    session.execute(insert(ImportRow), [_kept(batch.id, decision) for decision in seen.decisions])
    note_preview(session, batch, now=now)
    return batch


def note_preview(session: Session, batch: ImportBatch, *, now: datetime) -> None:
    journal.note(
        session,
        "import.previewed",
        now=now,
        organisation_id=batch.organisation_id,
        agent_id=batch.agent_id,
        batch=batch.id,
        rows=batch.total,
    )


def purpose_of(session: Session, batch: ImportBatch, *, now: datetime) -> Purpose:
    """Where this batch brings people. Raises NotFound when its organisation does not handle its category."""
    organisation = session.scalar(
        select(Organisation)
        .join(CategorySettings, CategorySettings.organisation_id == Organisation.id)
        .where(
            Organisation.id == batch.organisation_id,
            CategorySettings.category_id == batch.category_id,
            CategorySettings.closed_at.is_(None),
        )
    )
    if organisation is None:
        raise NotFound
    return Purpose(
        department_id=organisation.department_id,
        organisation_id=organisation.id,
        category_id=batch.category_id,
        of_contact_file=is_contact_file(batch.columns.values()),
        of_flow=is_flow(batch.columns),
        today=now.astimezone(organisation.department.zone).date(),
        keeps_nir=is_kept_by(organisation),
    )


def rows_of(session: Session, batch_id: int, clusters: Collection[int] | None = None) -> tuple[list[int], list[Row]]:
    """The rows kept of a batch, all or those of some clusters, by position; and their ids beside."""
    query = (
        select(ImportRow.id, ImportRow.position, ImportRow.cells, ImportRow.choice)
        .where(ImportRow.batch_id == batch_id)
        .order_by(ImportRow.position, ImportRow.id)
    )
    if clusters is not None:
        query = query.where(ImportRow.cluster.in_(clusters))
    return read_rows(session.execute(query))


def read_rows(found: Iterable[Any]) -> tuple[list[int], list[Row]]:
    """Rows of the table as the deciding takes them, and their ids."""
    ids: list[int] = []
    rows: list[Row] = []
    for one in found:
        ids.append(one.id)
        cells = {Field(name): text for name, text in one.cells.items()}
        rows.append(Row(one.position, cells, choice_of(one.choice)))
    return ids, rows


def _unjudged(position: int, cells: Cells, cluster: int) -> dict[str, Any]:
    return {
        "position": position,
        "cells": {field.value: text for field, text in cells.items()},
        "cluster": cluster,
        "verdict": Verdict.UNCHANGED,
        "reasons": {},
        "changes": {},
    }


def _kept(batch_id: int, decision: Decision) -> dict[str, object]:
    return {
        "batch_id": batch_id,
        "position": decision.position,
        "cells": {field.value: text for field, text in decision.cells.items()},
        "cluster": decision.position,
        **outcome(decision),
    }


def outcome(decision: Decision) -> dict[str, Any]:
    """What a row keeps of its decision."""
    return {
        "verdict": decision.verdict,
        "reasons": decision.reasons,
        "changes": decision.changes,
        "beneficiary_id": decision.known.id if decision.known else None,
    }


def is_long(batch: ImportBatch) -> bool:
    """True when the scheduler judges and saves it."""
    return batch.total > LONG


def is_at_work(batch: ImportBatch) -> bool:
    """True while something goes on with it."""
    return batch.state in {ImportState.READING, ImportState.JUDGING, ImportState.SAVING}
