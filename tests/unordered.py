"""What asks for no order gets none, so that whatever relies on one fails here and not once in a few hundred runs.

SQLite answers queries without an order backwards in all tests (https://www.sqlite.org/pragma.html#pragma_reverse_unordered_selects).
PostgreSQL gives rows as they lie, which is as they were written until one is changed; and rows that are equal in the order asked
for come in any. `RDV_TIES=1` draws lots wherever a query leaves the order open, on both engines: some queries cost more, so that this
is asked for, not done in every run. (What is joined to be read along comes after the lot: a collection's own order is lost then, which is no fault.)
"""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import Engine, Select, event, func
from sqlalchemy.pool import Pool


def shuffle() -> None:
    event.listen(Pool, "connect", backwards)
    if os.environ.get("RDV_TIES"):
        event.listen(Engine, "before_execute", by_lot, retval=True)


def backwards(connection: Any, _record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA reverse_unordered_selects=ON")


def by_lot(_connection: Any, statement: Any, many: Any, values: Any, _options: Any) -> tuple[Any, Any, Any]:
    if isinstance(statement, Select) and not statement._distinct:
        statement = statement.order_by(func.random())
    return statement, many, values
