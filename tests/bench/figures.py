"""Figures: the median of several runs, with what it was measured on, as a table and as `var/bench.json`."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "var" / "bench.json"


# What must never happen, however fast: a note of this name that is not 0 fails the run.
NEVER = ("not given", "given twice", "lost", "sent twice", "errors", "violations", "error pages")


@dataclass(frozen=True)
class Figure:
    """One measure. `value` is the median of `runs`; `limit` is what the product promises, when it does."""

    subject: str
    what: str
    engine: str
    unit: str
    runs: list[float]
    limit: float | None = None
    more_is_better: bool = False
    notes: dict[str, float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        return median(self.runs)

    @property
    def holds(self) -> bool | None:
        """True when the limit is kept; None when there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.more_is_better else self.value <= self.limit

    @property
    def broken(self) -> list[str]:
        """The promises that this run saw broken."""
        return [f"{self.subject}, {self.engine}: {name} {self.notes[name]}" for name in NEVER if self.notes.get(name)]


def seconds(act: Callable[[], object]) -> float:
    """How long one call takes, on the wall."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def milliseconds_of(act: Callable[[], object], *, runs: int, warm_up: int = 2) -> list[float]:
    """How long each of `runs` calls takes, after some that don't count."""
    for _ in range(warm_up):
        act()
    return [seconds(act) * 1000 for _ in range(runs)]


def machine() -> dict[str, Any]:
    """What the figures were measured on. The load is that of the minute before: others may share the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(memory / 1024**3, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in ("flask", "sqlalchemy", "granian", "psycopg")},
        "load_before": round(os.getloadavg()[0], 2),
    }


def processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def show(figures: Sequence[Figure], about: dict[str, Any], *, took: float, console: Console) -> None:
    """The table, a line a figure."""
    table = Table(title="RDV au choix", title_justify="left", caption_justify="left")
    for heading in ("what", "engine"):
        table.add_column(heading, no_wrap=True)
    for heading in ("median", "range", "limit"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("notes")
    for place, one in enumerate(figures, start=1):
        is_last = place == len(figures) or figures[place].subject != one.subject
        table.add_row(*row(one), end_section=is_last)
    table.caption = f"{about['processor']}, {about['cores']} cores, load {about['load_before']} · {took:.0f} s in all"
    console.print(table)


def row(one: Figure) -> list[str]:
    limit = "" if one.limit is None else f"{rounded(one.limit)} {'kept' if one.holds else 'EXCEEDED'}"
    notes = ", ".join(f"{name} {rounded(value)}" for name, value in one.notes.items())
    spread = f"{rounded(min(one.runs))} to {rounded(max(one.runs))}" if len(one.runs) > 1 else ""
    return [f"{one.subject}: {one.what}", one.engine, f"{rounded(one.value)} {one.unit}", spread, limit, notes]


def rounded(value: float) -> str:
    """Three figures that mean something: 4,312, 43.1, 4.31, 0.43."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def keep(figures: Sequence[Figure], about: dict[str, Any], *, took: float, now: datetime, file: Path = FILE) -> None:
    """Write the figures down, in `var/bench.json` unless told otherwise."""
    written = [
        asdict(one) | {"value": one.value, "holds": one.holds, "runs": [round(run, 4) for run in one.runs]}
        for one in figures
    ]
    file.parent.mkdir(exist_ok=True)
    content = {"made_at": now.isoformat(), "seconds": round(took, 1), "machine": about, "figures": written}
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
