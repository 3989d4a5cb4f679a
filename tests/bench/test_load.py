"""The people who arrive in `load`: on their own clock, each request timed and judged, whatever the server does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep

import pytest

from tests.bench import load_client
from tests.bench.load import Step

PAGE = b'<form><input type="radio" name="creneau" value="20261201T0900-3-7"></form>'
SLOW = 0.1  # seconds


class Desk(BaseHTTPRequestHandler):
    """Offers one time; takes a while over the link called slow, and breaks on the one called broken."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "slow" in self.path:
            sleep(SLOW)
        self.answer(500 if "broken" in self.path else 200, PAGE)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(303, b"", location="http://127.0.0.1/r/booked")

    def answer(self, status: int, body: bytes, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: what is asked is counted by whoever asks."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def come(port: int, paths: list[str], rate: float) -> tuple[load_client.Tally, float]:
    """In a thread of its own: the browser of other tests has left a running loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, load_client.arrive(port, paths, rate, 10, seed=26, thinks=(0, 0))).result()


def test_of_all_who_follow_their_link_some_book_and_see_their_appointment(port: int) -> None:
    tally, _ = come(port, ["/i/one"] * 60, rate=400)
    assert tally.errors == {}
    assert tally.ends["looked"] + tally.ends["booked"] == 60
    assert 10 < tally.ends["booked"] < 40
    asked = {kind: len(took) for kind, took in tally.took.items()}
    assert asked["link"] == 60
    assert asked["choose"] == asked["book"] == asked["booked"] == tally.ends["booked"]


def test_an_answer_that_should_not_have_come_is_counted(port: int) -> None:
    tally, _ = come(port, ["/i/broken"] * 4, rate=400)
    assert tally.errors["link 500"] == 4


def test_who_waits_makes_nobody_else_come_later(port: int) -> None:
    """Ten slow answers one after the other would take a second; people come all the same."""
    tally, late = come(port, ["/i/slow"] * 10, rate=1000)
    assert late < 5 * SLOW
    assert min(tally.took["link"]) >= SLOW


def test_a_step_holds_only_without_an_error_and_within_the_limit() -> None:
    def step(took: float, errors: dict[str, int]) -> Step:
        return Step(10, 1, {"link": [took] * 3}, errors, {}, late=0, cpu=0, served=0, stored=0, memory=(0, 0))

    assert step(0.29, {}).holds
    assert not step(0.29, {"book 500": 1}).holds
    assert not step(0.31, {}).holds
