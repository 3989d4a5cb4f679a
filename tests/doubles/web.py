"""A real web server on the loopback, HTTP or HTTPS, whose every answer is scripted and whose every request is kept."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

HOST = "agenda.example"  # the name in its certificate


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    server_name: str | None
    body: bytes = b""


Answer = Callable[["Handler"], None]


@dataclass
class Site:
    """Path → what answers. `asked` holds the requests, in order."""

    port: int = 0
    scheme: str = "http"
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def spots(self) -> frozenset[str]:
        """What a guard must let through to reach it, by number and by name."""
        return frozenset({f"127.0.0.1:{self.port}", f"{HOST}:{self.port}", f"localhost:{self.port}"})

    def serve(self, path: str, content: bytes, status: int = 200, **headers: str) -> None:
        self.answers[path] = lambda handler: handler.say(status, content, **headers)

    def send_to(self, path: str, location: str, status: int = 302) -> None:
        self.answers[path] = lambda handler: handler.say(status, b"", Location=location)


class Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        names, length = self.site.server_names, int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.site.asked.append(Asked(self.path, dict(self.headers), names[-1] if names else None, body))
        answer = self.site.answers.get(self.path)
        with suppress(OSError):  # the other side may have had enough
            answer(self) if answer else self.say(404, b"")
        self.close_connection = True

    def do_POST(self) -> None:
        self.do_GET()

    def say(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 304 and "Transfer_Encoding" not in headers and "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def drip(self, piece: bytes, *, every: float = 0.1, times: int = 10_000) -> None:
        """Write a little again and again, until the site closes or the other side does."""
        for _ in range(times):
            if self.site.closing.wait(every):
                return
            self.wfile.write(piece)
            self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is no news."""


@contextmanager
def running_site(authority: trustme.CA | None = None) -> Iterator[Site]:
    """A site that answers until the block ends; over HTTPS with a certificate of this authority, if one is given."""
    site = Site()
    handler = type("SiteHandler", (Handler,), {"site": site})
    server = Server(("127.0.0.1", 0), handler)
    site.port = server.server_address[1]
    if authority is not None:
        site.scheme = "https"
        server.socket = tls(authority, site).wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        server.shutdown()
        server.server_close()


def tls(authority: trustme.CA, site: Site) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "127.0.0.1").configure_cert(context)
    context.sni_callback = lambda _socket, name, _context: site.server_names.append(name)
    return context
