"""A million links of an earlier release sealed by the scheduler's job, sealed again after a change of key, and one opened."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

from sqlalchemy import insert

from invitations import sealed_links
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Invitation, Link, Mode
from tests.bench.engines import ENGINES, Servers, analyse
from tests.bench.figures import Figure, milliseconds_of
from tests.bench.territory import NOW, SECRET
from tests.factories import World

SUBJECT = "sealing"
LINKS = 1_000_000
AT_ONCE = 20_000
NOW_KEY, NEXT_KEY = Codes(SECRET), Codes("the next key of these measurements, 32 characters", [SECRET])


def measure(servers: Servers) -> Iterator[Figure]:
    links = round(LINKS * servers.share)
    for engine in ENGINES:
        with servers.database(engine) as database:
            fill(database, links)
            for what, act in (("an earlier release's", seal), ("after a change of key", renew)):
                wall, ours = taken(lambda act=act: act(database))  # type: ignore[misc]
                yield Figure(SUBJECT, f"{links:,} links, {what}", engine, "s", [wall])
                yield Figure(SUBJECT, f"{links:,} links, {what}: our processor", engine, "s", [ours])
            with database.reading() as session:
                looked = milliseconds_of(lambda: sealed_links.in_use(session), runs=20)
            yield Figure(SUBJECT, "which keys are in use, before a vacuum", engine, "ms", looked)


def fill(database: Database, links: int) -> None:
    with database.writing() as session:
        world = World(session, NOW)
        made = world.add(
            Invitation(
                uid=str(uuid4()),
                follow_up_id=world.make_follow_up().id,
                organisation_id=world.organisation.id,
                mode=Mode.INVITATION,
                created_at=NOW,
            )
        )
        for begin in range(0, links, AT_ONCE):
            rows = [
                {"code_hash": hashlib.sha256(b"%d" % one).hexdigest(), "invitation_id": made.id, "created_at": NOW}
                for one in range(begin, min(begin + AT_ONCE, links))
            ]
            session.connection().execute(insert(Link), rows)
    analyse(database)


def seal(database: Database) -> None:
    sealed_links.seal(database, NOW_KEY)


def renew(database: Database) -> None:
    sealed_links.renew(database, Link.code_hash, NEXT_KEY)


def taken(act: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and seconds of this process's processor."""
    wall, ours = time.monotonic(), time.process_time()
    act()
    return time.monotonic() - wall, time.process_time() - ours
