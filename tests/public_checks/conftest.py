"""Every state is reached once a worker and language, and looked at in one window of the one browser."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, template_rendered
from jinja2 import Template
from playwright.sync_api import Browser

from app import create_app
from app.settings import Settings
from invitations.database import Database
from notifications.senders import Senders
from tests import npm
from tests.conftest import SECRET
from tests.fakes import RememberingEmail, RememberingSms
from tests.public_checks.stage import Answer, Stage
from tests.public_checks.states import State
from tests.public_checks.window import AXE, Window


@dataclass
class Reached:
    """What each state answered, asked for once. One database, emptied between two states: they share nothing."""

    flask: Flask
    database: Database
    empty: Path
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    visited: set[tuple[str, str]] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        template_rendered.connect(self.note, self.flask)

    def note(self, _sender: Flask, template: Template, **_: Any) -> None:
        self.shown.add(str(template.name))

    def page(self, state: State, language: str) -> Answer:
        key = state.name, language
        if key not in self.answers:
            self.start_anew()
            stage = Stage(self.flask, self.database, language)
            self.answers[key] = state.reach(stage)
            self.visited |= stage.visited
        return self.answers[key]

    def start_anew(self) -> None:
        here = self.database.engine.url.database
        with closing(sqlite3.connect(self.empty)) as source, closing(sqlite3.connect(str(here))) as target:
            source.backup(target)


@pytest.fixture(scope="session")
def reached(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('public') / 'rdv.db'}")
    flask = create_app(
        Settings(database_url=str(database.engine.url), secret_key=SECRET),
        senders=Senders(sms=RememberingSms(), email=RememberingEmail()),
    )
    flask.extensions["rdv"].database.engine.dispose()
    yield Reached(flask, database, sqlite_template)
    database.engine.dispose()


@pytest.fixture(scope="session")
def axe() -> str:
    try:
        return npm.file_of(*AXE).read_text()
    except npm.NoNpm as why:
        npm.skip_or_fail(why)
        raise


@pytest.fixture(scope="session")
def window(browser: Browser, reached: Reached, axe: str) -> Iterator[Window]:
    with Window.on(browser, reached.flask, axe) as made:
        yield made
