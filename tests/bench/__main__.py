"""`python -m tests.bench`, all but the long ones; `python -m tests.bench slots race`, some of it (and no file is written).

The long ones are measured when they are named, and kept in files of their own: `figures`, `memory`, `departement`, `move`,
`restore`, `upgrade` and `load` take minutes, `faults` and `pays` half an hour. `--share 0.05` runs so much of them.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from rich.console import Console

from app.clock import utc_now
from tests.bench import (
    api,
    bookings,
    counting,
    delivery,
    departement,
    faults,
    http_race,
    import_file,
    inviting,
    journal,
    load,
    memory,
    move,
    moving,
    pays,
    people_list,
    public_page,
    race,
    restore,
    sealing,
    slot_search,
    upgrade,
)
from tests.bench.engines import ENGINES, Servers
from tests.bench.figures import FILE, ROOT, Figure, keep, machine, show
from tests.postgres import running_cluster

WIDTH = 170
SUBJECTS: dict[str, Callable[[Servers], Iterator[Figure]]] = {
    "slots": slot_search.measure,
    "page": public_page.measure,
    "import": import_file.measure,
    "inviting": inviting.measure,
    "delivery": delivery.measure,
    "people": people_list.measure,
    "race": race.measure,
    "api": api.measure,
    "bookings": bookings.measure,
    "http-race": http_race.measure,
}

LONG: dict[str, Callable[[Servers], Iterator[Figure]]] = {
    "figures": counting.measure,
    "journal": journal.measure,
    "memory": memory.measure,
    "faults": faults.measure,
    "departement": departement.measure,
    "pays": pays.measure,
    "load": load.measure,
    "move": move.measure,
    "moving": moving.measure,
    "restore": restore.measure,
    "sealing": sealing.measure,
    "upgrade": upgrade.measure,
}
# Of these a run alone is kept, in a file of its own.
KEPT = {"departement", "load", "pays"}


def main() -> None:
    parser = argparse.ArgumentParser(description="What the product costs, measured on this machine.")
    parser.add_argument(
        "subjects", nargs="*", choices=[[], *SUBJECTS, *LONG], help="all but the long ones when none is named"
    )
    parser.add_argument("--share", type=float, default=1.0, help="how much of a long measure is run")
    parser.add_argument("--engine", choices=ENGINES, help="the engine that `figures` is measured on, both otherwise")
    parser.add_argument(
        "--kills", type=int, default=0, help="`faults`: so many SIGKILLs of web, scheduler and database instead"
    )
    parser.add_argument("--fault", default="", help="`faults`: this one alone, by its name in docs/faults.md")
    asked = parser.parse_args()
    wanted, engines = asked.subjects, (asked.engine,) if asked.engine else ENGINES
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # servers and databases are stopped on the way out
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)  # a log is not 80 characters wide
    about, began = machine(), time.perf_counter()
    figures: list[Figure] = []
    with running_cluster(durable=True) as cluster, tempfile.TemporaryDirectory(prefix="rdv-bench-") as folder:
        for name in wanted or SUBJECTS:
            with console.status(f"measuring: {name}"):
                servers = Servers(Path(folder), cluster, asked.share, engines, asked.kills, asked.fault)
                figures += (SUBJECTS | LONG)[name](servers)
    took = time.perf_counter() - began
    show(figures, about, took=took, console=console)
    if not wanted or set(wanted) <= KEPT:
        file = FILE.with_name("-".join(["bench", *wanted]) + ".json")
        keep(figures, about, took=took, now=utc_now(), file=file)
        console.print(f"Written to {file.relative_to(ROOT)}.")
    broken = [words for one in figures for words in one.broken]
    if broken:
        sys.exit("Broken promises: " + "; ".join(broken))


if __name__ == "__main__":
    main()
