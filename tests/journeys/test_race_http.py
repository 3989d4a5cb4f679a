"""Real clients race over HTTP against real server processes, on both databases: nothing is given twice, nobody meets an error.

`make bench` runs the same with 10,000 attempts an engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import utc_now
from invitations.database import Database
from tests.browser import Installation
from tests.factories import World
from tests.racing.clients import crowd
from tests.racing.crowd import SECRET
from tests.racing.scenarios import CLIENTS, SCENARIOS, Result, play

ROUNDS = 10
SERVERS = 3

pytestmark = pytest.mark.journey


@pytest.fixture
def serving(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """More server processes than cores, so that they stand in each other's way."""
    made = Installation(tmp_path, database_url, more={"WEB_PROCESSES": str(SERVERS), "SECRET_KEY": SECRET})
    made.serve()
    yield made
    made.close()


def test_nothing_is_given_twice_and_nobody_meets_an_error(serving: Installation, database: Database) -> None:
    with database.writing() as session:
        world = World(session, utc_now())
    with crowd(serving.port, clients=CLIENTS) as clients:
        results = [
            play(name, ROUNDS, database=database, world=world, installation=serving, crowd=clients)
            for name in SCENARIOS
        ]
    told = {one.name: (one.tally, one.finding) for one in results}
    assert all(is_fair(one) for one in results), told
    assert sum(one.tally.attempts for one in results) == len(SCENARIOS) * ROUNDS * CLIENTS, told


def is_fair(result: Result) -> bool:
    return result.violations == 0 and result.tally.errors == 0
