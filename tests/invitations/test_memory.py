"""What is told again is what a query would find: nothing is ever told that a commit has overtaken, on either engine."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from invitations.database import Database
from invitations.marks import mark_of, recall
from invitations.memory import Memory, Recall
from invitations.models import JobRun

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def elsewhere(database_url: str) -> Iterator[Database]:
    """The same database over connections of its own, as another process has them."""
    made = Database(database_url)
    yield made
    made.engine.dispose()


def write(database: Database, slot: str, now: datetime) -> None:
    with database.writing() as session:
        session.execute(insert(JobRun).values(job="written", slot=slot, started_at=now))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(JobRun)) or 0


def told(database: Database) -> int:
    """How many rows there are, as a page would say it."""
    with database.reading() as session:
        return recall(session)("how many", lambda: count(session))


def mark(database: Database) -> object:
    with database.reading() as session:
        return mark_of(session)


def test_without_a_commit_the_question_is_put_once(database: Database) -> None:
    asked = []

    def answer() -> str:
        asked.append(1)
        return "nothing new"

    for _ in range(3):
        with database.reading() as session:
            assert recall(session)("what is new", answer) == "nothing new"
    assert len(asked) == 1


def test_what_others_commit_is_told_at_once(database: Database, elsewhere: Database, now: datetime) -> None:
    for number in range(5):
        assert told(database) == told(database) == number
        write(elsewhere, str(number), now)


def test_what_one_commits_over_the_same_connection_is_told_at_once(database: Database, now: datetime) -> None:
    """SQLite's own count of versions does not grow for the connection that writes: its changes are counted beside."""
    for number in range(5):
        assert told(database) == number
        write(database, str(number), now)


def test_what_is_not_committed_is_not_told(database: Database, elsewhere: Database, now: datetime) -> None:
    assert told(database) == 0
    with elsewhere.writing() as session:
        session.execute(insert(JobRun).values(job="unfinished", slot="1", started_at=now))
        assert told(database) == 0
    assert told(database) == 1


def test_what_was_rolled_back_was_never_there(database: Database, elsewhere: Database, now: datetime) -> None:
    def fail(where: Database) -> None:
        with where.writing() as session:
            session.execute(insert(JobRun).values(job="half", slot="1", started_at=now))
            assert recall(session)("how many", lambda: count(session)) == 1
            raise RuntimeError("in the middle")

    for other in (database, elsewhere):
        with pytest.raises(RuntimeError):
            fail(other)
        assert told(database) == 0


def test_a_session_that_only_looks_keeps_what_it_changed_to_itself(database: Database, now: datetime) -> None:
    """Its changes are thrown away at the end: what it saw of them must not be told to the next."""
    with database.reading() as session:
        session.add(JobRun(job="look", slot="1", started_at=now))
        session.flush()
        assert mark_of(session) is None
        assert recall(session)("how many", lambda: count(session)) == 1
    assert told(database) == 0


def test_a_session_that_writes_remembers_nothing(database: Database) -> None:
    with database.writing() as session:
        assert recall(session) == Recall()


def test_marks_are_equal_until_somebody_commits(database: Database, elsewhere: Database, now: datetime) -> None:
    before = mark(database)
    assert mark(database) == before
    write(elsewhere, "1", now)
    after = mark(database)
    assert after != before
    assert mark(database) == after


def test_a_mark_stands_for_what_its_own_transaction_sees(
    database: Database, elsewhere: Database, now: datetime
) -> None:
    """Whoever has been reading since before a commit may see less than the next; it must not be kept as the next one's."""
    with database.reading() as session:
        seen = count(session)
        write(elsewhere, "1", now)
        seen_again = recall(session)("how many", lambda: count(session))
        assert seen_again >= seen
    assert told(database) == 1


def test_a_commit_between_the_mark_and_the_question_is_never_lost(
    database: Database, elsewhere: Database, now: datetime
) -> None:
    with database.reading() as session:
        remembered = recall(session)
        write(elsewhere, "1", now)
        assert remembered("how many", lambda: count(session)) in {0, 1}
    assert told(database) == 1


def test_what_other_tables_and_hands_change_counts_too(database: Database, elsewhere: Database, now: datetime) -> None:
    write(elsewhere, "1", now)
    for change in (
        "UPDATE job_runs SET slot = '2'",
        "DELETE FROM job_runs",
        "CREATE TABLE made_by_hand (number INTEGER)",
    ):
        before = mark(database)
        with elsewhere.engine.begin() as connection:
            connection.execute(text(change))
        assert mark(database) != before, change


def test_a_connection_that_was_closed_leaves_nothing_to_the_next(
    database: Database, elsewhere: Database, now: datetime
) -> None:
    """Each connection of SQLite counts from the beginning, and the memory of a closed one may be given to a new one."""
    for number in range(20):
        assert told(database) == number
        database.engine.dispose()
        write(elsewhere, str(number), now)


WRITER = """
import sys
from datetime import UTC, datetime
from sqlalchemy import insert
from invitations.database import Database
from invitations.models import JobRun
database = Database(sys.argv[1])
for line in sys.stdin:
    with database.writing() as session:
        session.execute(insert(JobRun).values(job="written", slot=line.strip(), started_at=datetime.now(UTC)))
    print("committed", flush=True)
"""


@contextmanager
def another_process(url: str) -> Iterator[Callable[[int], None]]:
    """A process that commits when it is told to."""
    command = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        given, said = process.stdin, process.stdout

        def commit(number: int) -> None:
            given.write(f"{number}\n")
            given.flush()
            assert said.readline() == "committed\n"

        yield commit
        given.close()


def test_another_process_commits_and_eight_threads_never_tell_less(database_url: str) -> None:
    """A thread that asks after a commit was confirmed hears of it, whatever the others ask and keep at that moment."""
    database = Database(database_url, pool_size=8)
    confirmed, stale, over = [0], [], threading.Event()

    def ask() -> None:
        while not over.is_set():
            at_least = confirmed[0]
            heard = told(database)
            if heard < at_least:
                stale.append((heard, at_least))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    with another_process(database.engine.url.render_as_string(hide_password=False)) as commit:
        for thread in threads:
            thread.start()
        for number in range(1, 61):
            commit(number)
            confirmed[0] = number
        over.set()
        for thread in threads:
            thread.join(60)
    assert told(database) == 60
    assert stale == []
    assert len(database.memory) <= 32
    database.engine.dispose()


def test_the_memory_keeps_what_was_asked_for_last_and_no_more() -> None:
    memory = Memory(size=3)
    for question in (1, 2, 3, 1, 4):
        memory.tell(question, partial(int, question))
    assert len(memory) == 3
    assert [memory.tell(question, lambda: "forgotten") for question in (1, 3, 4)] == [1, 3, 4]
    assert memory.tell(2, lambda: "forgotten") == "forgotten"


def test_an_answer_that_fails_is_not_kept() -> None:
    memory = Memory()

    def fail() -> str:
        raise RuntimeError("the database is away")

    with pytest.raises(RuntimeError):
        memory.tell("question", fail)
    assert memory.tell("question", lambda: "answer") == "answer"
