"""What tests share is given back as it was made: PostgreSQL's databases to the row of the catalogue, the application to the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from app.settings import Settings
from invitations.database import Base, Database
from tests.applications import Applications
from tests.conftest import NOW, SECRET
from tests.emptying import MOST_ROWS, MOST_USES, SINCE, TEMPLATE, EmptyDatabases
from tests.factories import World


@pytest.fixture
def databases(postgres_server: str) -> Iterator[EmptyDatabases]:
    """With nothing in stock: what is taken next is what was given back, or new."""
    made = EmptyDatabases(postgres_server)
    yield made
    for name in made.free:
        made.drop(name)
    made.close()


def opened(databases: EmptyDatabases, name: str) -> Database:
    return Database(f"{databases.server}/{name}")


def fill(database: Database) -> int:
    """A world in it; the number of its first agent."""
    with database.writing() as session:
        return World(session, NOW).agent.id


def content(database: Database) -> list[tuple[str, object]]:
    """Everything in a database but its statistics: each table's columns, rows, indexes and constraints, each sequence's state."""
    with database.engine.connect() as connection:
        looked = inspect(connection)
        sequences = [
            (name, connection.execute(text(f'SELECT * FROM "{name}"')).all()) for name in looked.get_sequence_names()
        ]
        return sequences + [
            (
                name,
                (
                    [
                        (one["name"], str(one["type"]), one["nullable"], one["default"])
                        for one in looked.get_columns(name)
                    ],
                    looked.get_indexes(name),
                    looked.get_check_constraints(name),
                    looked.get_foreign_keys(name),
                    connection.execute(text(f'SELECT * FROM "{name}"')).all(),
                ),
            )
            for name in sorted(looked.get_table_names())
        ]


def test_a_used_database_comes_back_as_the_template(databases: EmptyDatabases) -> None:
    used = databases.take()
    database = opened(databases, used)
    first = fill(database)
    assert [name for name, (*_, rows) in content(database) if rows]
    database.engine.dispose()
    databases.give_back(used)
    again = opened(databases, databases.take())
    template = opened(databases, TEMPLATE)
    assert content(again) == content(template)
    assert {name for name, _ in content(template)} >= set(Base.metadata.tables)
    assert fill(again) == first, "numbers are counted from one"
    for one in (again, template):
        one.engine.dispose()
    databases.give_back(again.engine.url.database or "")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE agents ADD COLUMN extra integer",
        "ALTER TABLE agents ALTER COLUMN email DROP NOT NULL",
        "ALTER TABLE agents DISABLE TRIGGER ALL",
        "CREATE TABLE leftover (id integer)",
        "CREATE FUNCTION leftover() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "ALTER SEQUENCE agents_id_seq INCREMENT BY 2",
        "DROP INDEX ix_links_invitation_id; CREATE INDEX ix_links_invitation_id ON links (invitation_id)",
        "CREATE SCHEMA leftover",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "SELECT lo_create(0)",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Europe/Paris''', current_database()); END $$",
    ],
    ids=lambda change: " ".join(change.split()[:4]),
)
def test_a_database_that_was_changed_is_not_given_again(databases: EmptyDatabases, change: str) -> None:
    name = databases.take()
    with psycopg.connect(f"{databases.server}/{name}".replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(change)
    databases.give_back(name)
    assert databases.free == []


def test_a_database_with_many_rows_is_not_given_again(databases: EmptyDatabases) -> None:
    name = databases.take()
    database = opened(databases, name)
    with database.writing() as session:
        session.execute(
            text(
                f"INSERT INTO job_runs (job, slot, started_at) SELECT 'x', n, now() FROM generate_series(0, {MOST_ROWS}) n"
            )
        )
    database.engine.dispose()
    databases.give_back(name)
    assert databases.free == []


def test_a_database_that_was_used_often_is_not_given_again(databases: EmptyDatabases) -> None:
    name = databases.take()
    databases.uses[name] = MOST_USES - 1
    databases.give_back(name)
    assert databases.free == []


def test_what_a_server_counted_before_it_crashed_is_not_believed(databases: EmptyDatabases) -> None:
    name = databases.take()
    databases.left[name] = {(SINCE, ""): 0}
    databases.give_back(name)
    assert databases.free == []


def test_rows_and_numbers_of_a_second_use_go_as_well(databases: EmptyDatabases) -> None:
    """What was found empty, written to and rolled back, or only numbered, is looked at again each time."""
    numbers = []
    for _ in range(3):
        database = opened(databases, name := databases.take())
        with database.engine.begin() as connection:
            numbers.append(connection.scalar(text("SELECT nextval('agents_id_seq')")))
            assert connection.scalar(text("SELECT count(*) FROM job_runs")) == 0
            connection.execute(text("INSERT INTO job_runs (job, slot, started_at) VALUES ('x', '1', now())"))
        database.engine.dispose()
        databases.give_back(name)
        assert len(databases.free) == 1
    assert numbers == [1, 1, 1]


def test_whoever_is_still_connected_is_cut_off_and_finds_nothing_any_more(databases: EmptyDatabases) -> None:
    """A lock, a transaction in the middle, a setting of the connection: none of them reaches the next test."""
    name = databases.take()
    left = opened(databases, name)
    with left.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(1)"))
        connection.execute(text("SET timezone = 'Asia/Tokyo'"))
        connection.execute(text("INSERT INTO job_runs (job, slot, started_at) VALUES ('left', '1', now())"))
        databases.give_back(name)
        assert len(databases.free) == 1
        with pytest.raises(OperationalError):
            connection.commit()
        connection.invalidate()
    with pytest.raises(OperationalError, match="does not exist"):
        left.engine.connect()
    again = opened(databases, databases.free[0])
    with again.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM job_runs")) == 0
        assert connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")) == 0
    for one in (left, again):
        one.engine.dispose()


@pytest.fixture
def lending() -> Applications:
    return Applications()


HERE = Settings(database_url="sqlite://", secret_key=SECRET)


def test_an_application_comes_back_with_its_own_configuration(lending: Applications) -> None:
    with lending.lend(HERE, clock=lambda: NOW) as first:
        as_made = dict(first.config)
        first.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        first.config["SOMETHING"] = "else"
    with lending.lend(HERE, clock=lambda: NOW) as again:
        assert again is first
        assert dict(again.config) == as_made


def test_each_test_has_a_runtime_of_its_own(lending: Applications) -> None:
    with lending.lend(HERE, clock=lambda: NOW) as first:
        runtime = first.extensions["rdv"]
    with lending.lend(HERE, clock=lambda: NOW) as again:
        assert again.extensions["rdv"] is not runtime
        assert again.extensions["rdv"].database is not runtime.database


def test_other_settings_are_another_application(lending: Applications) -> None:
    with lending.lend(HERE, clock=lambda: NOW) as one:
        pass
    with lending.lend(replace(HERE, public_url="https://rdv.drome.example"), clock=lambda: NOW) as other:
        assert other is not one
        assert other.config["SESSION_COOKIE_SECURE"]


@pytest.mark.parametrize("part", ["rule", "filter", "global", "before a request"])
def test_an_application_that_was_changed_is_not_lent_again(lending: Applications, part: str) -> None:
    with lending.lend(HERE, clock=lambda: NOW) as first:
        changes = {
            "rule": lambda: first.add_url_rule("/leftover", "leftover", str),
            "filter": lambda: first.jinja_env.filters.update(day=str),
            "global": lambda: first.jinja_env.globals.update(kept=str),
            "before a request": lambda: first.before_request(lambda: None),
        }
        changes[part]()
    with lending.lend(HERE, clock=lambda: NOW) as again:
        assert again is not first
