"""A file of data·inclusion → its rows, one after the other: memory holds one row, however long the file.

CSV (comma, semicolon, tab; UTF-8, UTF-16 or Windows-1252) and JSON (a list, or the API's `{"items": […]}`).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from enum import StrEnum
from typing import IO, Any

import ijson

from invitations.errors import UploadRefused
from invitations.useful_places.schema import FIELDS, REQUIRED

LARGEST_FILE = 60 * 1024 * 1024  # bytes: the whole of France's services are some 50 MB
MOST_IN_FIELD = 131_072  # characters: the csv module's own limit
DEEPEST = 20  # levels of a JSON file: the schema has three
MOST_IN_LIST = 200  # themes of one row
_PIECE = 1 << 18
_PACKED = (b"PK", b"PAR1", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF", b"7z")
_SPACES = b" \t\r\n"

_OVER = -100  # the level of a list that has ended: nothing lies there

# A row by the schema's names; None for one that is broken.
Row = dict[str, Any] | None


class Why(StrEnum):
    """Why a file is refused as a whole."""

    NO_FILE = "no_file"
    TOO_LARGE = "too_large"
    UNKNOWN_KIND = "unknown_kind"
    NOT_THE_SCHEMA = "not_the_schema"
    UNREADABLE = "unreadable"
    NO_ROWS = "no_rows"
    TOO_MANY = "too_many"


def rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file that can be read twice. Raises UploadRefused, at any row: what was read before is not the file."""
    start = _start(file)
    encoding = _encoding(file, start)
    is_json = start.decode(encoding, "replace").lstrip("\ufeff \t\r\n")[:1] in {"[", "{"}
    try:
        yield from _objects(file, encoding) if is_json else _lines(file, encoding)
    except (csv.Error, ijson.JSONError, UnicodeError, ArithmeticError, ValueError) as error:
        raise UploadRefused(why=Why.UNREADABLE) from error


def _start(file: IO[bytes]) -> bytes:
    file.seek(0)
    start = file.read(64)
    if not start.strip(_SPACES):
        raise UploadRefused(why=Why.NO_FILE)
    if start.startswith(_PACKED):
        raise UploadRefused(why=Why.UNKNOWN_KIND)
    return start


def _encoding(file: IO[bytes], start: bytes) -> str:
    """UTF-16 by its mark, UTF-8 when the whole file is, else Windows-1252."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _lines(file: IO[bytes], encoding: str) -> Iterator[Row]:
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding=encoding, newline="", errors="strict")
    try:
        yield from _csv_rows(lines)
    finally:
        lines.detach()  # the file stays open for whoever handed it in


def _csv_rows(lines: io.TextIOWrapper) -> Iterator[Row]:
    first = lines.readline(MOST_IN_FIELD)
    separator = max(",;\t|", key=first.count)
    header = [one.strip().strip('"').lower() for one in next(csv.reader([first], delimiter=separator), [])]
    _check(header)
    for cells in csv.reader(lines, delimiter=separator, strict=True):
        if len(cells) == len(header):
            yield {name: cell for name, cell in zip(header, cells, strict=True) if name in FIELDS}
        elif cells:
            yield None


def _check(names: Any) -> None:
    if not set(names) >= REQUIRED:
        raise UploadRefused(why=Why.NOT_THE_SCHEMA)


def _objects(file: IO[bytes], encoding: str) -> Iterator[Row]:
    file.seek(0)
    plain: Any = file
    if encoding == "utf-8-sig":
        file.seek(len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0)
    else:
        plain = InUtf8(file, encoding)
    building = Building()
    for event, value in ijson.basic_parse(plain, use_float=True):
        if building.take(event, value):
            yield building.row
    if building.base is None:
        raise UploadRefused(why=Why.NOT_THE_SCHEMA)


class InUtf8:
    """A file of another encoding as ijson wants it. It would find its own way round `codecs.EncodedFile`, to `readinto`."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._plain = codecs.EncodedFile(file, "utf-8", encoding)

    def read(self, size: int = -1) -> bytes:
        return self._plain.read(size)


class Building:
    """The objects of a list as they come: their simple values and lists of words, whatever else they hold left out.

    `base` is the level of the list: 1, or 2 below `items`; None until it was met.
    """

    def __init__(self) -> None:
        self.base: int | None = None
        self.row: Row = None
        self._level = 0
        self._key = ""
        self._open: dict[str, Any] | None = None
        self._list: list[Any] | None = None

    def take(self, event: str, value: Any) -> bool:
        """True when a row is whole."""
        if event == "map_key":
            self._key = value if self._is_at(1) or self.base is None else self._key
            return False
        if event.startswith("start_"):
            self._enter(is_list=event == "start_array")
            return False
        return self._leave() if event.startswith("end_") else self._value(value)

    def _is_at(self, below: int) -> bool:
        return self.base is not None and self._level == self.base + below

    def _enter(self, *, is_list: bool) -> None:
        self._level += 1
        if self._level > DEEPEST:
            raise ValueError("too deep")
        if self.base is None:
            is_it = self._level == 1 or (self._level == 2 and self._key == "items")
            self.base = self._level if is_list and is_it else None
        elif self._is_at(1) and not is_list:
            self._open = {}
        elif self._is_at(2) and is_list and self._open is not None and self._key in FIELDS:
            self._list = self._open[self._key] = []

    def _leave(self) -> bool:
        is_row = self._is_at(1)
        if is_row:
            self.row, self._open = self._open, None
        elif self._is_at(2):
            self._list = None
        elif self._is_at(0):
            self.base = _OVER
        self._level -= 1
        return is_row

    def _value(self, value: Any) -> bool:
        if self._is_at(0):  # a bare value where a row should be
            self.row = None
            return True
        if self._is_at(1) and self._open is not None and self._key in FIELDS:
            self._open[self._key] = value
        elif self._is_at(2) and self._list is not None and len(self._list) < MOST_IN_LIST:
            self._list.append(value)
        return False
