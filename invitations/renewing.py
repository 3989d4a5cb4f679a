"""After a change of key: what lies sealed or hashed under a previous one is sealed and hashed under the key in force.

Slice by slice, each in a transaction of its own; killed and begun anew, it finds what is left. All the while everything
opens, and matching asks for the hashes of every key. What can't be made anew, because only people have it (recovery codes on
paper), goes on needing the previous key: docs/operations.md says what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, Text, cast, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from invitations import external_calendars, kept_forms, letters_codes, nir_keeping, sealed_links, second_factor
from invitations.codes import Codes
from invitations.database import Database
from invitations.job_centre import wanting
from invitations.machines import answered
from invitations.models import (
    ApiBatch,
    ApiBatchRow,
    ApiRowState,
    Beneficiary,
    CodeGenerator,
    ExternalCalendar,
    IdempotencyKey,
    ImportBatch,
    ImportRow,
    JobCentreNotice,
    KeptForm,
    Letter,
    Organisation,
    Trial,
    WebhookEndpoint,
)
from invitations.nir_keeping import Keeping, cell_of, of_cell
from invitations.nir_switch import COLUMN_IN_JSON, KEY_IN_JSON, WITH_NUMBERS
from invitations.sealed_links import SLICE, Tally
from invitations.sealing import SealBroken, Seals
from invitations.trials import opening
from invitations.uploads.headers import Field
from invitations.webhooks import endpoints


@dataclass(frozen=True, slots=True)
class Keys:
    """The key in force and those before it, as what is sealed and what is derived know them."""

    seals: Seals
    codes: Codes


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing, by the id of its rows. `anew`: the columns to write, {} when the row is as it should be.

    `anew` raises SealBroken. `where`: the rows that hold one; joins stand there too.
    """

    name: str
    id: InstrumentedAttribute[int]
    columns: Sequence[Any]
    anew: Callable[[Row[Any], Keys], dict[str, Any]]
    where: Sequence[Any] = ()

    def after(self, last: int) -> Select[Any]:
        query = select(self.id.label("id"), *self.columns).where(self.id > last, *self.where)
        return query.order_by(self.id).limit(SLICE)

    def is_stale(self, session: Session, keys: Keys) -> bool:
        return any(one != {} for one in _all_anew(session, self, keys))


@dataclass(frozen=True, slots=True)
class Links:
    """What is kept of links' codes: found by what it is, which changes; so not by the id of its rows."""

    name: str
    column: InstrumentedAttribute[Any]

    def is_stale(self, session: Session, keys: Keys) -> bool:
        return any(one != keys.codes.prefixes[0] for one in sealed_links.beginnings(session, self.column))


def renew(database: Database, kind: Kind | Links, keys: Keys, *, most: int = SLICE) -> Tally:
    """All of a kind, for good, `most` rows at a time."""
    if isinstance(kind, Links):
        return sealed_links.renew(database, kind.column, keys.codes, most=most)
    tally = Tally()
    last: int | None = 0
    while last is not None:
        with database.writing() as session:
            last = _renew_some(session, kind, keys, last, most, tally)
    return tally


def stale(session: Session, keys: Keys) -> list[str]:
    """The kinds of which something is not under the key in force, by name. Stops at the first of each."""
    return [kind.name for kind in KINDS if kind.is_stale(session, keys)]


def _renew_some(session: Session, kind: Kind, keys: Keys, last: int, most: int, tally: Tally) -> int | None:
    """A slice; the id it ends with, None when it was the last."""
    rows = session.execute(kind.after(last).limit(most).with_for_update(key_share=True, of=kind.id.class_)).all()
    for row in rows:
        values = _anew(kind, row, keys)
        tally.seen += 1
        tally.lost += values is None
        if values:
            tally.renewed += 1
            session.execute(update(kind.id.class_).where(kind.id == row.id).values(values))
    return rows[-1].id if len(rows) == most else None


def _all_anew(session: Session, kind: Kind, keys: Keys) -> Iterator[dict[str, Any] | None]:
    last, rows = 0, session.execute(kind.after(0)).all()
    while rows:
        yield from (_anew(kind, row, keys) for row in rows)
        last = rows[-1].id
        rows = session.execute(kind.after(last)).all()


def _anew(kind: Kind, row: Row[Any], keys: Keys) -> dict[str, Any] | None:
    try:
        return kind.anew(row, keys)
    except SealBroken:
        return None


