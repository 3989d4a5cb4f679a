"""Memory of a process that delivers 100,000 messages: what it holds after each 10,000.

Takes a minute or two: measured when it is named, `python -m tests.bench memory`.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from invitations.database import Database
from notifications.senders import Senders
from tests.bench import delivery
from tests.bench.engines import Servers, analyse, url_of
from tests.bench.figures import Figure

SUBJECT = "memory"
ROUNDS, EACH = 10, 10_000
MOST_GROWTH = 5  # MB, from the second round to the last
PATIENCE = 300  # seconds a round


class ForgettingSms(delivery.CountingSms):
    """Counts, and keeps nothing: what grows is ours."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def send(self, sms: Any) -> str:
        self.count += 1
        return f"SM{sms.reference}"


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ("SQLite", "PostgreSQL"):
        with servers.database(engine) as database:
            delivery.owe(database, EACH)
            analyse(database)
            held = rounds(database)
            growth = held[-1] - held[1]
            notes = {"messages": ROUNDS * EACH, "MB after 20,000": held[1], "MB at the end": held[-1]}
            yield Figure(
                SUBJECT, "growth over 100,000 messages", engine, "MB", [growth], limit=MOST_GROWTH, notes=notes
            )


def rounds(database: Database) -> list[float]:
    """What a process of its own holds after each round, in MB."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    go, held = context.Queue(), context.Queue()
    process = context.Process(target=deliver_rounds, args=(url_of(database), go, held), daemon=True)
    process.start()
    found = []
    for _ in range(ROUNDS):
        delivery.make_due(database, EACH)
        go.put(True)
        found.append(held.get(timeout=PATIENCE))
    process.kill()
    process.join(timeout=20)
    return found


def deliver_rounds(url: str, go: Any, held: Any) -> None:
    database = Database(url)
    while go.get():
        sms = ForgettingSms()
        delivery.deliver(database, Senders(sms=sms, email=delivery.NoEmail()))
        if sms.count != EACH:
            raise RuntimeError(f"{EACH} were owed, {sms.count} left")
        held.put(resident())


def resident() -> float:
    """MB held now; the most there ever was where the system tells no more."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
