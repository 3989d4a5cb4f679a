"""People who arrive when they arrive, whatever the server's answers take: one process, one event loop, plain sockets.

`python -m tests.bench.load_client` reads on its standard input what to do (JSON), and writes on its standard output what each
kind of request met. Standard library alone: it shares the machine with what it measures. What a request took is counted from the
moment it was to be sent, waiting for a connection included.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

TOKEN = re.compile(rb'name="creneau"[^>]*value="([^"]+)"')
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
LOCATION = re.compile(rb"location: (\S+)", re.IGNORECASE)
CONNECTIONS = 64  # as a reverse proxy keeps to the server behind it
THINKS = (0.5, 2.0)  # seconds between two pages
BOOKS, TAKES_CALENDAR = 0.4, 0.1  # of all who follow a link
TRIES = 3
PATIENCE = 30.0


@dataclass
class Answer:
    status: int
    head: bytes
    body: bytes


@dataclass
class Server:
    """Kept connections to one port, each for one request at a time."""

    port: int
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        for _ in range(CONNECTIONS):
            self.free.put_nowait(None)

    async def ask(self, method: str, path: str, body: str = "") -> Answer:
        kept = await self.free.get()
        try:
            kept = kept or await asyncio.open_connection("127.0.0.1", self.port)
            answer = await asyncio.wait_for(exchange(*kept, request(method, path, body)), PATIENCE)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            if kept is not None:
                kept[1].close()
            kept, answer = None, Answer(0, b"", b"")
        self.free.put_nowait(kept)
        return answer

    async def close(self) -> None:
        while not self.free.empty():
            kept = self.free.get_nowait()
            if kept is not None:
                kept[1].close()
                with suppress(OSError):
                    await kept[1].wait_closed()


def request(method: str, path: str, body: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Language: fr"]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body]).encode()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> Answer:
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    found = LENGTH.search(head)
    body = await reader.readexactly(int(found[1])) if found else b""
    return Answer(int(head[9:12]), head, body)


@dataclass
class Tally:
    """What was met: seconds of each kind of request, answers that should not have come, people by how it ended."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


@dataclass
class Visit:
    """One person's way."""

    server: Server
    tally: Tally
    drawn: Random
    thinks: tuple[float, float] = THINKS

    async def ask(self, kind: str, method: str, path: str, body: str = "", expected: Sequence[int] = (200,)) -> Answer:
        began = asyncio.get_running_loop().time()
        answer = await self.server.ask(method, path, body)
        self.tally.took[kind].append(asyncio.get_running_loop().time() - began)
        if answer.status not in expected:
            self.tally.errors[f"{kind} {answer.status}"] += 1
        return answer

    async def think(self) -> None:
        await asyncio.sleep(self.drawn.uniform(*self.thinks))

    async def follow(self, path: str) -> None:
        """Open the link; most look, the others book."""
        page = await self.ask("link", "GET", path)
        tokens = TOKEN.findall(page.body)
        chance = self.drawn.random()
        if chance >= BOOKS or not tokens:
            self.tally.ends["looked" if tokens else "nothing offered"] += 1
            return
        booked = await self.book(path, tokens)
        self.tally.ends["booked" if booked else "gave up"] += 1
        if booked and chance < TAKES_CALENDAR:
            await self.think()
            await self.ask("calendar", "GET", f"{booked}/rendez-vous.ics")

    async def book(self, path: str, tokens: list[bytes]) -> str:
        """The path of the appointment; empty when each time had just been taken."""
        for _ in range(TRIES):
            await self.think()
            token = self.drawn.choice(tokens).decode()
            asked = await self.ask("choose", "GET", f"{path}/confirmer?creneau={token}", expected=(200, 409, 303))
            if asked.status == 200:
                await self.think()
                answer = await self.ask("book", "POST", path, f"creneau={token}", expected=(303, 409))
                where = LOCATION.search(answer.head)
                if answer.status == 303 and where is not None:
                    booked = urlsplit(where[1].decode()).path
                    await self.ask("booked", "GET", booked)
                    return booked
                asked = answer
            self.tally.ends["told that it had just been taken"] += 1
            tokens = TOKEN.findall(asked.body) or tokens
        return ""


async def arrive(
    port: int, paths: Sequence[str], rate: float, seconds: float, seed: int, thinks: tuple[float, float] = THINKS
) -> tuple[Tally, float]:
    """So many people a second, at moments that owe nothing to each other. Returns how late the last one started, in seconds."""
    server, tally, drawn, loop = Server(port), Tally(), Random(seed), asyncio.get_running_loop()
    began = due = loop.time()
    late, visits = 0.0, []
    for path in paths:
        due += drawn.expovariate(rate)
        if due > began + seconds:
            break
        await asyncio.sleep(max(0.0, due - loop.time()))
        late = max(late, loop.time() - due)
        visits.append(asyncio.create_task(Visit(server, tally, Random(drawn.random()), thinks).follow(path)))
    await asyncio.gather(*visits)
    await server.close()
    return tally, late


def main() -> None:
    asked = json.load(sys.stdin)
    tally, late = asyncio.run(arrive(asked["port"], asked["paths"], asked["rate"], asked["seconds"], asked["seed"]))
    spent = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "took": tally.took,
        "errors": tally.errors,
        "ends": tally.ends,
        "late": late,
        "cpu": spent.ru_utime + spent.ru_stime,
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
