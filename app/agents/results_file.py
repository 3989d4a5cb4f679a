"""The same figures as spreadsheet files: one line a figure, its denominator and interval beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from app.agents.results_measures import OBSERVED, Measure
from app.agents.results_tables import Line, Table
from invitations.exports import quoted

COLUMNS = ("Tableau", "Ligne", "Mesure", "Nombre", "Sur", "Pour cent", "Intervalle bas", "Intervalle haut", "Remarque")
FEW = "masqué : moins de 11 personnes d’autres structures, ou de quoi les déduire"

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file: `about` stands at the beginning of each of its lines, what was asked for and until when it is counted."""

    about: dict[str, str]
    columns: Cells
    lines: Iterable[Cells]


def write(sheet: Sheet) -> str:
    """The file's text: semicolons and decimal commas, as French spreadsheets read them."""
    text = StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow([*sheet.about, *sheet.columns])
    for line in sheet.lines:
        out.writerow([harmless(cell) for cell in (*sheet.about.values(), *line)])
    return text.getvalue()


def lines(tables: Iterable[Table]) -> Iterator[Cells]:
    for table in tables:
        for line in table.lines:
            yield from ((table.caption, line.head, *cells) for cells in figures(line))


def figures(line: Line) -> Iterator[Cells]:
    if line.figures is None:
        yield ("", "", "", "", "", "", FEW)
        return
    for one in line.figures.values():
        yield cells(one)


def cells(one: Measure) -> Cells:
    """A rate is left out where the page leaves it out: too many unknown outcomes, or too few people."""
    total = "" if one.total is None else str(one.total)
    why = one.why or (OBSERVED if one.rate is not None else "")
    return (one.words, str(one.count), total, percent(one.rate), percent(one.low), percent(one.high), why)


def percent(share: float | None) -> str:
    """71,43, from 0.714286."""
    return "" if share is None else f"{share * 100:.2f}".replace(".", ",")


def harmless(cell: str) -> str:
    """A cell that a spreadsheet won't run as a formula (names are typed by people); negative figures stay figures."""
    return cell if cell.lstrip("-").replace(",", "").isdecimal() else quoted(cell)
