"""Ids are given once: links are derived from them."""

from __future__ import annotations

from sqlalchemy import delete, text

from invitations import numbering
from invitations.database import Database
from invitations.models import Department
from tests.conftest import NOW


def department(database: Database, number: str) -> int:
    with database.writing() as session:
        made = Department(number=number, name="Drôme", full_name="Département de la Drôme", created_at=NOW)
        session.add(made)
        session.flush()
        return made.id


def test_the_id_of_a_deleted_row_is_not_given_again(database: Database) -> None:
    with database.writing() as session:
        numbering.never_again(session.connection())
        assert numbering.never_again(session.connection()) == 0
    first, last = department(database, "26"), department(database, "07")
    with database.writing() as session:
        session.execute(delete(Department).where(Department.id == last))
    new = department(database, "38")
    assert (first, last, new) == (1, 2, 3)
    if database.is_sqlite:
        with database.reading() as session:
            assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_ids_that_may_have_been_given_are_left_out(database: Database) -> None:
    department(database, "26")
    with database.writing() as session:
        numbering.skip(session.connection())
    assert department(database, "07") > numbering.LEFT_OUT
    with database.writing() as session:
        numbering.skip(session.connection())
    assert department(database, "38") > 2 * numbering.LEFT_OUT


def test_a_table_that_a_migration_copied_goes_on_where_it_was(sqlite_url: str) -> None:
    made = Database(sqlite_url)
    with made.writing() as session:
        numbering.skip(session.connection())
        before = numbering.counted(session.connection())
        session.execute(text("CREATE TABLE copied (id INTEGER NOT NULL, CONSTRAINT pk_tries PRIMARY KEY (id))"))
        session.execute(text("DROP TABLE departments"))
        session.execute(text("ALTER TABLE copied RENAME TO departments"))
        assert numbering.never_again(session.connection(), before) == 1
        session.execute(text("INSERT INTO departments DEFAULT VALUES"))
        assert session.execute(text("SELECT id FROM departments")).scalar_one() == numbering.LEFT_OUT + 1
    made.engine.dispose()


def test_only_tables_whose_whole_key_is_an_id_are_changed() -> None:
    links = "CREATE TABLE links (code_hash VARCHAR(64) NOT NULL, CONSTRAINT pk_links PRIMARY KEY (code_hash))"
    assert numbering.counting_on(links) == links
    assert numbering.counting_on(None) is None
    tags = "CREATE TABLE tags (\n\tid INTEGER NOT NULL, \n\tname VARCHAR(9), \n\tCONSTRAINT pk_tags PRIMARY KEY (id)\n)"
    counted = "CREATE TABLE tags (\n\tid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, \n\tname VARCHAR(9)\n)"
    assert numbering.counting_on(tags) == counted
