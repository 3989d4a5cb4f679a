"""Which column holds what. Columns we don't know are dropped here, before anything of theirs is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from invitations.errors import UploadRefused
from invitations.uploads.headers import MANY, Field, field_of
from invitations.uploads.nir import without_nir
from invitations.uploads.reading import Sheet, Why

LONGEST_CELL = 400  # characters; the longest column that a cell may fill holds 200
LONGEST_HEADER = 80
# A title, a date of extraction, an empty line may stand above the header.
HEADER_IS_WITHIN = 30  # filled rows

_ENOUGH = ({Field.LAST_NAME, Field.FIRST_NAME}, {Field.HOLDER_LAST_NAME, Field.AFFILIATION_NUMBER})


@dataclass(frozen=True, slots=True)
class Table:
    """What is kept of a file: `columns` header → field, the names of the columns left aside, and the rows' cells."""

    columns: dict[str, Field]
    ignored: list[str]
    rows: list[tuple[int, dict[Field, str]]]


def is_contact_file(fields: Iterable[Field | str]) -> bool:
    """True when these fields are the CNAF contact file's (import.md)."""
    return Field.HOLDER_LAST_NAME in set(fields)


def recognise(sheets: Sequence[Sheet]) -> Table:
    """The first sheet with a header we know, its known columns alone. Raises UploadRefused."""
    for sheet in sheets:
        for place, (_, texts) in enumerate(sheet.rows[:HEADER_IS_WITHIN]):
            fields = [field_of(text) for text in texts]
            if any(needed <= set(fields) for needed in _ENOUGH):
                return _table(texts, _one_each(fields), sheet.rows[place + 1 :])
    raise UploadRefused(why=Why.NO_HEADER if any(sheet.rows for sheet in sheets) else Why.NO_ROWS)


def _table(headers: list[str], fields: list[Field | None], found: list[tuple[int, list[str]]]) -> Table:
    rows = [(number, cells) for number, texts in found if (cells := _kept(texts, fields))]
    if not rows:
        raise UploadRefused(why=Why.NO_ROWS)
    named = [(_shown(header), field) for header, field in zip(headers, fields, strict=True) if header]
    columns: dict[str, Field] = {}
    for header, field in named:
        if field is not None:
            columns[header if header not in columns else f"{header} ({len(columns) + 1})"] = field
    return Table(columns, [header for header, field in named if field is None], rows)


def _one_each(fields: list[Field | None]) -> list[Field | None]:
    seen: set[Field] = set()
    kept: list[Field | None] = []
    for field in fields:
        kept.append(None if field in seen and field not in MANY else field)
        if field is not None:
            seen.add(field)
    return kept


def _kept(texts: list[str], fields: list[Field | None]) -> dict[Field, str]:
    """The cells of known columns, cleaned; a social security number that strayed into one is hidden for good."""
    cells: dict[Field, str] = {}
    for field, found in zip(fields, texts, strict=False):
        if field is None:
            continue
        text = re.sub(r"[\r\n]+", " ; ", found) if field in MANY else found
        cleaned = without_nir(_cleaned(text), padded=field is Field.AFFILIATION_NUMBER)
        if cleaned:
            cells[field] = f"{cells[field]} ; {cleaned}" if field in cells else cleaned
    return cells


def _cleaned(text: str) -> str:
    printable = "".join(one if one.isprintable() else " " for one in text[: 4 * LONGEST_CELL])
    return " ".join(printable.split())[:LONGEST_CELL]


def _shown(header: str) -> str:
    return " ".join(header.split())[:LONGEST_HEADER]
