"""A backup that an older release took: it comes back, and its migrations bring it to this one, with every row it had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select, text

from app import migrations, restoring, starting
from app.settings import Settings
from invitations.backups import manifest, taking
from invitations.database import Base, Database, make_engine
from invitations.models import Beneficiary, Organisation
from tests.app.test_backup import PG_BIN, typed
from tests.conftest import NOW, SECRET
from tests.house.test_migrations import bring_to, row_for
from tests.house.test_schema import empty_url

__all__ = ["empty_url"]

PEOPLE = 3
# By table, in the order of their references; the plain values of `row_for` and these.
ROWS: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    ("departments", [{"number": "26", "timezone": "Europe/Paris", "holidays_subdivision": ""}]),
    ("organisations", [{"retention_months": 24}]),
    ("beneficiaries", [{"uid": f"{number:036d}", "archived_at": None} for number in range(PEOPLE)]),
)


def as_it_was(url: str, revision: str) -> None:
    """A database of that release, with people in it."""
    engine = make_engine(url)
    with engine.begin() as connection:
        bring_to(connection, revision)
        there = sa.MetaData()
        there.reflect(connection, only=[name for name, _ in ROWS])
        for name, rows in ROWS:
            for one in rows:
                connection.execute(there.tables[name].insert(), row_for(there.tables[name]) | words_of(name) | one)
    engine.dispose()


def words_of(name: str) -> dict[str, str]:
    """A value of each enumeration."""
    columns = Base.metadata.tables[name].columns
    return {one.name: one.type.enums[0] for one in columns if isinstance(one.type, sa.Enum)}


def test_a_backup_of_an_older_release_is_restored_and_migrated(
    empty_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two releases, each on one engine: the first passes through the second on its way."""
    revision = "0006" if empty_url.startswith("sqlite") else "0007"
    as_it_was(empty_url, revision)
    made = taking.take(empty_url, tmp_path, pg_bin=PG_BIN, clock=lambda: NOW)
    assert manifest.read(made).schema == revision
    settings = Settings(database_url=empty_url, secret_key=SECRET, pg_bin=PG_BIN)
    assert typed(restoring, settings, str(made), "--replace") == 0, capsys.readouterr().err
    assert starting.hindrance(settings) == ""
    database = Database(empty_url)
    with database.writing() as session:
        assert len(session.scalars(select(Organisation)).all()) == 1
        people = session.scalars(select(Beneficiary).order_by(Beneficiary.uid)).all()
        assert [one.uid for one in people] == [row["uid"] for row in ROWS[2][1]]
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == migrations.head()
        people[0].first_name = "Inès"
    database.engine.dispose()
