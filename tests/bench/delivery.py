"""Delivery: from rows that are due to messages taken, none lost and none twice.

Through a sender in the delivering process that answers at once, which shows what the outbox itself costs: one process
on SQLite, four on PostgreSQL. Through one that takes 50 ms, to see how busy the provider is kept. And through the Twilio
double in a process of its own, over real HTTP and the real SDK.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen

from sqlalchemy import insert, select, update

from invitations import outbox
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Beneficiary,
    Channel,
    FollowUp,
    Invitation,
    Link,
    Message,
    MessageKind,
    MessageState,
    Mode,
)
from notifications.senders import Email, Senders, Sms
from notifications.sms import TwilioSms
from tests.bench import territory
from tests.bench.engines import ENGINES, Servers, analyse, url_of
from tests.bench.figures import ROOT, Figure, seconds
from tests.factories import World
from tests.postgres import free_port

SUBJECT = "delivery"
MESSAGES = 6_000
OVER_HTTP = 400
RUNS = 3
THREADS = 8
PROCESSES = {"SQLite": 1, "PostgreSQL": 4}
AT_ONCE_LIMIT = 3_000  # a second
SLOW = 0.05  # seconds
IN_SLOW = 800  # five seconds of eight threads
BUSY_LIMIT = 90  # %
ACCOUNT = f"AC{'0' * 32}"
CODES = Codes(territory.SECRET)
TERMS = outbox.DeliveryTerms(
    public_url="https://rdv.example",
    mail_domain="rdv.example",
    threads=THREADS,
    lease=timedelta(minutes=2),
    settle_every=timedelta(minutes=5),
)


class CountingSms:
    """Takes every text at once and remembers whose it was."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, sms: Sms) -> str:
        self.taken.append(sms.reference)
        return f"SM{sms.reference}"

    def find(self, sms: Sms, *, since: datetime) -> str | None:
        return None


class SlowSms(CountingSms):
    """Takes 50 ms for each text; adds up how long it was busy."""

    def __init__(self) -> None:
        super().__init__()
        self.busy: list[float] = []

    def send(self, sms: Sms) -> str:
        began = time.perf_counter()
        time.sleep(SLOW)
        self.busy.append(time.perf_counter() - began)
        return super().send(sms)


class NoEmail:
    def send(self, email: Email) -> str:
        raise AssertionError("no email is owed here")


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in ENGINES:
        with servers.database(engine) as database:
            owe(database)
            analyse(database)
            yield at_once(database, engine)
            yield kept_busy(database, engine)
            yield over_http(database, engine)


def at_once(database: Database, engine: str) -> Figure:
    """As many processes as each engine is meant for."""
    processes = PROCESSES[engine]
    runs = []
    with deliverers(database, processes) as work:
        work()  # a process of the product has compiled its statements before
        for _ in range(RUNS):
            make_due(database, MESSAGES)
            taken, took = work()
            check(taken, MESSAGES)
            runs.append(MESSAGES / took)
    notes = {"processes": processes, "messages": MESSAGES, "threads": THREADS, "lost": 0, "sent twice": 0}
    what = "sender of 0 ms, in each process"
    return Figure(SUBJECT, what, engine, "/s", runs, limit=AT_ONCE_LIMIT, more_is_better=True, notes=notes)


@contextmanager
def deliverers(database: Database, processes: int) -> Iterator[Callable[[], tuple[list[str], float]]]:
    """Processes that all deliver what is due when they are called, at one moment: what they took, and how long the
    last of them needed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    start, results = context.Barrier(processes + 1), context.Queue()
    made = [
        context.Process(target=deliver_often, args=(url_of(database), start, results), daemon=True)
        for _ in range(processes)
    ]
    for one in made:
        one.start()

    def work() -> tuple[list[str], float]:
        start.wait(timeout=120)
        began = time.perf_counter()
        shares = [results.get(timeout=120) for _ in made]
        return [one for share in shares for one in share], time.perf_counter() - began

    try:
        yield work
    finally:
        for one in made:
            one.kill()
            one.join(timeout=20)


def deliver_often(url: str, start: Any, results: Any) -> None:
    """One process's life: delivers whenever all are told to, and says what it took."""
    database = Database(url)
    while True:
        start.wait()
        sms = CountingSms()
        deliver(database, Senders(sms=sms, email=NoEmail()))
        results.put(sms.taken)


def kept_busy(database: Database, engine: str) -> Figure:
    """How much of what its latency and our threads allow is asked of a provider of 50 ms."""
    runs = []
    for _ in range(RUNS):
        sms = SlowSms()
        make_due(database, IN_SLOW)
        took = seconds(lambda sms=sms: deliver(database, Senders(sms=sms, email=NoEmail())))
        check(sms.taken, IN_SLOW)
        runs.append(100 * sum(sms.busy) / (took * THREADS))
    notes = {"messages": IN_SLOW, "threads": THREADS, "lost": 0, "sent twice": 0}
    what = "provider of 50 ms, kept busy"
    return Figure(SUBJECT, what, engine, "%", runs, limit=BUSY_LIMIT, more_is_better=True, notes=notes)


