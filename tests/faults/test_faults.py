"""Nothing is lost and nothing is sent twice, whatever fails: some hundred texts here, 10,000 in `python -m tests.bench faults`."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from app.jobs import CLOCK_LOOK
from invitations.database import Database
from invitations.models import Message, MessageState
from tests.faults import scenarios
from tests.faults.judge import Verdict, judge
from tests.faults.owing import owe_texts, phone
from tests.faults.provider import running_provider
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.stage import Patience, stage

OWED = 200
URLS = {"SQLite": "sqlite_url", "PostgreSQL": "postgres_url"}
PLAYED = [(one, engine) for one in SCENARIOS for engine in one.engines_in_suite]

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(("scenario", "engine"), PLAYED, ids=lambda one: str(getattr(one, "name", one)))
def test_every_text_leaves_once(
    scenario: Scenario, engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = str(request.getfixturevalue(URLS[engine]))
    result = scenarios.run(scenario, owed=OWED, folder=tmp_path, database_url=url, quick=True)
    assert result.verdict.violations == 0, result
    assert result.verdict.sent == result.verdict.owed, result


@pytest.mark.parametrize("name", ["disk slow", "no connection left"])
def test_every_text_leaves_once_whatever_holds_postgresql_up(name: str, tmp_path: Path) -> None:
    result = scenarios.run_alone(name, owed=OWED, folder=tmp_path, quick=True)
    assert result.verdict.violations == 0, result
    assert result.verdict.sent == OWED, result


def test_a_scheduler_told_to_stop_finishes_what_it_has_in_hand(tmp_path: Path, database_url: str) -> None:
    with stage(tmp_path, database_url, owed=OWED, patience=Patience(), quick=True) as set_up:
        scheduler = set_up.start()
        set_up.taken(10)
        scheduler.terminate()
        assert scheduler.wait(60) == 0
        verdict = set_up.verdict()
        assert 10 <= verdict.sent == set_up.provider.taken < OWED
        assert verdict.waiting == OWED - verdict.sent
        assert set_up.claimed() == 0


def test_a_scheduler_that_was_paused_goes_on(tmp_path: Path, sqlite_url: str) -> None:
    with stage(tmp_path, sqlite_url, owed=1, patience=Patience(), quick=True) as set_up:
        scheduler = set_up.start()
        set_up.taken(1)
        os.kill(scheduler.pid, signal.SIGSTOP)
        time.sleep(CLOCK_LOOK.total_seconds() + 0.3)
        os.kill(scheduler.pid, signal.SIGCONT)
        with pytest.raises(subprocess.TimeoutExpired):
            scheduler.wait(4)  # it stops its jobs first, when it ends


def test_the_judge_sees_what_is_lost_and_what_is_sent_twice(tmp_path: Path, database: Database) -> None:
    owe_texts(database, 5)
    fields = [{"To": phone(number), "Body": "Bonjour", "From": "+33937000000"} for number in (0, 1, 1)]
    with running_provider(tmp_path, quick=True) as provider:
        sids = [provider.take(one) for one in fields]
        say(database, 1, MessageState.SENT, sids[0])
        say(database, 2, MessageState.SENT, sids[0])  # the other's
        say(database, 3, MessageState.SENT, "SM" + "0" * 32)
        say(database, 4, MessageState.UNKNOWN, None)
        found = judge(database, provider, owed=6)
    assert found == Verdict(owed=6, sent=2, unknown=1, waiting=1, lost=2, twice=1, misattributed=1, doubted=0), (
        "one never had, one gone; one taken again; one that is another's"
    )


def say(database: Database, message_id: int, state: MessageState, sid: str | None) -> None:
    """Write what became of a text, whether it is true or not."""
    with database.writing() as session:
        message = session.get_one(Message, message_id)
        message.state, message.provider_id = state, sid
