"""A list of 1,000 people: its preview, then saving it; and the same list a second time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from invitations import uploads
from invitations.database import Database
from invitations.models import ImportBatch
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers
from tests.bench.figures import Figure, seconds
from tests.factories import World

SUBJECT = "import"
ROWS = 1_000
RUNS = 3
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


def brought_in(database: Database, world: World, content: bytes) -> tuple[float, float]:
    """Milliseconds of the preview, and of saving it; each in its own transaction, as on the page."""
    batch_ids: list[int] = []

    def plan() -> None:
        with database.writing() as session:
            batch = uploads.plan(
                session,
                content=content,
                filename="liste.csv",
                organisation_id=world.organisation.id,
                category_id=world.category.id,
                agent_id=None,
                now=territory.NOW,
            )
            batch_ids.append(batch.id)

    def save() -> None:
        with database.writing() as session:
            counts = uploads.save(session, session.get_one(ImportBatch, batch_ids[0]), agent_id=None, now=territory.NOW)
        if counts.created + counts.unchanged != ROWS:
            raise RuntimeError(f"the list came in wrong: {counts}")

    return seconds(plan) * 1000, seconds(save) * 1000


def people(first: int) -> bytes:
    """A CSV of 1,000 people who don't exist, with numbers from ARCEP's fictional range."""
    text = StringIO()
    out = csv.writer(text, delimiter=";")
    out.writerow(HEADER)
    for number in range(first, first + ROWS):
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
