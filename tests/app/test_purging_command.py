"""`rdv purge`: how many and of what year, nobody's name; then their deletion."""

from __future__ import annotations

import argparse
import io
from datetime import timedelta

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import func, select

from app import commands, purging
from app.runtime import Runtime
from invitations.database import Database
from invitations.models import Beneficiary, PurgeRun
from tests.conftest import NOW, Clock
from tests.factories import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is printed; who goes is for tests/invitations/test_purging.py."""
    return sqlite_url


@pytest.fixture
def runtime(database: Database, flask_app: Flask) -> Runtime:
    """A team with two people to whom nothing has happened for two years and more, and one of today."""
    with database.writing() as session:
        world = World(session, NOW - timedelta(days=800))
        world.organisation.name = "Mission Nord"
        for _ in range(2):
            world.make_beneficiary(last_name="Lefèvre")
        world.now = NOW
        world.make_beneficiary()
    found: Runtime = flask_app.extensions["rdv"]
    return found


def typed(runtime: Runtime, *words: str) -> tuple[int, str]:
    """The exit status, and what is printed."""
    parser, printed = argparse.ArgumentParser(), io.StringIO()
    purging.add_arguments(parser)
    status = purging.run(runtime, parser.parse_args(words), Console(file=printed, width=120))
    return status, printed.getvalue()


def people(database: Database) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(Beneficiary)).scalar_one()


def test_a_dry_run_tells_by_organisation_and_year_and_deletes_nothing(runtime: Runtime, database: Database) -> None:
    status, printed = typed(runtime, "--dry-run")
    assert status == 0
    assert [cell.strip().removeprefix("1 ") for cell in printed.splitlines()[3].split("│")[1:-1]] == [
        "Mission Nord",
        "24 months",
        "2",
        "2024: 2",
    ]
    assert "Lefèvre" not in printed
    assert people(database) == 3
    with database.reading() as session:
        assert session.scalars(select(PurgeRun)).all() == []


@pytest.mark.parametrize("named", ["Mission Nord", "1", None])
def test_without_it_they_are_deleted(runtime: Runtime, database: Database, clock: Clock, named: str | None) -> None:
    status, printed = typed(runtime, *(["--organisation", named] if named else []))
    assert (status, "Deleted: 2." in printed) == (0, True)
    assert people(database) == 1
    assert typed(runtime)[1] == "Nobody is due.\nDeleted: 0.\n"


def test_an_organisation_that_nobody_knows_is_refused(runtime: Runtime, database: Database) -> None:
    assert typed(runtime, "--organisation", "Mission Sud") == (1, "No organisation 'Mission Sud'.\n")
    assert people(database) == 3


def test_it_is_a_command() -> None:
    assert commands.make_parser().parse_args(["purge", "--dry-run"]).dry_run
