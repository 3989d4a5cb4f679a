"""A program of somebody's, and the kinds of calls it makes: each the next of its kind, whichever thread asks."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from threading import Lock, local
from typing import Any, TypeVar

One = TypeVar("One")

OK = 200
TAKEN = 409


@dataclass
class Client:
    """A program with one connection for each of its threads. `strangers`: ids of people nobody has met."""

    port: int
    token: str
    organisation: str
    strangers: list[int]

    def __post_init__(self) -> None:
        self.own = local()

    @property
    def users(self) -> str:
        return f"{self.organisation}/users"

    def call(self, method: str, path: str, body: Any = None) -> int:
        """The status; the answer is read whole."""
        return self.ask(method, path, body)[0]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self.own.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.own.connection.getresponse()
        return int(answer.status), answer.read()


def reading(client: Client) -> dict[str, Callable[[], int]]:
    return {
        "a page of 25 people": lambda: client.call("GET", client.users),
        "25 people who changed": lambda: client.call("GET", f"{client.users}?cursor="),
        "a département": lambda: client.call("GET", "/api/v1/departments/26"),
        "50 free times": lambda: client.call("GET", f"{client.organisation}/slots"),
        "25 appointments": lambda: client.call("GET", f"{client.organisation}/rdvs"),
    }


def writing(client: Client) -> dict[str, Callable[[], int]]:
    numbers = shared(iter(range(10_000, 10_000_000)))
    people, starts, about = shared(iter(client.strangers)), shared(cycle(free_starts(client))), motif_and_place(client)

    def booked() -> int:
        """Nobody is booked for twice; each start is wanted as often as agents receive, and no more."""
        said = about | {"user_id": people(), "starts_at": starts()}
        return client.call("POST", f"{client.organisation}/rdvs", {"rdv": said})

    return {
        "a person added": lambda: client.call("POST", client.users, {"user": person(9, numbers())}),
        "a person added and invited": lambda: client.call(
            "POST", f"{client.users}/create_and_invite", {"user": person(9, numbers())}
        ),
        "an appointment booked": booked,
    }


def free_starts(client: Client) -> list[str]:
    """The starts of the first free times."""
    return [one["starts_at"] for one in slots(client)]


def motif_and_place(client: Client) -> dict[str, int]:
    first = slots(client)[0]
    motif, place = "rdv_solidarites_motif_id", "rdv_solidarites_lieu_id"
    return {motif: first["motif"][motif], place: first["lieu"][place]}


def slots(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(client.ask("GET", f"{client.organisation}/slots")[1])["slots"]
    return found


def shared(those: Iterator[One]) -> Callable[[], One]:
    """The next of them, for many threads."""
    lock = Lock()

    def taken() -> One:
        with lock:
            return next(those)

    return taken


def person(call: int, number: int) -> dict[str, Any]:
    """Somebody with an email of their own, and one of Arcep's fictional numbers as long as there is one for each."""
    phone = f"+336399{80000 + call * 31 + number}" if number < 31 else None
    return {
        "first_name": "Inès",
        "last_name": f"Nom{call} {number}",
        "email": f"bench-{call}-{number}@exemple.fr",
        "phone_number": phone,
    }


def timed(call: Callable[[], int]) -> tuple[int, float]:
    """The status, and milliseconds."""
    began = time.perf_counter()
    status = call()
    return status, (time.perf_counter() - began) * 1000
