"""Opening an address that somebody typed, without harm: guarded, bounded in size, time and redirects.

The name is resolved once, every number it gives is checked, and the connection goes to a number that was checked:
a name that resolves to something else a moment later (DNS rebinding) changes nothing. Certificate and `Host` are
those of the name. No proxy is used, no cookie kept, nothing sent but what stands here.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from ipaddress import ip_address
from threading import Thread, Timer
from time import monotonic
from typing import IO

from notifications.web_addresses import FetchFailed, Trouble, WebAddress, is_public, read_address

REDIRECTS = frozenset({301, 302, 303, 307, 308})
STATUSES = {401: Trouble.KEPT_OUT, 403: Trouble.KEPT_OUT, 404: Trouble.GONE, 410: Trouble.GONE}
SENT = {"User-Agent": "RDV au choix", "Accept-Encoding": "gzip", "Connection": "close"}

REACHED_WITHIN = 5.0  # seconds for a connection: the next number of a name may answer

_PIECE = 1 << 16  # bytes read at a time
_EITHER = 32 + zlib.MAX_WBITS  # zlib tells gzip and deflate apart
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,200}")

# Host and port → numbers. Raises OSError for a name that nobody knows.
Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """`patience` is for everything, from the name to the last byte; `most_bytes` counts what is unpacked."""

    most_bytes: int = 5 * 1024 * 1024
    patience: timedelta = timedelta(seconds=20)
    most_redirects: int = 3


def resolve(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Guard:
    """Whom we may talk to. `allowed` ("127.0.0.1:8000") names what an operator trusts inside their own network."""

    allowed: frozenset[str] = frozenset()
    resolve: Resolve = resolve
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `content` is None when it is what we already have (304), empty when it went into a file."""

    content: bytes | None
    etag: str | None
    last_modified: str | None


class Deadline:
    """Ends a fetch whatever it waits for: a handshake, a header that comes letter by letter, a body that drips."""

    def __init__(self, patience: timedelta) -> None:
        self._ends = monotonic() + patience.total_seconds()
        self._watched: socket.socket | None = None
        self._timer = Timer(patience.total_seconds(), self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def is_over(self) -> bool:
        return monotonic() >= self._ends

    def check(self) -> None:
        """Raises FetchFailed when the time is over."""
        if self.is_over:
            raise FetchFailed(Trouble.TOO_SLOW)

    @property
    def left(self) -> float:
        """Seconds, more than none. Raises FetchFailed when the time is over."""
        self.check()
        return max(self._ends - monotonic(), 0.001)

    def watch(self, opened: socket.socket) -> None:
        self._watched = opened
        opened.settimeout(self.left)

    def stop(self) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        if self._watched is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._watched, socket.SHUT_RDWR)


class Line(http.client.HTTPConnection):
    """A connection to one of the numbers that were checked, in the name of the host."""

    def __init__(self, address: WebAddress, numbers: Sequence[str], trust: ssl.SSLContext, deadline: Deadline) -> None:
        super().__init__(address.host, address.port)
        self.default_port = 443 if address.scheme == "https" else 80  # left out of the Host header
        self._trust = trust if address.scheme == "https" else None
        self._numbers = numbers
        self._deadline = deadline

    def connect(self) -> None:
        self.sock = self._reach()  # kept at once: whatever fails from here on, `close` closes it
        self._deadline.watch(self.sock)
        if self._trust is not None:
            safe = self._trust.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = safe
            self._deadline.watch(safe)
            safe.do_handshake()

    def _reach(self) -> socket.socket:
        trouble: OSError | None = None
        for number in self._numbers:
            try:
                return socket.create_connection((number, self.port), timeout=min(self._deadline.left, REACHED_WITHIN))
            except OSError as error:
                trouble = error
        raise trouble or OSError("no number")


def fetch(
    address: str,
    *,
    guard: Guard,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
    into: IO[bytes] | None = None,
) -> Fetched:
    """GET the address. `headers` go to every machine that redirects lead to; the body `into` a file, if one is handed in.

    Raises FetchFailed.
    """
    bounds = limits or Limits()
    deadline = Deadline(bounds.patience)
    try:
        fetched = _follow(address, guard, bounds, deadline, SENT | dict(headers or {}), into)
        deadline.check()  # a body without a length that was cut looks whole
    except FetchFailed as failed:
        raise FetchFailed(Trouble.TOO_SLOW if deadline.is_over else failed.why) from None
    except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
        raise FetchFailed(Trouble.TOO_SLOW if deadline.is_over else trouble_of(error)) from None
    finally:
        deadline.stop()
    return fetched


