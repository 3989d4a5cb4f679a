"""The bench says what it measured: medians, limits kept or not, and a file that a machine can read."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

from rich.console import Console

from tests.bench.figures import Figure, keep, machine, show
from tests.conftest import NOW

SLOW = Figure("slot search", "four weeks", "SQLite", "ms", [30.0, 12.0, 11.0], limit=10, notes={"queries": 3})
FAST = Figure("delivery", "double", "SQLite", "/s", [1500.0], limit=1000, more_is_better=True)


def test_a_figure_is_the_median_of_its_runs_and_says_whether_its_limit_is_kept() -> None:
    assert (SLOW.value, SLOW.holds, FAST.holds) == (12.0, False, True)


def test_a_slot_given_twice_is_a_broken_promise_however_fast() -> None:
    race = Figure("booking race", "50 slots", "SQLite", "/s", [4000.0], notes={"given twice": 1, "errors": 0})
    assert race.broken == ["booking race, SQLite: given twice 1"]
    assert SLOW.broken == []


def test_the_table_shows_what_is_exceeded() -> None:
    printed = StringIO()
    show([SLOW, FAST], machine(), took=3, console=Console(width=170, file=printed))
    said = printed.getvalue()
    assert "12 ms" in said
    assert "11 to 30" in said
    assert "10 EXCEEDED" in said
    assert "1,000 kept" in said


def test_the_file_holds_the_figures_the_machine_and_the_date(tmp_path: Path) -> None:
    file = tmp_path / "var" / "bench.json"
    keep([SLOW], machine(), took=3, now=NOW, file=file)
    kept = json.loads(file.read_text())
    assert kept["made_at"] == "2026-11-24T09:00:00+00:00"
    assert kept["machine"]["python"]
    assert [(one["value"], one["holds"], one["notes"]) for one in kept["figures"]] == [(12.0, False, {"queries": 3})]
