"""Both databases, empty and with every table, as the product sets them up. PostgreSQL waits for its disk here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

from invitations.database import Base, Database

ENGINES = ("SQLite", "PostgreSQL")


@dataclass(frozen=True)
class Servers:
    """Where databases may be made. As told on the command line: `share`, how much is run of what a long measure would take,
    `engines`, those that `figures` is measured on, `kills`, how many `faults` makes instead of its scenarios, and `fault`, the one that it makes alone."""

    folder: Path
    cluster: str
    share: float = 1.0
    engines: Sequence[str] = ENGINES
    kills: int = 0
    fault: str = ""

    @contextmanager
    def database(self, engine: str) -> Iterator[Database]:
        """A new database; its file or its name goes away at the end."""
        made = Database(self.new_url(engine))
        Base.metadata.create_all(made.engine)
        yield made
        made.engine.dispose()

    def new_url(self, engine: str) -> str:
        name = f"bench_{uuid.uuid4().hex[:12]}"
        if engine == "SQLite":
            return f"sqlite:///{self.folder / name}.db"
        server = create_engine(f"{self.cluster}/postgres", isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        server.dispose()
        return f"{self.cluster}/{name}"


def analyse(database: Database) -> None:
    """Let the planner know what is there, as it would after a night of production."""
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@contextmanager
def statements(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that leaves while the block runs, with its parameters."""
    said: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", remember)
    yield said
    event.remove(engine, "before_cursor_execute", remember)


def rows_read(session: Session, said: list[tuple[str, Any]]) -> int:
    """How many rows these queries bring home, by asking each again for its count."""
    connection = session.connection()
    return sum(
        int(connection.exec_driver_sql(f"SELECT count(*) FROM ({query}) AS asked", parameters).scalar_one())
        for query, parameters in said
    )
