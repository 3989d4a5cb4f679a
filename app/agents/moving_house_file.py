"""The two files of a move, line by line: semicolons and the mark of UTF-8, no cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from app.agents.moving_house_words import why_of
from app.moving_house_words import MEETINGS, PEOPLE
from invitations.exports import quoted
from invitations.models import MoveInRemark
from invitations.moving_house.columns import NOT_CARRIED, Column

LINE, WHY = "Ligne", "Pourquoi"


def lines_of(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """The line of headers, then each row."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode() + _line(headers)
    for row in rows:
        yield _line(quoted(cell) for cell in row)


def taken_out(names: Mapping[Column, str], rows: Iterable[Mapping[Column, str]]) -> Iterator[bytes]:
    """A file as it leaves."""
    return lines_of(names.values(), ([cells.get(column, "") for column in names] for cells in rows))


def left_out(found: Iterable[tuple[MoveInRemark, Mapping[Column, str]]], *, of_people: bool) -> Iterator[bytes]:
    """The lines left out under the same columns, so that they come back corrected; then their numbers, and why."""
    names = {one: name for one, name in (PEOPLE if of_people else MEETINGS).items() if one not in NOT_CARRIED}
    rows = ([*(cells.get(one, "") for one in names), str(remark.number), why_of(remark)] for remark, cells in found)
    return lines_of([*names.values(), LINE, WHY], rows)


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
