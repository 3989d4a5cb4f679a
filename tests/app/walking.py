"""The installation that walk.txt is walked through, and how it is put back as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from invitations.database import Base
from tests.app.team import Team
from tests.app.walk_roles import STRANGERS
from tests.app.walk_sent import SECRET
from tests.app.walk_table import NOBODY, Row
from tests.app.walk_things import typed

Rows = dict[str, list[tuple[object, ...]]]


@dataclass
class Walk:
    """One installation with one of everything in it, put back as it was whenever somebody has changed it."""

    flask: Flask
    team: Team
    things: dict[str, object]
    kept: Path | None = None  # a copy of the SQLite file; of PostgreSQL there is none
    watch: sqlite3.Connection | None = None
    version: tuple[int, ...] = ()

    def ask(self, role: str, row: Row) -> TestResponse:
        """One request of a browser of its own."""
        browser = self.flask.test_client()
        if role != NOBODY:
            with browser.session_transaction() as cookie:
                cookie["token"] = role
        answer = browser.open(
            row.path.format(**self.things),
            method=row.method,
            data=typed(self.things) if row.method == "POST" else None,
            buffered=True,
        )
        if role in STRANGERS and row.is_of_agents:
            assert SECRET.encode() not in answer.data, row
            assert answer.status_code != 303 or SECRET.encode() not in browser.get(answer.location).data, row
        return answer

    def contents(self) -> Rows:
        """Every row of every table."""
        with self.team.database.reading() as session:
            return {
                table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
                for table in Base.metadata.sorted_tables
            }

    def changed(self, before: Rows) -> set[str]:
        """The tables that hold something else now."""
        return {name for name, held in self.contents().items() if held != before[name]}

    def put_back(self) -> None:
        assert self.kept
        copy(self.kept, Path(str(self.team.database.engine.url.database)))
        self.has_written()

    def has_written(self) -> bool:
        """Whether anything was committed since this was asked last; of PostgreSQL nobody knows."""
        before = self.version
        self.version = self.watch.execute("PRAGMA data_version").fetchone() if self.watch else ()
        return self.version != before


def copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
