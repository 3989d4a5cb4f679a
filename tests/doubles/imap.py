"""A real IMAP server (pymap, in memory) on the loopback, with one mailbox that tests put messages into.

It answers over TLS, after STARTTLS, or in clear, and is what nobody here wrote: https://github.com/icgood/pymap.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from imapclient import IMAPClient
from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.imap import IMAPServer
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

USER, PASSWORD = "rebonds@drome.example", "mot de passe / @ assez long"
PATIENCE = 60


@dataclass(frozen=True)
class Mailserver:
    """Where it listens, and what a mail server and a person do with the mailbox."""

    port: int
    scheme: str
    trusted: ssl.SSLContext | None

    @property
    def url(self) -> str:
        return f"{self.scheme}://{quote(USER)}:{quote(PASSWORD, safe='')}@localhost:{self.port}/INBOX"

    def put(self, *messages: bytes) -> None:
        """Mail that comes in."""
        with self._client() as client:
            for message in messages:
                client.append("INBOX", message)

    def left(self) -> list[bytes]:
        """What is in it, the oldest first."""
        with self._client() as client:
            client.select_folder("INBOX", readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def unread(self) -> int:
        """How many messages a person's mail program shows as new."""
        with self._client() as client:
            client.select_folder("INBOX", readonly=True)
            return len(client.search(["UNSEEN"]))

    def _client(self) -> IMAPClient:
        is_tls = self.scheme == "imaps"
        client = IMAPClient("localhost", self.port, ssl=is_tls, ssl_context=self.trusted, timeout=PATIENCE)
        if self.scheme == "imap+starttls":
            client.starttls(self.trusted)
        client.login(USER, PASSWORD)
        return client


@contextmanager
def running_imap(
    *,
    starttls: ssl.SSLContext | None = None,
    imaps: ssl.SSLContext | None = None,
    trusted: ssl.SSLContext | None = None,
) -> Iterator[Mailserver]:
    """The server in a thread of this process, on a free port. `starttls` and `imaps` are its own contexts."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), list[int]()

    async def serve() -> asyncio.Server:
        config = Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host="127.0.0.1",
            port=0,
            demo_data=False,
            demo_user=USER,
            demo_password=PASSWORD,
            ssl_context=starttls,
            tls_enabled=starttls is not None,
            secure_auth=starttls is not None,
            invalid_user_sleep=0.0,
            hash_context=BuiltinHash(rounds=1),  # a password nobody has to guess
        )
        config.apply_context()
        login = Login(config)
        hashed = await Passwords(config).hash_password(PASSWORD)
        await login.demo_user_identity.set(UserMetadata(config, USER, password=hashed))
        callback = ProxyProtocolReader(ProxyProtocolNoop()).get_callback(IMAPServer(login, config))
        server = await asyncio.start_server(callback, "127.0.0.1", 0, ssl=imaps)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        return server

    async def end_tasks() -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def run() -> None:
        server = loop.run_until_complete(serve())
        loop.run_forever()
        server.close()
        loop.run_until_complete(end_tasks())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(PATIENCE), "pymap did not start"
    scheme = "imaps" if imaps else "imap+starttls" if starttls else "imap"
    try:
        yield Mailserver(ports[0], scheme, trusted)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
