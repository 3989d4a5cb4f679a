"""`rdv serve` is told to stop in the middle of its work: whoever waits is answered, then it ends, and well.

The scheduler's own: tests/faults/test_faults.py; the demonstration's: tests/journeys/test_whole_walk.py.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Semaphore, Thread

import pytest

from invitations.database import Database
from invitations.models import Tries
from tests.browser import ROOT
from tests.conftest import SECRET
from tests.postgres import free_port

pytestmark = pytest.mark.journey

WRONG = "code=VW3K-9XHP"  # well formed, and nobody's: that it was tried is written down
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LONGEST = 30.0  # seconds, to stop
ESTABLISHED = "01"  # as /proc/net/tcp has it


@contextmanager
def serving(url: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    env = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "SECRET_KEY": SECRET, "PORT": str(port)}
    with (folder / "log").open("wb") as said:
        process = subprocess.Popen([sys.executable, "-m", "app.commands", "serve"], env=env, cwd=ROOT, stderr=said)
    try:
        wait_for(lambda: ask(port, "GET", "/robots.txt") > 0)
        yield process, port
    finally:
        process.kill()
        process.wait(10)


def wait_for(is_so: object) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if is_so():  # type: ignore[operator]
                return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail("it did not come to that")


def ask(port: int, method: str, path: str, body: str | None = None, *, sent: Semaphore | None = None) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    try:
        connection.request(method, path, body, FORM if body else {})
        if sent is not None:
            sent.release()
        return connection.getresponse().status
    finally:
        connection.close()


def being_answered(port: int) -> int:
    """How many connections the server has read all of that came, and has not answered yet."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = (row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED)
    return sum(row[4].endswith(":00000000") for row in ours)


def test_whoever_waits_when_the_web_is_told_to_stop_is_answered(sqlite_url: str, tmp_path: Path) -> None:
    """Somebody else writes for a moment: three people wait for their turn meanwhile, and are not sent away."""
    answers, sent = list[int](), Semaphore(0)
    database = Database(sqlite_url)
    with serving(sqlite_url, tmp_path) as (process, port):

        def wait_for_their_turn() -> None:
            answers.append(ask(port, "POST", "/code", WRONG, sent=sent))

        with database.writing():
            waiting = [Thread(target=wait_for_their_turn) for _ in range(3)]
            for one in waiting:
                one.start()
            for _ in waiting:  # a connection on which nothing was said yet looks as if all of it had been read
                assert sent.acquire(timeout=LONGEST)
            wait_for(lambda: being_answered(port) == 3)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            time.sleep(1)
            assert process.poll() is None, "it has not left those who wait"
            assert answers == []
        for one in waiting:
            one.join(LONGEST)
        assert answers == [404, 404, 404]
        assert process.wait(LONGEST) == 0
        assert time.monotonic() - began < LONGEST
        with pytest.raises(OSError):
            ask(port, "GET", "/robots.txt")
    with database.reading() as session:
        assert session.query(Tries).count() > 0, "what they did is kept"
    database.engine.dispose()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert [one["route"] for one in lines if one["event"] == "request"][-3:] == ["/code"] * 3
