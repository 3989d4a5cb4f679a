"""Whether a département keeps social security numbers: off until an administrator of its own says so; off again, all go.

Numbers of a département that keeps none are erased in slices by the scheduler, whatever stops in between, and whoever was
writing one at that moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, cast, exists, func, or_, select, update
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.department_settings import Speaker
from invitations.errors import NirBeingErased
from invitations.models import Beneficiary, Department, ImportBatch, ImportRow, ImportState, Organisation
from invitations.uploads.headers import Field

SLICE = 500
# As a list's columns and a row's cells stand in the database: a quote inside a text would be escaped.
COLUMN_IN_JSON, KEY_IN_JSON = f': "{Field.NIR}"', f'"{Field.NIR}":'
# Rows of a saved import hold no number any more (`uploads.saving`).
WITH_NUMBERS = (ImportState.READING, ImportState.JUDGING, ImportState.PREVIEW, ImportState.SAVING)


def keep(session: Session, *, by: Speaker, now: datetime) -> None:
    """From now on. Repeated, changes nothing. Raises NirBeingErased while those of before are not gone."""
    department = _held(session, by)
    if department.nir_kept_since is not None:
        return
    if count(session, department.id) or session.scalars(_waiting([department.id])).first():
        raise NirBeingErased
    department.nir_kept_since = now
    _note(session, "department.nir_kept", by, now)


def stop(session: Session, *, by: Speaker, now: datetime) -> int:
    """No more, and none of those there are: how many the scheduler has to erase. Repeated, changes nothing."""
    department = _held(session, by)
    left = count(session, department.id)
    if department.nir_kept_since is not None:
        department.nir_kept_since = None
        _note(session, "department.nir_dropped", by, now, people=left)
    return left


def count(session: Session, department_id: int) -> int:
    """How many people of the département have a number here."""
    query = select(func.count()).where(Beneficiary.department_id == department_id, Beneficiary.nir_hash.is_not(None))
    return session.scalar(query) or 0


def is_owed(session: Session) -> bool:
    """True when a département that keeps none any more still holds some. Only reads: nearly always, there is nothing to do."""
    off = _off(session)
    return bool(session.scalars(_held_by(off).limit(1)).first() or session.scalars(_waiting(off)).first())


def erase_some(session: Session, *, most: int = SLICE) -> int:
    """A slice of what départements hold that keep none any more. 0: nothing is left."""
    off = _off(session)
    ids = list(session.scalars(_held_by(off).limit(most)))
    if ids:
        session.execute(update(Beneficiary).where(Beneficiary.id.in_(ids)).values(nir_sealed=None, nir_hash=None))
        return len(ids)
    return sum(_erase_cells(session, batch, most) for batch in session.scalars(_waiting(off)))


def _off(session: Session) -> list[int]:
    query = select(Department.id).where(Department.nir_kept_since.is_(None))
    return list(session.scalars(query.order_by(Department.id)))


def _held_by(departments: list[int]) -> Select[int]:
    """In the order of the index: in that of ids, everybody is looked at each time where only a neighbour keeps them."""
    held = select(Beneficiary.id).where(Beneficiary.department_id.in_(departments), Beneficiary.nir_hash.is_not(None))
    return held.order_by(Beneficiary.department_id, Beneficiary.nir_hash, Beneficiary.id)


def _waiting(departments: list[int]) -> Any:
    """Imports of theirs that are not saved, and brought numbers; one that is still being read, while some are there."""
    numbered = exists().where(ImportRow.batch_id == ImportBatch.id, cast(ImportRow.cells, Text).contains(KEY_IN_JSON))
    return (
        select(ImportBatch)
        .join(Organisation, Organisation.id == ImportBatch.organisation_id)
        .where(
            Organisation.department_id.in_(departments),
            ImportBatch.state.in_(WITH_NUMBERS),
            cast(ImportBatch.columns, Text).contains(COLUMN_IN_JSON),
            or_(ImportBatch.state != ImportState.READING, numbered),
        )
        .order_by(ImportBatch.id)
        .limit(1)
    )


def _erase_cells(session: Session, batch: ImportBatch, most: int) -> int:
    """The cells of one such import, some rows at a time; then it has no such column any more."""
    rows = session.scalars(
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, cast(ImportRow.cells, Text).contains(KEY_IN_JSON))
        .order_by(ImportRow.id)
        .limit(most)
    ).all()
    for row in rows:
        row.cells = {name: text for name, text in row.cells.items() if name != Field.NIR}
        row.changes = {name: pair for name, pair in row.changes.items() if name != Field.NIR}
    if len(rows) < most and batch.state is not ImportState.READING:
        gone = [header for header, field in batch.columns.items() if field == Field.NIR]
        batch.columns = {header: field for header, field in batch.columns.items() if field != Field.NIR}
        batch.ignored_columns = [*batch.ignored_columns, *gone]
    return max(1, len(rows))


def _held(session: Session, by: Speaker) -> Department:
    """Two administrators at once say one thing after the other; an import writes before, or after."""
    hold_rows(session, select(Department.id).where(Department.id == by.department.id))
    session.refresh(by.department)
    return by.department


def _note(session: Session, action: str, by: Speaker, now: datetime, **details: Any) -> None:
    journal.note(
        session, action, now=now, organisation_id=by.organisation.id, agent_id=by.agent_id,
        department_id=by.department.id, **details,
    )  # fmt: skip
