"""The day's sheet as a file: written with an empty column for each outcome, and read again once it is filled."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from app.filters import phone
from app.labels import label
from app.security import row_ids
from invitations.day import Line
from invitations.day_sheet import Doubt, Said
from invitations.errors import UploadRefused
from invitations.exports import quoted
from invitations.identity import squash
from invitations.models import Outcome
from invitations.uploads import reading
from invitations.uploads.columns import FORMULA_SIGNS
from invitations.uploads.reading import Why

NUMBER, DAY, HOUR = "Numéro", "Jour", "Heure"
COLUMNS = (NUMBER, DAY, HOUR, "Personne", "Téléphone", "Lieu", "Avec", "Motif")
MARKS = {"Venu": Outcome.SEEN, "Absent": Outcome.NOSHOW, "Excusé": Outcome.EXCUSED}
# A column of one's own may hold the word instead of a mark.
OUTCOME = "Issue"
WORDS = {
    **dict.fromkeys(("venu", "venue", "present", "presente", "vu", "vue", "oui"), Outcome.SEEN),
    **dict.fromkeys(("absent", "absente", "non"), Outcome.NOSHOW),
    **dict.fromkeys(("excuse", "excusee", "annule", "annulee"), Outcome.EXCUSED),
}
# In a column of marks these say no.
EMPTY = frozenset({"", "0", "non", "false", "faux"})
SHEET = "Journée"
WIDTHS = {NUMBER: 10, DAY: 12, HOUR: 8, "Personne": 28, "Téléphone": 18, "Lieu": 34, "Avec": 20, "Motif": 28}
_DAYS, _HOURS = ("%d/%m/%Y", "%Y-%m-%d"), ("%H:%M", "%H:%M:%S")


def lines(listed: Sequence[Line]) -> Iterator[list[str]]:
    for line in listed:
        starts = line.starts_at.astimezone(line.zone)
        where = f"{line.city}, {line.place}" if line.place else label(line.place_type)
        yield [
            str(line.participation_id),
            f"{starts:%d/%m/%Y}",
            f"{starts:%H:%M}",
            line.name,
            phone(line.phone) if line.phone else "",
            where,
            ", ".join(line.agents),
            line.type,
            *("x" if line.outcome is one else "" for one in MARKS.values()),
        ]


def csv_of(listed: Sequence[Line]) -> bytes:
    """Semicolons and the mark of UTF-8, as French spreadsheets open it by a double click."""
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow([*COLUMNS, *MARKS])
    out.writerows([quoted(cell) for cell in line] for line in lines(listed))
    return text.getvalue().encode("utf-8-sig")


def workbook_of(listed: Sequence[Line]) -> bytes:
    """Every cell is text: no hour becomes a fraction, no name a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(SHEET)
    sheet.freeze_panes = "A2"
    for number, name in enumerate([*COLUMNS, *MARKS], 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(name, 10)
    sheet.append([*COLUMNS, *MARKS])
    for line in lines(listed):
        cells = []
        for text in line:
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", text))
            cell.data_type, cell.quotePrefix = "s", text[:1] in FORMULA_SIGNS
            cells.append(cell if text else None)
        sheet.append(cells)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def read(content: bytes, filename: str) -> list[Said]:
    """What a filled sheet says, a row each. Raises UploadRefused."""
    for sheet in reading.read(content, filename):
        for place, (_, cells) in enumerate(sheet.rows):
            header = [squash(cell) for cell in cells]
            if squash(NUMBER) in header and marked(header):
                rows = sheet.rows[place + 1 :]
                return [said(number, dict(zip(header, texts, strict=False))) for number, texts in rows]
    raise UploadRefused(why=Why.NO_HEADER)


def marked(header: Sequence[str]) -> bool:
    return squash(OUTCOME) in header or any(squash(name) in header for name in MARKS)


def said(number: int, cells: dict[str, str]) -> Said:
    """One row; a cell that can't be understood makes the row doubtful, and is never guessed."""
    bare = cells.get(squash(NUMBER), "").lstrip("'")
    participation = next(iter(row_ids([bare])), None)
    starts = (day_in(cells.get(squash(DAY), "")), hour_in(cells.get(squash(HOUR), "")))
    outcome, doubt = outcome_in(cells)
    return Said(number, participation, starts, outcome, doubt)


def outcome_in(cells: dict[str, str]) -> tuple[Outcome | None, Doubt | None]:
    found = {one for name, one in MARKS.items() if squash(cells.get(squash(name), "")) not in EMPTY}
    word = squash(cells.get(squash(OUTCOME), ""))
    if word and word not in WORDS:
        return None, Doubt.UNREADABLE
    if word:
        found.add(WORDS[word])
    if len(found) > 1:
        return None, Doubt.SEVERAL
    return next(iter(found), None), None


def day_in(text: str) -> date | None:
    for form in _DAYS:
        try:
            return datetime.strptime(text.lstrip("'"), form).date()  # noqa: DTZ007  (a day, of no zone)
        except ValueError:
            continue
    return None


def hour_in(text: str) -> time | None:
    for form in _HOURS:
        try:
            return datetime.strptime(text.lstrip("'"), form).time()  # noqa: DTZ007  (an hour on paper)
        except ValueError:
            continue
    return None
