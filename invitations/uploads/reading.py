"""A file's bytes → its sheets, rows of texts. Everything stays in memory; a file that can't be a list is refused."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path, PurePath

from invitations.errors import UploadRefused

LARGEST_FILE = 10 * 1024 * 1024  # bytes
LARGEST_UNPACKED = 200 * 1024 * 1024  # bytes: .xlsx and .ods are zip archives, XML packs 20 to 1
MOST_PARTS = 2_000  # a workbook has some dozens
MOST_ROWS = 50_000
PATIENCE = timedelta(seconds=30)

HEADER_LINES = 200  # a header of many columns that breaks each in two or three
_PIECE = 1 << 18  # bytes unpacked at a time, and thrown away
_READER = Path(__file__).with_name("workbook.py")
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and what Excel makes of an .xlsx with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_NOT_TEXT = (*_PICTURES, b"%PDF", b"{\\rtf", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"MZ", b"\x7fELF")
_SEPARATORS = ";\t,|"


class Why(StrEnum):
    """Why a file is refused as a whole."""

    NO_FILE = "no_file"
    TOO_LARGE = "too_large"
    UNKNOWN_KIND = "unknown_kind"
    NOT_WHAT_IT_SAYS = "not_what_it_says"
    ENCRYPTED = "encrypted"
    SWOLLEN = "swollen"
    UNREADABLE = "unreadable"
    NO_HEADER = "no_header"
    NO_ROWS = "no_rows"
    TOO_MANY_ROWS = "too_many_rows"
    NOT_THE_FLOW = "not_the_flow"


class Kind(StrEnum):
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    TEXT = "text"
    XML = "xml"  # the CNAF flow, read by `flow`


KINDS = {
    ".xlsx": Kind.XLSX,
    ".xlsm": Kind.XLSX,
    ".xls": Kind.XLS,
    ".ods": Kind.ODS,
    ".csv": Kind.TEXT,
    ".txt": Kind.TEXT,
    ".tsv": Kind.TEXT,
    ".xml": Kind.XML,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Its filled rows: the row's number as the spreadsheet shows it, and its texts."""

    name: str
    rows: list[tuple[int, list[str]]]


def read(content: bytes, filename: str) -> list[Sheet]:
    """The sheets of a file, empty rows left out. Raises UploadRefused."""
    if not content:
        raise UploadRefused(why=Why.NO_FILE)
    if len(content) > LARGEST_FILE:
        raise UploadRefused(why=Why.TOO_LARGE)
    kind = kind_named(filename)
    if kind is None or kind is Kind.XML:
        raise UploadRefused(why=Why.UNKNOWN_KIND)
    if kind is not kind_inside(content):
        raise UploadRefused(why=Why.ENCRYPTED if _ENCRYPTED in content else Why.NOT_WHAT_IT_SAYS)
    sheets = [Sheet("", read_text(content))] if kind is Kind.TEXT else read_workbook(content)
    if any(len(sheet.rows) > MOST_ROWS + 1 for sheet in sheets):
        raise UploadRefused(why=Why.TOO_MANY_ROWS)
    return sheets


def kind_named(filename: str) -> Kind | None:
    """What the name says; None when it is nothing we read."""
    return KINDS.get(PurePath(filename).suffix.lower())


def kind_inside(content: bytes) -> Kind | None:
    """What the bytes are, whatever the name says; None when they are nothing we read."""
    if content.startswith(_OLE):
        return None if _ENCRYPTED in content else Kind.XLS
    if content.startswith(_ZIP):
        return _kind_of_archive(content)
    if content.startswith(_NOT_TEXT):
        return None
    return Kind.TEXT if content.startswith(_UTF16) or b"\0" not in content else None


def _kind_of_archive(content: bytes) -> Kind | None:
    with _opened(content) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" in names:
            return Kind.XLSX
        return Kind.ODS if "mimetype" in names and content.find(_ODS, 0, 200) > 0 else None


def read_workbook(content: bytes) -> list[Sheet]:
    """Sheets of an .xlsx, .xls or .ods, read by a child process that may fail alone."""
    if content.startswith(_ZIP):
        check_unpacked_size(content)
    try:
        answer = subprocess.run(
            [sys.executable, "-I", str(_READER)],
            input=content,
            env={},  # what reads a stranger's file knows no secret of ours
            capture_output=True,
            check=True,
            timeout=PATIENCE.seconds,
        )
        sheets = json.loads(answer.stdout)["sheets"]
    except (subprocess.SubprocessError, ValueError) as error:
        raise UploadRefused(why=Why.UNREADABLE) from error
    return [Sheet(sheet["name"], [(number, texts) for number, texts in sheet["rows"]]) for sheet in sheets]


def check_unpacked_size(content: bytes) -> None:
    """Refuse an archive that unpacks to too much: what its directory says first, then what is really there."""
    with _opened(content) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise UploadRefused(why=Why.SWOLLEN)
        left = LARGEST_UNPACKED
        for part in parts:
            left -= _true_size(archive, part, left)


def _true_size(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    part.file_size = most + 2 * _PIECE  # the directory may lie, and zipfile stops at what it believes
    size = 0
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > most:
                    raise UploadRefused(why=Why.SWOLLEN)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise UploadRefused(why=Why.UNREADABLE) from error
    return size


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError) as error:
        raise UploadRefused(why=Why.UNREADABLE) from error


def read_text(content: bytes) -> list[tuple[int, list[str]]]:
    """Rows of a text file of any separator and usual encoding; numbered as a spreadsheet would show them."""
    text = decode(content)
    separator = separator_of(text)
    try:
        return list(_filled(csv.reader(io.StringIO(text, newline=""), delimiter=separator)))
    except csv.Error as error:
        raise UploadRefused(why=Why.UNREADABLE) from error


def decode(content: bytes) -> str:
    """UTF-8 or UTF-16 by their mark, UTF-8 if it is that, else Windows-1252: what Excel writes in France."""
    if content.startswith(_UTF16):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def separator_of(text: str) -> str:
    """The separator that the first record with one holds most of, outside quotes. A header may break its lines in them."""
    quoted = False
    for line in text.splitlines()[:HEADER_LINES]:
        if not quoted and line.lower().startswith("sep=") and len(line) > len("sep="):
            return line[len("sep=")]
        parts = line.split('"')
        bare = "".join(parts[1::2] if quoted else parts[::2])
        quoted ^= len(parts) % 2 == 0
        if any(one in bare for one in _SEPARATORS):
            return max(_SEPARATORS, key=bare.count)
    return _SEPARATORS[0]


def _filled(records: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    kept = 0
    for number, record in enumerate(records, 1):
        texts = [text.strip() for text in record]
        if any(texts) and kept <= MOST_ROWS + 1:
            kept += 1
            yield number, texts