def _sealed(name: str, key: InstrumentedAttribute[int], column: InstrumentedAttribute[Any], purpose: str) -> Kind:
    def anew(row: Row[Any], keys: Keys) -> dict[str, Any]:
        former = getattr(row, column.key)
        renewed = keys.seals.renewed(former, purpose=purpose)
        return {column.key: renewed} if renewed != former else {}

    return Kind(name, key, (column,), anew, (column.is_not(None),))


def _nir(row: Row[Any], keys: Keys) -> dict[str, Any]:
    keeping = Keeping(row.department_id, keys.seals)
    digits = keeping.digits(row.nir_sealed)
    if keeping.is_current(row.nir_sealed) and row.nir_hash == keeping.hashes(digits)[0]:
        return {}
    return nir_keeping.columns_of(keeping.take(digits))


def _import_row(row: Row[Any], keys: Keys) -> dict[str, Any]:
    cells = _cells(row.cells, row.department_id, keys)
    return {"cells": cells} if cells else {}


def _batch_row(row: Row[Any], keys: Keys) -> dict[str, Any]:
    cells = _cells(row.asked.get("cells", {}), row.department_id, keys)
    return {"asked": {**row.asked, "cells": cells}} if cells else {}


def _cells(cells: dict[str, str], department_id: int, keys: Keys) -> dict[str, str]:
    """With their number sealed anew; {} when it is as it should be, or was none."""
    cell, keeping = cells.get(Field.NIR, ""), Keeping(department_id, keys.seals)
    if not nir_keeping.is_number(cell) or keeping.is_current(of_cell(cell).sealed):
        return {}
    return {**cells, Field.NIR.value: cell_of(keeping.take(keeping.digits(of_cell(cell).sealed)))}


def _letter(row: Row[Any], keys: Keys) -> dict[str, Any]:
    """The code on paper is derived from the key that was in force: it stays, and is hashed under the present one.

    Without that key nobody can say what the code is. It is found as long as the key that it was hashed under last is given.
    """
    code = letters_codes.printed(row, keys.codes)  # type: ignore[arg-type]  # the three columns that it reads
    hidden = keys.codes.hide(letters_codes.KIND, code) if code is not None else row.code_hash
    return {"code_hash": hidden} if hidden != row.code_hash else {}


KINDS: tuple[Kind | Links, ...] = (
    Kind(
        "social security numbers",
        Beneficiary.id,
        (Beneficiary.department_id, Beneficiary.nir_sealed, Beneficiary.nir_hash),
        _nir,
        (Beneficiary.nir_sealed.is_not(None),),
    ),
    Kind(
        "social security numbers in lists that wait",
        ImportRow.id,
        (ImportRow.cells, Organisation.department_id),
        _import_row,
        (
            ImportRow.batch_id == ImportBatch.id,
            ImportBatch.organisation_id == Organisation.id,
            ImportBatch.state.in_(WITH_NUMBERS),
            cast(ImportBatch.columns, Text).contains(COLUMN_IN_JSON),
            cast(ImportRow.cells, Text).contains(KEY_IN_JSON),
        ),
    ),
    Kind(
        "social security numbers handed in by machines",
        ApiBatchRow.id,
        (ApiBatchRow.asked, Organisation.department_id),
        _batch_row,
        (
            ApiBatchRow.batch_id == ApiBatch.id,
            ApiBatch.organisation_id == Organisation.id,
            ApiBatchRow.state == ApiRowState.WAITING,
        ),
    ),
    _sealed(
        "secrets of agents' telephones", CodeGenerator.agent_id, CodeGenerator.sealed_secret, second_factor.PURPOSE
    ),
    _sealed(
        "addresses of agents' calendars",
        ExternalCalendar.id,
        ExternalCalendar.sealed_address,
        external_calendars.PURPOSE,
    ),
    _sealed("secrets of webhooks", WebhookEndpoint.id, WebhookEndpoint.secret_sealed, endpoints.PURPOSE),
    _sealed("answers kept for machines", IdempotencyKey.id, IdempotencyKey.answer, answered.PURPOSE),
    _sealed("numbers at France Travail", JobCentreNotice.id, JobCentreNotice.number_sealed, wanting.PURPOSE),
    _sealed("forms that came too late", KeptForm.id, KeptForm.sealed, kept_forms.PURPOSE),
    _sealed("seeds of trials", Trial.id, Trial.seed_sealed, opening.PURPOSE),
    Kind("codes of letters", Letter.id, (Letter.code_hash, Letter.message_id, Letter.attempt), _letter),
    *(Links(name, column) for name, column in sealed_links.COLUMNS.items()),
)
