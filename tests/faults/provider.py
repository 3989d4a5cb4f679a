"""Twilio's stand-in in a process of its own, with its record of what it took."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.browser import ROOT
from tests.faults.forking import Process, fork, kill
from tests.postgres import free_port


@dataclass
class Provider:
    """`start` and `stop` may come in turn: the double reads its record again, and keeps its address."""

    record: Path
    clock: Path | None = None  # lives by this file's time (other_clock.py)
    port: int = field(default_factory=free_port)
    quick: bool = False  # forked (forking.py)
    process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        log = self.record.with_suffix(".log")
        log.write_bytes(b"")
        words = ("tests.doubles.twilio", "--port", str(self.port), "--record", str(self.record))
        self.process = self.forked(words, log) if self.quick else self.started(words, log)
        deadline = time.monotonic() + 30
        while not log.read_bytes().endswith(b"\n"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the provider's double did not start")
            time.sleep(0.01)

    def forked(self, words: tuple[str, ...], log: Path) -> Process:
        clock = ("--clock", str(self.clock)) if self.clock else ()
        return fork(*clock, "-m", *words, env=dict(os.environ), folder=ROOT, log=log)

    def started(self, words: tuple[str, ...], log: Path) -> Process:
        through = ("tests.faults.other_clock", str(self.clock), "-m") if self.clock else ()
        command = [sys.executable, "-m", *through, *words]
        with log.open("ab") as said:
            return subprocess.Popen(command, cwd=ROOT, stdout=said, start_new_session=True)

    def stop(self) -> None:
        if self.process is not None:
            kill(self.process)
            self.process = None

    def take(self, fields: dict[str, str]) -> str:
        """Hand it a text as Twilio's SDK would; the id it gives."""
        account = "AC" + "0" * 32
        signed_in = "Basic " + base64.b64encode(f"{account}:a token".encode()).decode()
        request = urllib.request.Request(
            f"{self.url}/2010-04-01/Accounts/{account}/Messages.json",
            urlencode(fields).encode(),
            {"Authorization": signed_in},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(json.load(answer)["sid"])

    def script(self, *steps: dict[str, Any], latency_ms: int | None = None) -> None:
        self._ask({"next": steps, "latency_ms": latency_ms})

    def forget_script(self) -> None:
        self._ask({"forget": True})

    def _ask(self, wanted: dict[str, Any]) -> None:
        with urllib.request.urlopen(f"{self.url}/control", json.dumps(wanted).encode(), timeout=20) as answer:
            answer.read()

    @property
    def arrived(self) -> int:
        """How many requests to send have come, taken or not, since it was started."""
        with urllib.request.urlopen(f"{self.url}/control/arrived", timeout=20) as answer:
            return int(json.load(answer))

    @property
    def taken(self) -> int:
        with self.record.open("rb") as lines:
            return sum(1 for _ in lines)

    def texts(self) -> list[dict[str, Any]]:
        """All it has ever taken. A line that is being written does not count yet."""
        return [json.loads(line) for line in self.record.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def taken_by_number(self) -> Counter[str]:
        return Counter(one["to"] for one in self.texts())


@contextmanager
def running_provider(folder: Path, *, clock: Path | None = None, quick: bool = False) -> Iterator[Provider]:
    record = folder / "taken.jsonl"
    record.touch()
    provider = Provider(record, clock, quick=quick)
    provider.start()
    try:
        yield provider
    finally:
        provider.stop()