def _follow(
    text: str, guard: Guard, limits: Limits, deadline: Deadline, headers: Mapping[str, str], into: IO[bytes] | None
) -> Fetched:
    address = read_address(text, allowed=guard.allowed)
    for _ in range(limits.most_redirects + 1):
        line = Line(address, numbers_of(address, guard, deadline), guard.trust, deadline)
        try:
            line.request("GET", address.target, headers=dict(headers))
            with line.getresponse() as answer:
                if answer.status not in REDIRECTS:
                    return _take(answer, limits, into)
                address = address.following(answer.getheader("Location") or "", allowed=guard.allowed)
        finally:
            line.close()
    raise FetchFailed(Trouble.TOO_MANY_REDIRECTS)


def numbers_of(address: WebAddress, guard: Guard, deadline: Deadline) -> list[str]:
    """The numbers to connect to: each of them public, or none."""
    if address.number is not None:  # read_address has judged it
        return [address.host]
    numbers = list(dict.fromkeys(_resolved(address, guard, deadline)))
    if not numbers:
        raise FetchFailed(Trouble.UNKNOWN_HOST)
    if address.spot not in guard.allowed and not all(is_public(ip_address(one)) for one in numbers):
        raise FetchFailed(Trouble.NOT_PUBLIC)
    return numbers


def _resolved(address: WebAddress, guard: Guard, deadline: Deadline) -> list[str]:
    """The system's resolver knows no deadline: it is asked in a thread that may be left behind."""
    answers: list[Sequence[str] | BaseException] = []

    def ask() -> None:
        try:
            answers.append(guard.resolve(address.host, address.port))
        except BaseException as error:  # noqa: BLE001  (handed to who asked)
            answers.append(error)

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(deadline.left)
    if not answers:
        raise FetchFailed(Trouble.TOO_SLOW)
    answer = answers[0]
    if isinstance(answer, OSError | UnicodeError):
        raise FetchFailed(Trouble.UNKNOWN_HOST)
    if isinstance(answer, BaseException):
        raise answer
    return list(answer)


def _take(answer: http.client.HTTPResponse, limits: Limits, into: IO[bytes] | None) -> Fetched:
    if answer.status not in {200, 304}:
        raise FetchFailed(STATUSES.get(answer.status, Trouble.REFUSED))
    kept = BytesIO()
    if answer.status == 200:
        _body(answer, limits.most_bytes, into or kept)
    return Fetched(
        content=kept.getvalue() if answer.status == 200 else None,
        etag=_validator(answer, "ETag"),
        last_modified=_validator(answer, "Last-Modified"),
    )


def _body(answer: http.client.HTTPResponse, most: int, into: IO[bytes]) -> None:
    if (answer.length or 0) > most:
        raise FetchFailed(Trouble.TOO_LARGE)
    unpacker = _unpacker(answer)
    received, size = 0, 0
    while piece := answer.read(_PIECE):
        received += len(piece)
        plain = unpacker.decompress(piece, most - size + 1) if unpacker else piece
        into.write(plain)
        size += len(plain)
        if size > most or received > most:
            raise FetchFailed(Trouble.TOO_LARGE)
    if answer.length or (unpacker and not unpacker.eof):  # cut in the middle
        raise FetchFailed(Trouble.GARBLED)


def _unpacker(answer: http.client.HTTPResponse) -> zlib._Decompress | None:
    how = (answer.getheader("Content-Encoding") or "identity").strip().lower()
    if how == "identity":
        return None
    if how not in {"gzip", "x-gzip", "deflate"}:
        raise FetchFailed(Trouble.GARBLED)
    return zlib.decompressobj(_EITHER)


def _validator(answer: http.client.HTTPResponse, name: str) -> str | None:
    """What we send back next time; nothing that could not stand in a header of ours."""
    value = answer.getheader(name) or ""
    return value if _VALIDATOR.fullmatch(value) else None


def trouble_of(error: Exception) -> Trouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble.BAD_CERTIFICATE
    if isinstance(error, TimeoutError):
        return Trouble.TOO_SLOW
    return Trouble.UNREACHABLE if isinstance(error, OSError) else Trouble.GARBLED
