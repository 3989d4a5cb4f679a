"""A database brought up by migrations is the database of the models, on both engines, promises included."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from app import migrations
from invitations.database import Database
from invitations.models.beneficiaries import BY_NAME, BY_NAME_INDEX
from tests.conftest import NOW
from tests.factories import World
from tests.invitations.test_database import book


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE rdv_empty"))
    yield f"{server}/rdv_empty"
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE rdv_empty WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def upgraded(empty_url: str) -> Iterator[Database]:
    migrations.upgrade(empty_url)
    database = Database(empty_url)
    yield database
    database.engine.dispose()


def test_an_empty_database_is_not_current_and_an_upgraded_one_is(empty_url: str) -> None:
    assert not migrations.is_current(empty_url)
    migrations.upgrade(empty_url)
    assert migrations.is_current(empty_url)


def test_migrations_make_the_tables_of_the_models(upgraded: Database) -> None:
    """`alembic check`: raises with the difference, when there is one."""
    config = migrations.configuration()
    with upgraded.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_names_are_in_the_order_that_queries_ask_for(upgraded: Database) -> None:
    """An index of expressions, which `alembic check` can't compare: PostgreSQL looks into it only if it is word for word."""
    if upgraded.engine.dialect.name == "sqlite":
        return
    definition = text("SELECT pg_get_indexdef(CAST(:name AS regclass))")
    with upgraded.engine.begin() as connection:
        migrated = connection.execute(definition, {"name": BY_NAME}).scalar_one()
        connection.execute(text(f"DROP INDEX {BY_NAME}"))
        connection.exec_driver_sql(BY_NAME_INDEX)
        assert connection.execute(definition, {"name": BY_NAME}).scalar_one() == migrated


def test_no_agents_time_is_taken_twice_in_a_migrated_database(upgraded: Database) -> None:
    with upgraded.writing() as session:
        world = World(session, NOW)
        book(world, session, starts_in=timedelta(hours=1))
        with pytest.raises(IntegrityError), session.begin_nested():
            book(world, session, starts_in=timedelta(hours=1))
        other = book(world, session, starts_in=timedelta(hours=3))
        other.starts_at -= timedelta(hours=2)
        with pytest.raises(IntegrityError), session.begin_nested():
            session.flush()


def test_upgrading_again_loses_nothing(empty_url: str) -> None:
    migrations.upgrade(empty_url)
    database = Database(empty_url)
    with database.writing() as session:
        World(session, NOW)
    migrations.upgrade(empty_url)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM departments")).scalar_one() == 1
    database.engine.dispose()


def test_several_processes_may_upgrade_at_once(empty_url: str) -> None:
    wrong: list[Exception] = []

    def upgrade() -> None:
        try:
            migrations.upgrade(empty_url)
        except Exception as error:  # noqa: BLE001  (carried to the main thread)
            wrong.append(error)

    together = [threading.Thread(target=upgrade) for _ in range(4)]
    for one in together:
        one.start()
    for one in together:
        one.join(60)
    assert wrong == []
    assert migrations.is_current(empty_url)


def test_every_table_can_be_found_by_its_keys(upgraded: Database) -> None:
    """A foreign key without an index makes each deletion read the whole table; small tables are named here."""
    found = inspect(upgraded.engine)
    bare = []
    for table in found.get_table_names():
        led_by = {tuple(index["column_names"])[:1] for index in found.get_indexes(table)}
        led_by |= {tuple(key["column_names"])[:1] for key in found.get_unique_constraints(table)}
        led_by.add(tuple(found.get_pk_constraint(table)["constrained_columns"])[:1])
        bare += [
            f"{table}.{key['constrained_columns'][0]}"
            for key in found.get_foreign_keys(table)
            if tuple(key["constrained_columns"])[:1] not in led_by
        ]
    assert set(bare) <= NOT_SEARCHED, "an index, or a reason here why nobody searches by it"


# Never searched by, and what they point to is not deleted while rows remain.
NOT_SEARCHED = {
    "supports.supporter_id",
    "messages.agent_link_id",
    "agent_sessions.support_id",
    "agent_links.invited_by_id",
    "callback_requests.handled_by_agent_id",
    "category_settings.category_id",
    "import_batches.agent_id",
    "import_batches.category_id",
    "invitation_batches.agent_id",
    "invitation_batches.category_id",
    "invitation_batches.taken_back_by_agent_id",
    "invitations.created_by_agent_id",
    "invitations.place_id",
    "inbound_texts.handled_by_agent_id",
    "letter_batches.agent_id",
    "move_ins.agent_id",
    "move_ins.category_id",
    "move_ins.holder_id",
    "messages.own_text_id",
    "orientations.by_agent_id",
    "orientations.by_organisation_id",
    "orientations.organisation_id",
    "own_texts.agent_id",
    "own_texts.category_id",
    "sector_services.place_id",
    "waitings.place_id",
    "waves.agent_id",
    "waves.category_id",
    "audit_events.agent_id",
    "api_batches.agent_id",
    "api_batches.service_key_id",
    "assignments.organisation_id",
    "service_keys.created_by_agent_id",
    "trial_opt_outs.agent_id",
    "trial_opt_outs.organisation_id",
    "trial_organisations.category_id",
    "trials.category_id",
    "trials.created_by_agent_id",
    "trials.ended_by_agent_id",
    "trials.started_by_agent_id",
    "webhook_endpoints.created_by_agent_id",
}
