"""A file handed in by page → its lines: texts and spreadsheets, read as an import reads them, in memory.

What is not carried over is dropped here, before anything is kept; so is a social security number that strayed into a cell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from invitations.errors import UploadRefused
from invitations.moving_house.columns import IDENTITY, NOT_CARRIED, Column
from invitations.moving_house.lines import Line, cells_of, columns_of
from invitations.uploads.columns import HEADER_IS_WITHIN, clean
from invitations.uploads.nir import without_nir
from invitations.uploads.reading import Sheet, Why, read

LONGEST_CELL = 2_000  # characters; our own column is longer
LONGEST_DETAILS = 200_000
_LONGEST_HEADER = 80


@dataclass(frozen=True, slots=True)
class Handed:
    """A file's lines, and the names of its columns that are not carried over."""

    lines: list[Line]
    dropped: list[str]


def read_lines(content: bytes, filename: str, names: Mapping[str, Column], needed: Collection[Column]) -> Handed:
    """Of the first sheet that has such a header. Raises UploadRefused."""
    sheets = read(content, filename)
    for sheet in sheets:
        for place, (_, texts) in enumerate(sheet.rows[:HEADER_IS_WITHIN]):
            try:
                columns = columns_of(texts, names, needed)
            except UploadRefused:
                continue
            return _handed(sheet, place, columns)
    raise UploadRefused(why=Why.NO_HEADER if any(one.rows for one in sheets) else Why.NO_ROWS)


def _handed(sheet: Sheet, place: int, columns: Sequence[Column | None]) -> Handed:
    headers = sheet.rows[place][1]
    kept = [None if one in NOT_CARRIED else one for one in columns]
    lines = [
        Line(number, cells)
        for number, texts in sheet.rows[place + 1 :]
        if (cells := {column: said for column, text in cells_of(kept, texts).items() if (said := _clean(column, text))})
    ]
    if not lines:
        raise UploadRefused(why=Why.NO_ROWS)
    dropped = [
        " ".join(header.split())[:_LONGEST_HEADER]
        for header, column in zip(headers, kept, strict=True)
        if column is None and header.strip()
    ]
    return Handed(lines, list(dict.fromkeys(dropped)))


def _clean(column: Column, text: str) -> str:
    if column is Column.DETAILS:
        return without_nir(text[:LONGEST_DETAILS])
    if column in IDENTITY:
        return clean(IDENTITY[column], text)
    return without_nir(text[:LONGEST_CELL])
