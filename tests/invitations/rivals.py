"""Processes that claim at the same moment, a few messages at a time: each on connections of its own, all let go at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from invitations.database import Database
from invitations.outbox.claiming import claim
from invitations.outbox.pace import UNBOUNDED, Pace
from tests.post import Post

RIVALS = 4
AT_A_TIME = 2


def claimed_by_rivals(post: Post, database_url: str, *, pace: Pace = UNBOUNDED) -> list[int]:
    """The messages that they claimed, until none of them finds any more."""
    start = Barrier(RIVALS)

    def claim_all(name: str) -> list[int]:
        database, found = Database(database_url), []
        start.wait(timeout=30)
        while (batch := claim_some(post, database, name, pace)) is not None:
            found.extend(batch)
        database.engine.dispose()
        return found

    with ThreadPoolExecutor(RIVALS) as pool:
        return [message_id for found in pool.map(claim_all, map(str, range(RIVALS))) for message_id in found]


def claim_some(post: Post, database: Database, name: str, pace: Pace) -> list[int] | None:
    with database.writing() as session:
        batch = claim(session, process=name, pace=pace, limit=AT_A_TIME, now=post.clock())
        return None if batch is None else [one.message.id for one in batch]
