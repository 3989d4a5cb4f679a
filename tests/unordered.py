"""A query that asks for no order gets none: SQLite answers backwards in the tests, so that what relies on the order fails.

PostgreSQL gives rows as they lie, which is as they were written until one is changed; a test that relied on it failed once in
a few hundred runs (https://www.sqlite.org/pragma.html#pragma_reverse_unordered_selects).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool


def shuffle() -> None:
    event.listen(Pool, "connect", backwards)


def backwards(connection: Any, _record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA reverse_unordered_selects=ON")
