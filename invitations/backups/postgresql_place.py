"""Where a backup goes on PostgreSQL: into the database itself, whose own tables are put into a schema aside meanwhile.

Nothing can start on it before it is ready: the row that says at which migration it is comes last.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ProgrammingError

from invitations.backups import counting, programs, taking
from invitations.backups.manifest import BackupTrouble
from invitations.database import make_engine

# Not part of the application, and made by whoever made the database.
_LEFT_OUT = ("SCHEMA - public", "COMMENT - SCHEMA public", f"TABLE DATA public {counting.VERSION} ")


@dataclass(frozen=True, slots=True)
class PostgresqlPlace:
    """`stamp` names the schema into which what was there is put aside."""

    url: str
    stamp: str

    @property
    def work_url(self) -> str:
        return self.url

    @property
    def replaced(self) -> str:
        return f"replaced_{self.stamp.lower()}"

    def is_empty(self) -> bool:
        with _opened(self.url) as connection:
            return not counting.rows(connection)

    def at_work(self) -> str:
        """Who is connected, in words; empty when nobody is."""
        others = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        with _opened(self.url) as connection:
            count = connection.execute(others).scalar_one()
        return f"{count} connections to the database are open" if count else ""

    def check_server(self, pg_bin: str) -> None:
        """Raises BackupTrouble when `pg_restore` is missing, or too old."""
        self._program(pg_bin)

    def bring_in(self, backup: Path, pg_bin: str) -> None:
        """All of it, or nothing: what was there comes back when it fails."""
        program = self._program(pg_bin)
        self._put_aside()
        words = [program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        try:
            with tempfile.NamedTemporaryFile("w", suffix=".list") as listed:
                listed.write(_contents(program, backup))
                listed.flush()
                programs.run([*words, "--use-list", listed.name, str(backup)], self.url)
        except BaseException:
            self.undo()
            raise

    def _put_aside(self) -> None:
        try:
            with _opened(self.url) as connection:
                taking.check_schema(connection)
                if counting.rows(connection):
                    _move(connection, "public", self.replaced)
                connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public")
        except ProgrammingError as refused:
            raise BackupTrouble(
                f"The role may not prepare the database ({type(refused.orig).__name__}): it has to own its tables and may create "
                "schemas; the extension btree_gist is made by an administrator where it may not."
            ) from refused

    def finish(self) -> str:
        """It is in place already; the planner learns what is there. Returns where old ones are, that of a restore which was
        killed too; empty when there was none."""
        with _opened(self.url) as connection:
            connection.exec_driver_sql("ANALYZE")
            kept = put_aside(connection)
        return f"schema {', '.join(kept)}" if kept else ""

    def undo(self) -> None:
        """Drop what was brought in, and put back what was there."""
        with _opened(self.url) as connection:
            half = f"{self.replaced}_half"
            _move(connection, "public", half)
            connection.exec_driver_sql(f"DROP SCHEMA {half} CASCADE")
            if _has_schema(connection, self.replaced):
                _move(connection, self.replaced, "public")
                connection.exec_driver_sql(f"DROP SCHEMA {self.replaced}")

    def _program(self, pg_bin: str) -> str:
        with _opened(self.url) as connection:
            version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
        return programs.find("pg_restore", pg_bin, server=version // 10_000)


def _contents(program: str, backup: Path) -> str:
    """The list by which `pg_restore` brings everything back but what is left out."""
    listed = subprocess.run([program, "--list", str(backup)], capture_output=True, text=True, check=True).stdout
    return "".join(one for one in listed.splitlines(keepends=True) if not any(word in one for word in _LEFT_OUT))


def put_aside(connection: Connection) -> list[str]:
    """The schemas into which restores have put what was there, finished or not."""
    if connection.dialect.name != "postgresql":
        return []
    aside = text("SELECT nspname FROM pg_namespace WHERE nspname ~ '^replaced_[0-9]{8}t[0-9]{6}z$' ORDER BY nspname")
    return list(connection.execute(aside).scalars())


@contextmanager
def _opened(url: str) -> Iterator[Connection]:
    """A connection and its transaction; both end with the block."""
    engine = make_engine(url, pool_size=1)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _has_schema(connection: Connection, name: str) -> bool:
    return bool(
        connection.execute(text("SELECT count(*) FROM pg_namespace WHERE nspname = :name"), {"name": name}).scalar_one()
    )


def _move(connection: Connection, source: str, target: str) -> None:
    """Every table, view, sequence and function of a schema into another, but those of extensions. Its owner may."""
    if not _has_schema(connection, target):
        connection.exec_driver_sql(f"CREATE SCHEMA {target}")
    for query in (_RELATIONS, _FUNCTIONS):
        for (words,) in connection.execute(query, {"source": source, "target": target}).all():
            connection.exec_driver_sql(words)


_OF_NO_EXTENSION = (
    " AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = one.oid AND deptype = 'e' AND classid = '{0}'::regclass)"
)
# Indexes, and sequences that belong to a table, go where it goes.
_RELATIONS = text(
    "SELECT format('ALTER %s %s SET SCHEMA %I', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'"
    " WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, one.oid::regclass, CAST(:target AS text))"
    " FROM pg_class AS one JOIN pg_namespace AS space ON space.oid = relnamespace"
    " WHERE nspname = :source AND relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT EXISTS (SELECT 1 FROM pg_depend"
    " WHERE objid = one.oid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND relkind = 'S')"
    + _OF_NO_EXTENSION.format("pg_class")
    + " ORDER BY relname"
)
_FUNCTIONS = text(
    "SELECT format('ALTER FUNCTION %s SET SCHEMA %I', one.oid::regprocedure, CAST(:target AS text))"
    " FROM pg_proc AS one JOIN pg_namespace AS space ON space.oid = pronamespace WHERE nspname = :source"
    + _OF_NO_EXTENSION.format("pg_proc")
    + " ORDER BY proname"
)
