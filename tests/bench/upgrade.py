"""An upgrade as docs/installing.md says it, while people book: the release of before serves and sends, a backup is taken, everything
is stopped, the database migrated, this release started. Whoever was answered has their appointment; whoever was not asks again.

Real processes of both releases; that of before is taken out of this repository's history.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select

from invitations.database import Database
from invitations.models import Message, MessageKind
from tests.bench.engines import Servers
from tests.bench.figures import ROOT, Figure
from tests.bench.restore import people_booked, twice, wait
from tests.browser import Installation
from tests.postgres import binaries, free_port
from tests.racing.clients import Crowd, Request, crowd
from tests.racing.crowd import SECRET

SUBJECT = "upgrade"
# The last commit whose migrations end with 0007.
BEFORE = "ad82c3b"
CLIENTS, EACH = 4, 60
PATIENCE = 900  # seconds, with each step: the machine may be busy
AGAIN = 0.2  # before somebody whom nobody answered asks again
PREPARING = """
import json, sys
from app import migrations
from invitations.database import Database
from tests.bench.bookings import prepare
from tests.bench.http_race import make_world

migrations.upgrade(sys.argv[1])
database = Database(sys.argv[1])
wishes = prepare(database, make_world(database))
print(json.dumps([[person.beneficiary_id, person.code, token] for person, token in wishes]))
"""


@dataclass
class People:
    """They book one after the other, and ask again when nobody answers; who was answered, and when."""

    wishes: Iterator[tuple[int, str, str]]
    answered: dict[int, float] = field(default_factory=dict)
    asked_again: int = 0
    refused: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def go_on(self, clients: Crowd) -> None:
        turn = [next(self.wishes) for _ in range(CLIENTS)]
        while not self.stop.is_set():
            answers = clients.race([Request(f"/i/{code}", {"creneau": token}) for _, code, token in turn])
            now = time.monotonic()
            self.answered |= {one[0]: now for one, said in zip(turn, answers, strict=True) if said.status == 303}
            again = [one for one, said in zip(turn, answers, strict=True) if said.status in {0, 503}]
            self.refused += sum(said.status not in {0, 303, 503} for said in answers)
            self.asked_again += len(again)
            if again:
                time.sleep(AGAIN)
            turn = [*again, *(next(self.wishes) for _ in range(CLIENTS - len(again)))]

    @property
    def longest_silence(self) -> float:
        return max(later - one for one, later in pairwise(sorted(self.answered.values())))


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in servers.engines:
        yield drill(servers.new_url(engine), engine)


def drill(url: str, engine: str) -> Figure:
    with tempfile.TemporaryDirectory(prefix="rdv-upgrade-") as name, ExitStack() as ending:
        folder = Path(name)
        (folder / "backups").mkdir()
        people = People(iter(prepare(unpack(folder / "before"), url)))
        port = free_port()
        before = installed(folder / "of-before", url, port, PYTHONPATH=str(folder / "before"))
        now = installed(folder / "of-now", url, port)
        for one in (before, now):
            ending.callback(one.close)
        start(before)
        clients = ending.enter_context(crowd(before.port, clients=CLIENTS))
        booking = threading.Thread(target=people.go_on, args=(clients,))
        booking.start()
        try:
            wait(lambda: len(people.answered) >= CLIENTS * EACH, within=PATIENCE)
            before.run("backup", within=PATIENCE)
            stop(before)
            by_before = len(people.answered)
            now.run("migrate", within=PATIENCE)
            start(now)
            wait(lambda: len(people.answered) >= by_before + CLIENTS * EACH, within=PATIENCE)
        finally:
            people.stop.set()
            booking.join(PATIENCE)
        stop(now)
        found = counted(url, people)
    notes = {"answered before": by_before, "answered after": len(people.answered) - by_before, **found}
    return Figure(SUBJECT, "nobody is answered", engine, "s", [people.longest_silence], notes=notes)


def counted(url: str, people: People) -> dict[str, float]:
    """Held against what each of them was answered: appointments, and what confirms them by text and by email."""
    database = Database(url)
    confirmed = select(Message.participation_id, Message.channel).where(Message.kind == MessageKind.BOOKED)
    with database.reading() as session:
        told = session.execute(confirmed).all()
    there, doubled = people_booked(database), twice(database)
    database.engine.dispose()
    return {
        "lost": len(people.answered.keys() - there),
        "given twice": doubled,
        "not told": len(there) - len({participation for participation, _ in told}),
        "sent twice": len(told) - len(set(told)),
        "asked again": people.asked_again,
        "errors": people.refused,
    }


def unpack(tree: Path) -> Path:
    """The release of before, as it was. Raises CalledProcessError where the history is not there (a shallow clone)."""
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", BEFORE], stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(tree, filter="data")
    return tree


def prepare(tree: Path, url: str) -> list[tuple[int, str, str]]:
    """Its own tables and rows: 50 agents, an invited person for each hour of theirs."""
    words = [sys.executable, "-c", PREPARING, url]
    told = subprocess.run(words, cwd=tree, env={"PYTHONPATH": str(tree)}, stdout=subprocess.PIPE, check=True)
    return [(person, code, token) for person, code, token in json.loads(told.stdout)]


def installed(folder: Path, url: str, port: int, **more: str) -> Installation:
    folder.mkdir()
    backups = {"BACKUP_FOLDER": str(folder.parent / "backups"), "PG_BIN": str(binaries())}
    settings = {"SECRET_KEY": SECRET, "WEB_PROCESSES": "2", **backups, **more}
    return Installation(folder, url, port=port, more=settings)


def start(one: Installation) -> None:
    one.start("serve")
    wait(one.answers, within=PATIENCE)
    one.start("jobs", "run")


def stop(one: Installation) -> None:
    """As a supervisor does: asked, and waited for."""
    for process in one.processes:
        process.send_signal(signal.SIGTERM)
    for process in one.processes:
        process.wait(PATIENCE)
