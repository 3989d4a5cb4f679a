"""An export's file: the headers that an import recognises, and cells that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from app.labels import label
from invitations.exports import FIELDS, Exported, quoted
from invitations.uploads.columns import FORMULA_SIGNS

SHEET = "Personnes"
WIDTH = 22  # characters


def headers() -> list[str]:
    return [*(label(field)[0].upper() + label(field)[1:] for field in FIELDS), "Lien d’invitation", "Code du courrier"]


def lines(people: Sequence[Exported], public_url: str) -> Iterator[list[str]]:
    for one in people:
        link = f"{public_url}/i/{one.road.link}" if one.road.link else ""
        yield [*(one.cells[field] for field in FIELDS), link, one.road.letter]


def csv_of(people: Sequence[Exported], public_url: str) -> bytes:
    """Semicolons and the mark of UTF-8, as French spreadsheets open it by a double click."""
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow(headers())
    out.writerows([quoted(cell) for cell in line] for line in lines(people, public_url))
    return text.getvalue().encode("utf-8-sig")


def workbook_of(people: Sequence[Exported], public_url: str) -> bytes:
    """Every cell is text: nothing loses its zero, nothing is a formula, not even once it is edited (`quotePrefix`)."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(SHEET)
    sheet.freeze_panes = "A2"
    for number in range(1, len(headers()) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTH
    sheet.append(headers())
    for line in lines(people, public_url):
        cells = []
        for text in line:
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", text))
            cell.data_type = "s"
            cell.quotePrefix = text[:1] in FORMULA_SIGNS
            cells.append(cell if text else None)
        sheet.append(cells)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()
