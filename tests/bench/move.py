"""`rdv move-database` at the size of a département: 20,000 people with three years behind them, from SQLite to PostgreSQL."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from app import migrations
from invitations.copying import tables
from tests.bench.engines import Servers, url_of
from tests.bench.figures import Figure
from tests.bench.million import build
from tests.browser import Installation

SUBJECT = "move-database"
PEOPLE = 20_000


def measure(servers: Servers) -> Iterator[Figure]:
    with servers.database("SQLite") as source, servers.database("PostgreSQL") as target:
        build(source, people=max(int(PEOPLE * servers.share), 100))
        for database in (source, target):
            with database.engine.begin() as connection:
                connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
                connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.head()})
        with source.engine.connect() as connection:
            rows = sum(tables.count(connection, one) for one in tables.every())
        source.engine.dispose()
        with tempfile.TemporaryDirectory(prefix="rdv-move-") as folder:
            operator = Installation(Path(folder), url_of(source))
            began = time.perf_counter()
            operator.run("move-database", "--to", url_of(target), within=3600)
            took = time.perf_counter() - began
    notes = {"rows": rows, "rows a second": int(rows / took)}
    yield Figure(SUBJECT, "copied, counted and compared", "SQLite", "s", [took], notes=notes)
