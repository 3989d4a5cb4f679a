"""Which column holds what. Columns we don't know are dropped here, before anything of theirs is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from invitations.errors import UploadRefused
from invitations.nir_keeping import Keeping
from invitations.uploads.headers import LONGEST_HEADER, MANY, Field, field_of, header_key
from invitations.uploads.nir import without_nir
from invitations.uploads.reading import Sheet, Why

LONGEST_CELL = 400  # characters; the longest column that a cell may fill holds 200
# A title, a date of extraction, an empty line may stand above the header.
HEADER_IS_WITHIN = 30  # filled rows

# What makes a spreadsheet run a cell (OWASP, CSV injection).
FORMULA_SIGNS = frozenset("=+-@\t\r")

# An organisation's own sayings: header as compared → what the column holds, None for nothing of ours.
Sayings = Mapping[str, Field | None]

_ENOUGH = ({Field.LAST_NAME, Field.FIRST_NAME}, {Field.HOLDER_LAST_NAME, Field.AFFILIATION_NUMBER})


@dataclass(frozen=True, slots=True)
class Table:
    """What is kept of a file: `columns` header → field, the names of the columns left aside, and the rows' cells."""

    columns: dict[str, Field]
    ignored: list[str]
    rows: list[tuple[int, dict[Field, str]]]

    @property
    def count(self) -> int:
        return len(self.rows)


def is_contact_file(fields: Iterable[Field | str]) -> bool:
    """True when these fields are the CNAF contact file's (import.md)."""
    return Field.HOLDER_LAST_NAME in set(fields)


def recognise(sheets: Sequence[Sheet], sayings: Sayings | None = None, *, keeping: Keeping | None = None) -> Table:
    """The first sheet with a header we know, its known columns alone; what the organisation says of them comes first.

    `keeping`: where social security numbers are kept; None: their column is not one of ours.
    Raises UploadRefused, with the `headers` that may be told apart by hand when none was recognised.
    """
    for sheet in sheets:
        for place, (_, texts) in enumerate(sheet.rows[:HEADER_IS_WITHIN]):
            fields = [_kept_field(said_of(text, sayings or {}), keeping) for text in texts]
            if any(needed <= set(fields) for needed in _ENOUGH):
                return _table(texts, _one_each(fields), sheet.rows[place + 1 :], keeping)
    if not any(sheet.rows for sheet in sheets):
        raise UploadRefused(why=Why.NO_ROWS)
    raise UploadRefused(why=Why.NO_HEADER, headers=_likely_headers(sheets))


def said_of(header: str, sayings: Sayings) -> Field | None:
    """What a column with this header holds, as the organisation says, else as far as we know."""
    key = header_key(header)
    return sayings[key] if key in sayings else field_of(header)


def _kept_field(field: Field | None, keeping: Keeping | None) -> Field | None:
    return None if field is Field.NIR and keeping is None else field


def _likely_headers(sheets: Sequence[Sheet]) -> list[str]:
    """The first row of several texts that all look like names of columns: nobody's data are shown as headers."""
    for sheet in sheets:
        for _, texts in sheet.rows[:HEADER_IS_WITHIN]:
            named = [_shown(text) for text in texts if header_key(text)]
            if len(named) > 1 and not any(_is_value(name) for name in named):
                return list(dict.fromkeys(named))
    return []


def _is_value(text: str) -> bool:
    return "@" in text or sum(one.isdigit() for one in text) >= 4


def _table(
    headers: list[str], fields: list[Field | None], found: list[tuple[int, list[str]]], keeping: Keeping | None
) -> Table:
    rows = [(number, cells) for number, texts in found if (cells := _kept(texts, fields, keeping))]
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


def _kept(texts: list[str], fields: list[Field | None], keeping: Keeping | None) -> dict[Field, str]:
    """The cells of known columns, cleaned; a social security number that strayed into one is hidden for good."""
    cells: dict[Field, str] = {}
    for field, found in zip(fields, texts, strict=False):
        if field is None:
            continue
        text = re.sub(r"[\r\n]+", " ; ", found) if field in MANY else found
        cleaned = nir_cell(text, keeping) if field is Field.NIR else clean(field, text)
        if cleaned:
            cells[field] = f"{cells[field]} ; {cleaned}" if field in cells else cleaned
    return cells


def nir_cell(text: str, keeping: Keeping | None) -> str:
    """What may be kept of a cell that should hold a number: sealed, or why it is none; never a digit more."""
    written = unquoted(text).strip()
    return keeping.cell(written) if written and keeping is not None else ""


def cleaned_cells(cells: Mapping[Field, str]) -> dict[Field, str]:
    """Cells that are already told apart, cleaned, the blank ones left out."""
    return {field: cleaned for field, text in cells.items() if (cleaned := clean(field, text))}


def clean(field: Field, text: str) -> str:
    """One cell's text on one line, without a social security number, nor the apostrophe that keeps a formula text."""
    return without_nir(_cleaned(unquoted(text)), padded=field is Field.AFFILIATION_NUMBER)


def unquoted(text: str) -> str:
    """What `exports` wrote: `'=1+1` is the text =1+1, as in a spreadsheet."""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_SIGNS else text


def _cleaned(text: str) -> str:
    printable = "".join(one if one.isprintable() else " " for one in text[: 4 * LONGEST_CELL])
    return " ".join(printable.split())[:LONGEST_CELL]


def _shown(header: str) -> str:
    return " ".join(header.split())[:LONGEST_HEADER]
