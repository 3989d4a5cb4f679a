"""A text file line by line, however long: its encoding and its separator found out, its columns told apart."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from invitations.errors import UploadRefused
from invitations.moving_house.columns import Column, Trouble
from invitations.uploads.columns import HEADER_IS_WITHIN, unquoted
from invitations.uploads.headers import header_key
from invitations.uploads.reading import Why, separator_of

_PIECE = 1 << 18  # bytes
_LOOK = 1 << 16  # characters in which the separator shows


@dataclass(slots=True)
class Line:
    """A line of a file: its number there, its texts, and what of it could not be carried over."""

    number: int
    cells: dict[Column, str]
    troubles: list[Trouble] = field(default_factory=list)

    def __getitem__(self, column: Column) -> str:
        return self.cells.get(column, "")


def lines(path: Path, names: Mapping[str, Column], needed: Collection[Column]) -> Iterator[Line]:
    """The filled lines under the header. Raises OSError, and UploadRefused for what is no such file."""
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        separator = separator_of(file.read(_LOOK))
        file.seek(0)
        records = csv.reader(file, delimiter=separator)
        try:
            columns = _header(records, names, needed)
            for record in records:
                line = Line(records.line_num, cells_of(columns, record))
                if line.cells:
                    yield line
        except csv.Error as error:
            raise UploadRefused(why=Why.UNREADABLE) from error


def _header(
    records: Iterator[list[str]], names: Mapping[str, Column], needed: Collection[Column]
) -> list[Column | None]:
    """The columns, from the first filled lines: a title or nothing may stand above them. Raises UploadRefused."""
    filled = (record for record in records if any(text.strip() for text in record))
    for record in islice(filled, HEADER_IS_WITHIN):
        try:
            return columns_of(record, names, needed)
        except UploadRefused:
            continue
    raise UploadRefused(why=Why.NO_HEADER)


def parts(found: Iterator[Line], size: int) -> Iterator[list[Line]]:
    """Some lines at a time."""
    while part := list(islice(found, size)):
        yield part


def columns_of(headers: list[str], names: Mapping[str, Column], needed: Collection[Column]) -> list[Column | None]:
    known = {header_key(name): column for name, column in names.items()}
    columns = [known.get(header_key(header)) for header in headers]
    if not set(needed) <= set(columns):
        raise UploadRefused(why=Why.NO_HEADER)
    return columns


def cells_of(columns: list[Column | None], record: list[str]) -> dict[Column, str]:
    cells: dict[Column, str] = {}
    for column, text in zip(columns, record, strict=False):
        kept = unquoted(text.strip().replace("\0", ""))
        if column is not None and kept:
            cells.setdefault(column, kept)
    return cells


def _encoding_of(path: Path) -> str:
    """UTF-8 when all of it is, else Windows-1252; read piece by piece. Raises UploadRefused for an empty file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        piece = file.read(_PIECE)
        if not piece:
            raise UploadRefused(why=Why.NO_FILE)
        if b"\0" in piece or piece.startswith((b"PK", b"%PDF")):
            raise UploadRefused(why=Why.NOT_WHAT_IT_SAYS)
        try:
            while piece:
                decoder.decode(piece)
                piece = file.read(_PIECE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"
