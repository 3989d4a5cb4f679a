"""The restore drill: a backup taken while people book over HTTP, the machine lost, restored elsewhere, and what is missing held
against what each of them was answered and when. Real processes: `rdv serve`, `rdv backup`, `rdv restore`.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, func, make_url, select, text

from app import migrations
from invitations.backups import manifest
from invitations.database import Base, Database
from invitations.models import MessageState, Participation
from tests.bench.bookings import prepare
from tests.bench.engines import ENGINES, Servers
from tests.bench.figures import Figure
from tests.bench.http_race import make_world
from tests.browser import Installation
from tests.faults.judge import in_state, judge
from tests.faults.stage import Patience, stage
from tests.postgres import binaries
from tests.racing.clients import Crowd, crowd
from tests.racing.crowd import SECRET, Person
from tests.racing.stage import book

SUBJECT = "restore drill"
CLIENTS, AT_ONCE, BEFORE, AFTER = 4, 3, 120, 240
TEXTS, SLOWLY = 2_000, 150  # milliseconds of the provider's for each: the backup falls in the middle
NOT_YET = (MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN)


@dataclass
class Told:
    """What people were answered: who, when (of `time.monotonic`), and the status."""

    answers: list[tuple[Person, float, int]] = field(default_factory=list)

    def booked(self, *, before: float = float("inf"), after: float = 0.0) -> set[int]:
        return {person.beneficiary_id for person, at, status in self.answers if status == 303 and after < at < before}


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        yield from drill(servers, engine)
        yield texts(servers, engine)


def drill(servers: Servers, engine: str) -> Iterator[Figure]:
    url, elsewhere = make(servers, engine), servers.new_url(engine)
    database = Database(url)
    wishes = prepare(database, make_world(database))
    told, stop = Told(), threading.Event()
    with tempfile.TemporaryDirectory(prefix="rdv-drill-") as folder, ExitStack() as ending:
        backups = Path(folder) / "backups"
        backups.mkdir()
        here = installation(Path(folder) / "here", url, backups)
        ending.callback(here.close)
        here.serve()
        clients = ending.enter_context(crowd(here.port, clients=CLIENTS))
        booking = threading.Thread(target=go_on, args=(clients, wishes, told, stop))
        booking.start()
        wait(lambda: len(told.booked()) >= BEFORE)
        began = time.monotonic()
        here.run("backup")
        ended = time.monotonic()
        wait(lambda: len(told.booked(after=ended)) >= AFTER)
        stop.set()
        booking.join(60)
        os.killpg(here.processes[0].pid, signal.SIGKILL)  # the machine is lost
        last = people_booked(database)
        database.engine.dispose()
        lose(url)
        there = installation(Path(folder) / "there", elsewhere, backups)
        ending.callback(there.close)
        restoring = time.monotonic()
        (made,) = manifest.every(backups)
        there.run("restore", str(made), within=300)
        restored_in = time.monotonic() - restoring
        back_database = Database(elsewhere)
        back = people_booked(back_database)
        notes = {
            "lost": len(told.booked(before=began) - back),
            "answered after, and there": len(told.booked(after=ended) & back),
            "there, and never booked": len(back - last),
            "booked while it was taken": len(told.booked(before=ended) - told.booked(before=began)),
            "missing": len(last - back),
            "violations": twice(back_database),
            "rows": manifest.read(made).total,
        }
        there.serve()
        notes["booked again"] = book_again(there, wishes, last - back)
        notes["not booked in the end"] = len(last - people_booked(back_database))
        back_database.engine.dispose()
    yield Figure(SUBJECT, "backup while people book", engine, "s", [ended - began], notes=notes)
    yield Figure(SUBJECT, "restored elsewhere", engine, "s", [restored_in])


def texts(servers: Servers, engine: str) -> Figure:
    """A backup while a scheduler sends, the machine lost later, another scheduler on what was restored: the provider counts."""
    url, elsewhere = make(servers, engine), servers.new_url(engine)
    with tempfile.TemporaryDirectory(prefix="rdv-drill-") as name, ExitStack() as ending:
        folder, backups = Path(name), Path(name) / "backups"
        backups.mkdir()
        set_up = ending.enter_context(stage(folder, url, owed=TEXTS, patience=Patience()))
        set_up.installation.more.update(PG_BIN=str(binaries()), BACKUP_FOLDER=str(backups))
        set_up.provider.script(latency_ms=SLOWLY)
        set_up.start()
        set_up.taken(TEXTS // 10, within=120)
        set_up.installation.run("backup", within=300)
        at_backup = set_up.provider.taken
        set_up.taken(TEXTS // 10, within=120)
        set_up.kill()
        left = set_up.provider.taken
        set_up.database.engine.dispose()
        lose(url)
        (made,) = manifest.every(backups)
        there = Installation(folder, elsewhere, port=set_up.installation.port, more=set_up.installation.more)
        ending.callback(there.close)
        there.run("restore", str(made), within=300)
        began, database = time.monotonic(), Database(elsewhere)
        there.start("jobs", "run")
        wait(lambda: in_state(database, *NOT_YET) == 0, within=300)
        took, verdict = time.monotonic() - began, judge(database, set_up.provider, owed=TEXTS)
        database.engine.dispose()
    notes = {
        "messages": TEXTS,
        "left when the backup was over": at_backup,
        "left when the machine was lost": left,
        "lost": TEXTS - verdict.sent,
        "sent twice": verdict.twice,
        "violations": verdict.misattributed,
    }
    return Figure(SUBJECT, "every text left, after the restore", engine, "s", [took], notes=notes)


def make(servers: Servers, engine: str) -> str:
    url = servers.new_url(engine)
    made = create_engine(url)
    with made.begin() as connection:
        Base.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.head()})
    made.dispose()
    return url


def installation(folder: Path, url: str, backups: Path) -> Installation:
    folder.mkdir()
    more = {"SECRET_KEY": SECRET, "PG_BIN": str(binaries()), "BACKUP_FOLDER": str(backups), "WEB_PROCESSES": "2"}
    return Installation(folder, url, more=more)


def go_on(clients: Crowd, wishes: list[tuple[Person, str]], told: Told, stop: threading.Event) -> None:
    """People book, a few at a time, until told to stop."""
    queue = iter(wishes)
    while not stop.is_set():
        shares = [[one for one in (next(queue, None) for _ in range(AT_ONCE)) if one] for _ in range(CLIENTS)]
        if not all(shares):
            return
        answers = clients.work([[book(*one) for one in share] for share in shares])
        at = time.monotonic()
        told.answers += [
            (person, at, answer.status)
            for share, said in zip(shares, answers, strict=True)
            for (person, _), answer in zip(share, said, strict=True)
        ]


def book_again(there: Installation, wishes: list[tuple[Person, str]], missing: set[int]) -> int:
    """Whoever is missing opens the same link again, and takes the same slot: nobody else has it."""
    again = [one for one in wishes if one[0].beneficiary_id in missing]
    with crowd(there.port, clients=CLIENTS) as clients:
        answers = clients.work([[book(*one) for one in again[number::CLIENTS]] for number in range(CLIENTS)])
    return sum(one.status == 303 for share in answers for one in share)


def people_booked(database: Database) -> set[int]:
    with database.reading() as session:
        return set(session.scalars(select(Participation.beneficiary_id)))


def twice(database: Database) -> int:
    with database.reading() as session:
        held = select(Participation.beneficiary_id).group_by(Participation.beneficiary_id).having(func.count() > 1)
        return len(session.scalars(held).all())


def wait(holds: object, *, within: float = 120) -> None:
    until = time.monotonic() + within
    while not holds():  # type: ignore[operator]
        if time.monotonic() > until:
            raise TimeoutError("the drill does not get on")
        time.sleep(0.02)


def lose(url: str) -> None:
    """The disk, or the whole database."""
    if url.startswith("sqlite"):
        path = Path(make_url(url).database or "")
        for one in path.parent.glob(f"{path.name}*"):
            one.unlink()
        return
    server = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {make_url(url).database} WITH (FORCE)"))
    server.dispose()
