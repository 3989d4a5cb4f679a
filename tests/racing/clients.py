"""Client processes with one kept connection each. They send when they are told, at the same moment, and say what they met."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlencode

# What each process of a race would else load by itself. There is one fork server: whoever starts it first decides for all.
PRELOADED = [__name__, "invitations.booking"]
PATIENCE = 60  # seconds for one answer: a writer waits 30 at most before it is told to come back
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Request:
    """A form sent; `cookie` is an agent's."""

    path: str
    form: dict[str, str]
    cookie: str = ""

    @property
    def body(self) -> str:
        return urlencode(self.form)

    @property
    def headers(self) -> dict[str, str]:
        return FORM | ({"Cookie": self.cookie} if self.cookie else {})


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when nothing did. `is_apology`: the page with the nearest times, or a sentence to an agent."""

    status: int
    location: str = ""
    is_apology: bool = False
    seconds: float = 0.0


# What the two pages say to whoever came second (templates/components/lost.html; app/labels.py).
APOLOGIES = ("Quelqu’un vient de choisir", "n’est plus proposé", "vient d’être pris", "n’est plus libre")


class Client:
    """One connection, kept."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = self.connected()

    def connected(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def send(self, request: Request) -> Answer:
        began = time.perf_counter()
        try:
            self.connection.request("POST", request.path, request.body, request.headers)
            response = self.connection.getresponse()
            page = response.read()
        except (OSError, HTTPException):
            self.connection.close()
            self.connection = self.connected()
            return Answer(0)
        took = time.perf_counter() - began
        is_apology = response.status == 409 and any(one.encode() in page for one in APOLOGIES)
        return Answer(response.status, response.getheader("Location") or "", is_apology, took)


def obey(port: int, orders: Connection) -> None:
    """A client's life: requests come in, answers go out, until None comes."""
    client = Client(port)
    while (requests := orders.recv()) is not None:
        orders.send([client.send(one) for one in requests])


@dataclass
class Crowd:
    """Client processes, ready."""

    orders: list[Connection]
    processes: list[Any] = field(default_factory=list)

    def race(self, requests: Sequence[Request]) -> list[Answer]:
        """Each request by a client of its own, at once; the answers in the same order."""
        return [answers[0] for answers in self.work([[one] for one in requests])]

    def work(self, shares: Sequence[Sequence[Request]]) -> list[list[Answer]]:
        """Each share by a client of its own, one request after the other."""
        busy = self.orders[: len(shares)]
        for one, share in zip(busy, shares, strict=True):
            one.send(share)
        return [self.answers_of(one, len(share)) for one, share in zip(busy, shares, strict=True)]

    def answers_of(self, client: Connection, number: int) -> list[Answer]:
        if not client.poll(PATIENCE * max(number, 1)):
            raise TimeoutError("a client does not answer")
        answers: list[Answer] = client.recv()
        return answers


@contextmanager
def crowd(port: int, *, clients: int) -> Iterator[Crowd]:
    """So many client processes, which end with the block."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    made = Crowd([])
    try:
        for _ in range(clients):
            ours, theirs = context.Pipe()
            process = context.Process(target=obey, args=(port, theirs), daemon=True)
            process.start()
            theirs.close()
            made.orders.append(ours)
            made.processes.append(process)
        yield made
    finally:
        for orders in made.orders:
            with suppress(OSError):  # one that has died needs no orders
                orders.send(None)
        for process in made.processes:
            process.join(timeout=20)
            if process.is_alive():
                process.kill()
