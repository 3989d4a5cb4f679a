"""The mailbox that returned emails come to, read over IMAP (RFC 9051): what is new, in small pieces, and out again.

What is ours is deleted once it is applied: it holds addresses, and what a person's own answering machine says of them.
Everything else stays, unread, for somebody to look at; a keyword of ours keeps it from being read again every two minutes.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from notifications.bounces import LARGEST

PATIENCE = timedelta(seconds=20)
DEFAULT_PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
FOLDER = "INBOX"
SEEN_BY_US = "RdvLu"


class MailboxAway(Exception):
    """The mailbox can't be read now. `code` is the kind of failure: the server's words may hold the user's name."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Account:
    """Whose mailbox it is: `imaps://` or `imap+starttls://`, then user:password@host:port/folder."""

    scheme: str
    host: str
    port: int
    folder: str
    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Account:
        """Raises ValueError when the address can't be used; never repeats the password."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or not parts.username:
            raise ValueError("BOUNCES_URL must be imaps:// or imap+starttls://, then user:password@host:port/folder")
        if parts.scheme == "imap" and parts.hostname not in LOOPBACK:
            raise ValueError(
                "BOUNCES_URL may start with imap:// on this machine only: it would send the password in clear"
            )
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or DEFAULT_PORTS[parts.scheme],
            folder=unquote(parts.path.strip("/")) or FOLDER,
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
        )


class BounceMailbox:
    """One mailbox. `tls` replaces the default context, which verifies names and certificates."""

    def __init__(self, url: str, *, patience: timedelta = PATIENCE, tls: ssl.SSLContext | None = None) -> None:
        self._account = Account.parse(url)
        self._patience = patience
        self._tls = tls

    @contextmanager
    def open(self) -> Iterator[OpenMailbox]:
        """The mailbox, signed in to, its folder chosen. Raises MailboxAway, here and in whatever is done inside."""
        with _away():
            client = self._connect()
            try:
                yield self._enter(client)
            finally:
                with suppress(IMAPClientError, OSError):
                    client.logout()

    def check(self) -> int:
        """How many messages are in it. Raises MailboxAway."""
        with self.open() as mailbox:
            return mailbox.total

    def _connect(self) -> IMAPClient:
        account, seconds = self._account, self._patience.total_seconds()
        return IMAPClient(
            account.host,
            account.port,
            ssl=account.scheme == "imaps",
            ssl_context=self._context() if account.scheme == "imaps" else None,
            timeout=SocketTimeout(connect=seconds, read=seconds),
        )

    def _enter(self, client: IMAPClient) -> OpenMailbox:
        if self._account.scheme == "imap+starttls":
            client.starttls(self._context())
        client.login(self._account.user, self._account.password)
        found = client.select_folder(self._account.folder)
        # Where a server keeps no keywords, ours would be forgotten with the connection.
        takes_keywords = b"\\*" in found.get(b"PERMANENTFLAGS", ())
        return OpenMailbox(client, SEEN_BY_US if takes_keywords else "\\Seen", int(found[b"EXISTS"]))

    def _context(self) -> ssl.SSLContext:
        return self._tls or ssl.create_default_context()


class OpenMailbox:
    """What can be done with it while it is open. Messages are named by their UID."""

    def __init__(self, client: IMAPClient, flag: str, total: int) -> None:
        self._client = client
        self._flag = flag
        self.total = total

    def new(self, most: int) -> list[int]:
        """The oldest messages that neither we nor a person have looked at, at most so many."""
        asked = ["UNSEEN", "UNDELETED"] + (["UNKEYWORD", self._flag] if self._flag == SEEN_BY_US else [])
        return sorted(self._client.search(asked))[:most]

    def read(self, uid: int) -> bytes:
        """The beginning of a message; nothing when another reader was faster. It stays unread."""
        answer = self._client.fetch([uid], [f"BODY.PEEK[]<0.{LARGEST}>"]).get(uid, {})
        return next((bytes(value) for name, value in answer.items() if name.startswith(b"BODY[]") and value), b"")

    def leave(self, uid: int) -> None:
        """Not ours: never looked at again by us, left as it is for people."""
        self._client.add_flags([uid], [self._flag])

    def delete(self, uids: Sequence[int]) -> None:
        """Away for good. Without UIDPLUS (RFC 4315) whatever else somebody marked as deleted goes with it."""
        if not uids:
            return
        self._client.add_flags(uids, ["\\Deleted"])
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)
        else:
            self._client.expunge()


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (IMAPClientError, OSError, UnicodeEncodeError) as error:  # IMAP's LOGIN takes ASCII alone
        raise MailboxAway(type(error).__name__) from error
