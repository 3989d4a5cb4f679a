"""Whether a connection to PostgreSQL that the pool kept still leads somewhere; asked each time one is taken.

SQLAlchemy's `pool_pre_ping` asks the server: a question and an answer more for every page. But a server that stops, is killed,
or ends a connection hangs up, and the kernel knows it at once: the connection has something to say that nobody asked for.
Only then, and after a rest that is long enough for whoever stands between to have dropped it in silence, is the server asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from select import POLLIN, poll
from time import monotonic
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.exc import InvalidatePoolError

# Firewalls and address translators forget a silent connection after some minutes at the earliest.
TRUSTED_FOR = timedelta(seconds=30)
_RESTS_SINCE = "rests since"


class HangingUp:
    """Replaces a connection that has ended, and with it all that are older. `clock`: seconds that only go forward."""

    def __init__(self, dialect: Dialect, clock: Callable[[], float] = monotonic) -> None:
        self.dialect = dialect
        self.clock = clock

    def listen_to(self, engine: Engine) -> None:
        event.listen(engine, "checkin", self.rest)
        event.listen(engine, "checkout", self.look)

    def rest(self, _connection: Any, record: Any) -> None:
        record.info[_RESTS_SINCE] = self.clock()

    def look(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Raises InvalidatePoolError, which makes the pool open another."""
        since = record.info.get(_RESTS_SINCE)
        if since is None:  # it was opened a moment ago
            return
        if is_silent(connection) and self.clock() - since < TRUSTED_FOR.total_seconds():
            return
        if not self.answers(connection):
            raise InvalidatePoolError

    def answers(self, connection: Any) -> bool:
        try:
            return self.dialect.do_ping(connection)
        except self.dialect.loaded_dbapi.Error:
            return False


def is_silent(connection: Any) -> bool:
    """False when the other side has said something since the last answer, or nothing leads there any more."""
    if connection.closed:
        return False
    asked = poll()
    asked.register(connection.fileno(), POLLIN)
    return not asked.poll(0)
