"""A list of 1,000 people: its preview, then saving it, and the same list a second time; 10,000 people in parts; a flow."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

from invitations import uploads
from invitations.database import Database
from invitations.models import ImportBatch
from invitations.uploads import progress
from invitations.uploads.saving import counted
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers
from tests.bench.figures import Figure, seconds
from tests.factories import World

SUBJECT = "import"
ROWS = 1_000
LONG = 10_000
RUNS = 3
READ_A_FLOW = """
import time
from invitations.uploads.flow import Flow
from tests.files.flow import pieces
flow, spent = Flow(), 0.0
for piece in pieces(100_000):
    began = time.perf_counter()
    flow.feed(piece)
    spent += time.perf_counter() - began
flow.close()
lines = open("/proc/self/status").read().splitlines()
memory = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
print(spent, memory // 1024, flow.count)
"""
HEADER = (
    "Matricule", "Civilité", "Nom", "Prénom", "Date de naissance", "Adresse", "Code postal", "Ville",
    "Téléphone", "Email", "Rôle", "Date d'ouverture des droits",
)  # fmt: skip


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            with database.writing() as session:
                world = World(session, territory.NOW)
            lists = [people(number * ROWS) for number in range(RUNS)]
            planned, saved = zip(*(brought_in(database, world, content) for content in lists), strict=True)
            again = [sum(brought_in(database, world, content)) for content in lists]
            yield Figure(SUBJECT, "1,000 new people, preview", engine, "ms", list(planned))
            yield Figure(SUBJECT, "1,000 new people, saved", engine, "ms", list(saved))
            yield Figure(SUBJECT, "the same list again, both", engine, "ms", again)
            yield Figure(SUBJECT, "10,000 new people, all of it", engine, "s", [in_parts(database, world)])
    yield from a_flow()


def in_parts(database: Database, world: World) -> float:
    """Seconds of a long list, read, judged and saved part by part as the page and the scheduler do it."""

    def work() -> None:
        with database.reading() as session:
            seen = uploads.look(session, content=people(50_000, LONG), **whither(world))
        batch_id = progress.store(database, seen, now=territory.NOW)
        progress.go_on(database, batch_id, clock=lambda: territory.NOW, should_stop=never)
        with database.writing() as session:
            uploads.save(session, session.get_one(ImportBatch, batch_id), agent_id=None, now=territory.NOW)
        progress.go_on(database, batch_id, clock=lambda: territory.NOW, should_stop=never)
        with database.reading() as session:
            if counted(session, batch_id).created != LONG:
                raise RuntimeError("the long list came in wrong")

    return seconds(work)


def a_flow() -> Iterator[Figure]:
    """100,000 households read while they arrive, in a process of their own: how long, and the most memory."""
    said = subprocess.run([sys.executable, "-c", READ_A_FLOW], capture_output=True, text=True, check=True)
    spent, memory, found = said.stdout.split()
    if int(found) != 133_334:
        raise RuntimeError(f"the flow came in wrong: {found}")
    yield Figure(SUBJECT, "a flow of 100,000 households", "reading", "s", [float(spent)])
    yield Figure(SUBJECT, "the most memory of it", "reading", "MB", [float(memory)])


def never() -> bool:
    return False


def whither(world: World) -> dict[str, Any]:
    return {
        "filename": "liste.csv",
        "organisation_id": world.organisation.id,
        "category_id": world.category.id,
        "agent_id": None,
        "now": territory.NOW,
    }


def brought_in(database: Database, world: World, content: bytes) -> tuple[float, float]:
    """Milliseconds of the preview, and of saving it; each in its own transaction, as on the page."""
    batch_ids: list[int] = []

    def plan() -> None:
        with database.writing() as session:
            batch = uploads.plan(session, content=content, **whither(world))
            batch_ids.append(batch.id)

    def save() -> None:
        with database.writing() as session:
            counts = uploads.save(session, session.get_one(ImportBatch, batch_ids[0]), agent_id=None, now=territory.NOW)
        if counts.created + counts.unchanged != ROWS:
            raise RuntimeError(f"the list came in wrong: {counts}")

    return seconds(plan) * 1000, seconds(save) * 1000


def people(first: int, count: int = ROWS) -> bytes:
    """A CSV of so many people who don't exist, with numbers from ARCEP's fictional range."""
    text = StringIO()
    out = csv.writer(text, delimiter=";")
    out.writerow(HEADER)
    for number in range(first, first + count):
        letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:05d}")
        out.writerow(
            (
                f"{1_000_000 + number}", ("Madame", "Monsieur")[number % 2], f"DURAND-{letters}", f"Camille{letters}".title(),
                f"{number % 28 + 1:02d}/{number % 12 + 1:02d}/{1960 + number % 40}", f"{number % 90 + 1} rue du Lac", "26000",
                "Valence", f"06 39 98 {number // 100 % 100:02d} {number % 100:02d}", f"personne{number}@example.fr", "DEM",
                "01/10/2026",
            )
        )  # fmt: skip
    return text.getvalue().encode("utf-8-sig")
