"""People who book over HTTP while things fail: each sends their form until it is answered, and what they were told is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.racing.clients import Client, Request
from tests.racing.crowd import Person
from tests.racing.stage import book

DONE, FAULT, NOBODY = 303, 500, 0
AT_ONCE = 4
PAUSE = 0.12  # seconds between two people of one thread: some thirty bookings a second
AGAIN = 0.1  # until somebody who got no answer, or "come back", tries again


@dataclass
class Bookers:
    """`booked`: who was answered with success. `unanswered` and `sent_away`: attempts that met nobody, or 5xx; they tried again."""

    wishes: Iterator[tuple[Person, str]]
    port: int
    booked: set[int] = field(default_factory=set)
    otherwise: dict[int, int] = field(default_factory=dict)  # who was answered anything else, and how
    unanswered: int = 0
    sent_away: int = 0
    last_success: float = 0.0  # when the last form that succeeded had been sent
    ran_out: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    threads: list[threading.Thread] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Everybody who began was answered."""
        return not any(one.is_alive() for one in self.threads)

    def work(self) -> None:
        client = Client(self.port)
        while wish := self.next_wish():
            self.insist(client, *wish)
            self.stop.wait(PAUSE)
        client.connection.close()

    def next_wish(self) -> tuple[Person, str] | None:
        if self.stop.is_set():
            return None
        with self.lock:
            wish = next(self.wishes, None)
        self.ran_out = wish is None
        return wish

    def insist(self, client: Client, person: Person, token: str) -> None:
        """Until somebody says yes or no, however long it takes."""
        request = book(person, token)
        while not self.answered(client, request, person):
            time.sleep(AGAIN)

    def answered(self, client: Client, request: Request, person: Person) -> bool:
        sent = time.monotonic()
        status = client.send(request).status
        with self.lock:
            if status == DONE:
                self.booked.add(person.beneficiary_id)
                self.last_success = max(self.last_success, sent)
            elif status == NOBODY:
                self.unanswered += 1
            elif status >= FAULT:
                self.sent_away += 1
            else:
                self.otherwise[person.beneficiary_id] = status
        return NOBODY < status < FAULT


@contextmanager
def booking(wishes: list[tuple[Person, str]], port: int) -> Iterator[Bookers]:
    """They come while the block runs; whoever has begun gets an answer."""
    bookers = Bookers(iter(wishes), port)
    bookers.threads = [threading.Thread(target=bookers.work, daemon=True) for _ in range(AT_ONCE)]
    for one in bookers.threads:
        one.start()
    try:
        yield bookers
    finally:
        bookers.stop.set()
        for one in bookers.threads:
            one.join(1)
