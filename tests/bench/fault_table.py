"""The table of docs/faults.md that `python -m tests.bench faults` writes: a line for each fault, engine, and what there was to lose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tests.bench.figures import ROOT

PAGE = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- faults: written by python -m tests.bench faults -->", "<!-- end of faults -->"
HEAD = (
    "| fault | engine | meanwhile | requests lost | bookings lost | doubled | texts lost | doubled | texts asked about | well again after |\n"
    "|---|---|---|---:|---:|---:|---:|---:|---:|---:|\n"
)
COUNTS = ("requests_lost", "bookings_lost", "bookings_doubled", "messages_lost", "messages_doubled", "doubted")
Row = dict[str, Any]


def key(row: Row) -> tuple[str, str, str]:
    return row["fault"], row["engine"], row["meanwhile"]


def table(rows: Sequence[Row]) -> str:
    lines = "".join(line(row) for row in sorted(rows, key=key))
    return f"{about(rows)}\n\n{HEAD}{lines}"


def line(row: Row) -> str:
    cells = [
        row["fault"],
        row["engine"],
        meanwhile(row),
        *(count(row, name) for name in COUNTS),
        after(row["recovery"]),
    ]
    return f"| {' | '.join(cells)} |\n"


def meanwhile(row: Row) -> str:
    return f"{row['bookings']:,} bookings" if "bookings" in row else f"{row['texts']:,} texts"


def count(row: Row, name: str) -> str:
    """Nobody books while texts are owed in bulk: there is no request to lose."""
    return f"{row[name]:,}" if name in row else ""


def after(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def about(rows: Sequence[Row]) -> str:
    minutes = math.ceil(sum(one["seconds"] for one in rows) / 60)
    loads = [one["machine"]["load_before"] for one in rows]
    last = max(rows, key=lambda one: str(one["made_at"]))
    return (
        f"{len(rows)} runs, {minutes} minutes, until {last['made_at'][:10]}; {last['machine']['processor']}, "
        f"{last['machine']['cores']} cores, load before a run {min(loads)} to {max(loads)}."
    )