def over_http(database: Database, engine: str) -> Figure:
    runs = []
    with twilio_double() as url:
        sms = TwilioSms(
            account_sid=ACCOUNT,
            auth_token="token",
            sender="+33639980000",
            messaging_service_sid="",
            api_url=url,
            callback_url="https://rdv.example/hooks/twilio/status",
        )
        make_due(database, THREADS)  # the SDK loads at the first text
        deliver(database, Senders(sms=sms, email=NoEmail()))
        before = THREADS
        for _ in range(RUNS):
            make_due(database, OVER_HTTP)
            runs.append(OVER_HTTP / seconds(lambda: deliver(database, Senders(sms=sms, email=NoEmail()))))
            taken = references(url)[before:]
            check(taken, OVER_HTTP)
            before += OVER_HTTP
    notes = {"messages": OVER_HTTP, "threads": THREADS, "lost": 0, "sent twice": 0}
    return Figure(SUBJECT, "Twilio double of 0 ms, HTTP", engine, "/s", runs, more_is_better=True, notes=notes)


def deliver(database: Database, senders: Senders) -> None:
    outbox.deliver(database, senders, codes=CODES, terms=TERMS, clock=lambda: territory.NOW, process="bench")


def check(taken: list[str], owed: int) -> None:
    if len(taken) != owed or len(set(taken)) != owed:
        raise RuntimeError(f"{owed} were owed, {len(taken)} left, {len(set(taken))} different ones")


def owe(database: Database, messages: int = MESSAGES) -> None:
    """People with an invitation, its link and a text that is due; written in bulk."""
    with database.writing() as session:
        world = World(session, territory.NOW)
        people = session.scalars(
            insert(Beneficiary).returning(Beneficiary.id), [person(world, n) for n in range(messages)]
        )
        follow_ups = session.scalars(
            insert(FollowUp).returning(FollowUp.id, sort_by_parameter_order=True),
            [
                {"uid": str(uuid.uuid4()), "beneficiary_id": id_, "category_id": world.category.id}
                | {"status_since": territory.NOW, "created_at": territory.NOW}
                for id_ in people.all()
            ],
        )
        invitations = session.scalars(
            insert(Invitation).returning(Invitation.id, sort_by_parameter_order=True),
            [
                {"uid": str(uuid.uuid4()), "follow_up_id": id_, "organisation_id": world.organisation.id}
                | {
                    "mode": Mode.INVITATION,
                    "expires_at": territory.NOW + timedelta(days=10),
                    "created_at": territory.NOW,
                }
                for id_ in follow_ups.all()
            ],
        ).all()
        session.execute(
            insert(Link),
            [
                {
                    "code_hash": CODES.kept(CODES.derive("invitation", id_)),
                    "invitation_id": id_,
                    "participation_id": None,
                }
                | {"created_at": territory.NOW}
                for id_ in invitations
            ],
        )
        owe_texts(world, invitations)


def owe_texts(world: World, invitations: list[int]) -> None:
    """The real words, owed by the outbox itself, in batches as a selection would be."""
    found = world.session.scalars(select(Invitation).where(Invitation.id.in_(invitations)))
    for invitation in found:
        outbox.owe(
            world.session,
            MessageKind.INVITATION,
            channels=[Channel.SMS],
            beneficiary=invitation.follow_up.beneficiary,
            organisation=world.organisation,
            invitation=invitation,
            now=territory.NOW,
        )


def person(world: World, number: int) -> dict[str, object]:
    return {
        "uid": str(uuid.uuid4()),
        "department_id": world.department.id,
        "first_name": "Inès",
        "last_name": f"Bernard{number}",
        "phone": f"+3363998{number:04d}",
        "first_name_key": "ines",
        "search_key": f"ines bernard{number}",
        "created_at": territory.NOW,
        "updated_at": territory.NOW,
    }


def make_due(database: Database, messages: int) -> None:
    """So many of them as if they had never left; the others wait."""
    with database.writing() as session:
        some = select(Message.id).order_by(Message.id).limit(messages)
        session.execute(update(Message).values(state=MessageState.CANCELLED))
        session.execute(
            update(Message)
            .where(Message.id.in_(some))
            .values(state=MessageState.PENDING, attempts=0, due_at=territory.NOW, provider_id=None, sent_at=None)
            .execution_options(synchronize_session=False)
        )


@contextmanager
def twilio_double() -> Iterator[str]:
    """The double in its own process; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "tests.doubles.twilio", "--port", str(port)]
    double = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert double.stdout is not None
        yield double.stdout.readline().strip()
    finally:
        double.terminate()
        double.wait(timeout=20)


def references(url: str) -> list[str]:
    """Whom each text taken was for, oldest first."""
    with urlopen(f"{url}/control/accepted", timeout=20) as answer:
        return [one["to"] for one in json.load(answer)]
