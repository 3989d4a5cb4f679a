"""A real SMTP server (aiosmtpd) on the loopback that keeps what it takes and refuses what it is told to."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """What the server took, and what it answers. A reply of None cuts the connection."""

    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    replies: dict[str, list[str | None]] = field(default_factory=dict)  # by step: "MAIL", "RCPT", "DATA"
    port: int = 0
    users: dict[str, str] = field(default_factory=dict)
    used_tls: list[bool] = field(default_factory=list)

    def script(self, step: str, *replies: str | None) -> None:
        self.replies.setdefault(step, []).extend(replies)

    def reply(self, server: SMTP, step: str) -> str | None:
        """The scripted reply of this step, if any; the connection is cut for a scripted None."""
        scripted = self.replies.get(step)
        if not scripted:
            return None
        words = scripted.pop(0)
        if words is None:
            server.transport.abort()
            return "421 cut"
        return words

    async def handle_MAIL(  # noqa: N802  (aiosmtpd calls it by this name)
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refused = self.reply(server, "MAIL")
        if refused is None:
            envelope.mail_from = address
        return refused or "250 OK"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd calls it by this name)
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refused = self.reply(server, "RCPT")
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(  # noqa: N802  (aiosmtpd calls it by this name)
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Content is kept before the reply: a cut here is the cut after which nobody knows."""
        refused = self.reply(server, "DATA")
        if refused is None or refused.startswith("421 cut"):
            content = cast(bytes, envelope.content)
            self.taken.append(cast(EmailMessage, message_from_bytes(content, policy=SMTP_POLICY)))
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
            self.used_tls.append(server.transport.get_extra_info("sslcontext") is not None)
        return refused or "250 OK"

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, login: Any) -> AuthResult:
        given = cast(LoginPassword, login)
        is_known = self.users.get(given.login.decode()) == given.password.decode()
        return AuthResult(success=is_known, handled=False)


@dataclass(frozen=True)
class Certificate:
    """A certificate for localhost, for the server, and what a client must trust to believe it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def make_certificate(name: str = "localhost") -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert(name)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued.configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return Certificate(server, client)


@contextmanager
def running_smtp(*, starttls: ssl.SSLContext | None = None, smtps: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """The server in a thread of this process, on a free port: aiosmtpd's own controller can't take one."""
    mailbox, loop, ready = Mailbox(), asyncio.new_event_loop(), threading.Event()

    def make() -> SMTP:
        return SMTP(
            mailbox,
            hostname="localhost",
            loop=loop,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=mailbox.authenticate,
            auth_require_tls=False,
        )

    def serve() -> None:
        server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0, ssl=smtps))
        mailbox.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(end_tasks())
        loop.close()

    async def end_tasks() -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
