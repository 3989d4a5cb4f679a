"""A program of its own: a workbook on standard input, its filled rows as JSON on standard output.

Run by path in a child process (`reading.py`), never imported by the application: the reader allocates the rectangle
between the first and the last filled cell, and two cells far apart (a file of 2 kB) make it ask for 512 GB and abort.
Here that ends the child alone. Every cell comes out as text, the way a person reads it.

{"sheets": [{"name": "…", "rows": [[row number as in the spreadsheet, ["cell", …]], …]}, …]}
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook

MEMORY = 1536 * 1024 * 1024  # bytes: a file of 10 MB full of cells needs about half
SECONDS = 20
MOST_ROWS = 50_000


def main() -> None:
    limit_what_it_may_take()
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    sheets = [read_sheet(workbook.get_sheet_by_index(place)) for place in range(len(workbook.sheet_names))]
    json.dump({"sheets": sheets}, sys.stdout)


def limit_what_it_may_take() -> None:
    """Memory and time; no core file either, which would write the list to disk."""
    try:
        import resource
    except ImportError:  # not on Windows: the parent's time limit remains
        return
    for kind, most in (("RLIMIT_CORE", 0), ("RLIMIT_CPU", SECONDS), ("RLIMIT_AS", MEMORY)):
        try:
            resource.setrlimit(getattr(resource, kind), (most, most))
        except (AttributeError, ValueError, OSError):  # macOS has no RLIMIT_AS
            continue


def read_sheet(sheet: CalamineSheet) -> dict[str, Any]:
    first_row, first_column = sheet.start or (0, 0)
    rows: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(sheet.to_python(), first_row + 1):
        texts = [""] * first_column + [as_text(cell) for cell in cells]
        if any(texts):
            rows.append((number, texts))
        if len(rows) > MOST_ROWS + 1:  # the parent refuses it; no need for the rest
            break
    return {"name": sheet.name, "rows": rows}


def as_text(cell: Any) -> str:
    """8383.0 → "8383"; a moment without its midnight; a date as ISO."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).strip()


if __name__ == "__main__":
    main()
