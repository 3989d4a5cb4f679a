"""The table of docs/faults.md is written from the rows that were kept, and from nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench import fault_table, faults
from tests.bench.engines import Servers

ABOUT: dict[str, Any] = {
    "engine": "SQLite",
    "seconds": 100.0,
    "made_at": "2026-11-22T18:00:00+00:00",
    "machine": {"processor": "a processor", "cores": 2, "load_before": 7.5},
    "messages_lost": 0,
    "messages_doubled": 0,
    "doubted": 12,
}
TEXTS = ABOUT | {"fault": "disk full", "meanwhile": "texts", "texts": 10_000, "recovery": 1.26}
BOOKED = dict.fromkeys(["requests_lost", "bookings_lost", "bookings_doubled"], 0)
PEOPLE = ABOUT | {"fault": "clock wrong", "meanwhile": "people", "bookings": 1_500, "recovery": 240.0} | BOOKED


def test_the_page_says_what_was_there_to_be_lost_and_what_was() -> None:
    written = fault_table.table([TEXTS, PEOPLE])
    assert "2 runs, 4 minutes, until 2026-11-22; a processor, 2 cores, load before a run 7.5 to 7.5." in written
    assert "| clock wrong | SQLite | 1,500 bookings | 0 | 0 | 0 | 0 | 0 | 12 | 4 min |" in written
    assert "| disk full | SQLite | 10,000 texts |  |  |  | 0 | 0 | 12 | 1.3 s |" in written


def test_whatever_is_lost_breaks_the_promise() -> None:
    assert faults.figure(TEXTS).broken == faults.figure(PEOPLE).broken == []
    assert faults.figure(PEOPLE | {"requests_lost": 1}).broken == ["faults, SQLite: lost 1.0"]
    assert faults.figure(TEXTS | {"messages_doubled": 2}).broken == ["faults, SQLite: sent twice 2.0"]


def test_the_page_has_its_two_marks_and_a_line_for_every_fault_that_can_be_made(tmp_path: Path) -> None:
    page = fault_table.PAGE.read_text()
    assert page.count(fault_table.BEGIN) == page.count(fault_table.END) == 1
    lines = [line for line in page.partition(fault_table.END)[2].splitlines() if line.startswith("| ")]
    names = {trial.fault for trial in faults.trials(Servers(tmp_path, ""))} - SCHEDULERS
    assert [name for name in sorted(names) if not any(line.startswith(f"| {name} ") for line in lines)] == []


# One line for the three.
SCHEDULERS = {"one scheduler, kills", "two schedulers, kills", "four schedulers, kills"}
