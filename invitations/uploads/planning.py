"""A file → a preview: what would become of each row. Only the cells of known columns are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.errors import NotFound
from invitations.models import CategorySettings, ImportBatch, ImportRow, Organisation
from invitations.uploads.columns import is_contact_file, recognise
from invitations.uploads.deciding import Decision, Purpose, decide
from invitations.uploads.reading import read

LONGEST_FILENAME = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that was read, and what would become of each row; nothing of it is kept yet."""

    batch: ImportBatch
    decisions: list[Decision]


def plan(
    session: Session,
    *,
    content: bytes,
    filename: str,
    organisation_id: int,
    category_id: int,
    agent_id: int | None,
    now: datetime,
) -> ImportBatch:
    """`look`, then `keep`, in one session."""
    seen = look(
        session,
        content=content,
        filename=filename,
        organisation_id=organisation_id,
        category_id=category_id,
        agent_id=agent_id,
        now=now,
    )
    return keep(session, seen, now=now)


def look(
    session: Session,
    *,
    content: bytes,
    filename: str,
    organisation_id: int,
    category_id: int,
    agent_id: int | None,
    now: datetime,
) -> Seen:
    """Read a file and decide what would become of each row. Only reads, and may take seconds: no writing session.

    Raises UploadRefused when it is no list of people, NotFound when the organisation does not handle the category.
    """
    table = recognise(read(content, filename))
    batch = ImportBatch(
        organisation_id=organisation_id,
        category_id=category_id,
        agent_id=agent_id,
        filename=PurePath(filename.replace("\\", "/")).name[-LONGEST_FILENAME:],
        columns={header: field.value for header, field in table.columns.items()},
        ignored_columns=table.ignored,
        created_at=now,
    )
    return Seen(batch, decide(session, purpose_of(session, batch, now=now), table.rows))


def keep(session: Session, seen: Seen, *, now: datetime) -> ImportBatch:
    """Keep the preview; no person is touched."""
    batch = seen.batch
    session.add(batch)
    session.flush()
    session.execute(insert(ImportRow), [_kept(batch.id, decision) for decision in seen.decisions])
    journal.note(
        session,
        "import.previewed",
        now=now,
        organisation_id=batch.organisation_id,
        agent_id=batch.agent_id,
        batch=batch.id,
        rows=len(seen.decisions),
    )
    return batch


def purpose_of(session: Session, batch: ImportBatch, *, now: datetime) -> Purpose:
    """Where this batch brings people. Raises NotFound when its organisation does not handle its category."""
    organisation = session.scalar(
        select(Organisation)
        .join(CategorySettings, CategorySettings.organisation_id == Organisation.id)
        .where(Organisation.id == batch.organisation_id, CategorySettings.category_id == batch.category_id)
    )
    if organisation is None:
        raise NotFound
    return Purpose(
        department_id=organisation.department_id,
        organisation_id=organisation.id,
        category_id=batch.category_id,
        of_contact_file=is_contact_file(batch.columns.values()),
        today=now.astimezone(organisation.department.zone).date(),
    )


def _kept(batch_id: int, decision: Decision) -> dict[str, object]:
    return {
        "batch_id": batch_id,
        "position": decision.position,
        "cells": {field.value: text for field, text in decision.cells.items()},
        **outcome(decision),
    }


def outcome(decision: Decision) -> dict[str, object]:
    """What a row keeps of its decision."""
    return {
        "verdict": decision.verdict,
        "reasons": decision.reasons,
        "changes": decision.changes,
        "beneficiary_id": decision.known.id if decision.known else None,
    }
