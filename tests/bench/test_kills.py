"""The table of docs/faults.md is written from the storms that were kept, and from nothing else."""

from __future__ import annotations

from typing import Any

from tests.bench import kills

STORM: dict[str, Any] = {
    "engine": "SQLite",
    "seconds": 90.0,
    "made_at": "2026-11-22T18:00:00+00:00",
    "machine": {"processor": "a processor", "cores": 2, "load_before": 7.5},
    "kills": {"web": 2, "scheduler": 1},
    "recoveries": {"web": [1.0, 3.0], "scheduler": [0.5]},
    "found": dict.fromkeys([*kills.SHOWN], 0) | {"bookings": 1200, "unanswered": 40},
}


def test_the_page_says_what_was_counted_and_on_what() -> None:
    written = kills.table([STORM, STORM | {"engine": "PostgreSQL"}])
    assert "6 kills in 2 storms, 3 minutes, until 2026-11-22; a processor, 2 cores" in written
    assert "| SQLite | 3 | 1,200 | 0 | 0 | 0 | 0 | 0 | 40 | 0 | 0 |" in written
    assert f"| SQLite | {kills.NAMES['web']} | 2 | 2.0 s | 3.0 s |" in written
    assert kills.NAMES["database"] not in written, "nobody killed it"


def test_a_booking_that_is_gone_breaks_the_promise_however_many_kills() -> None:
    lost = STORM | {"found": STORM["found"] | {"bookings_lost": 1}}
    assert kills.figure("SQLite", [STORM]).broken == []
    assert kills.figure("SQLite", [STORM, lost]).broken == ["kills, SQLite: lost 1"]


def test_the_page_has_its_two_marks() -> None:
    page = kills.PAGE.read_text()
    assert page.count(kills.BEGIN) == page.count(kills.END) == 1
