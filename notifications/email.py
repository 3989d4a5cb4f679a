"""Email over SMTP (RFC 5321): one connection a message, with a timeout and verified TLS; replies turned into our reasons.

Until the content is handed over (DATA) a failure means that nothing left. After it, nobody knows: the same
email may be sent again with the same Message-ID, and a mailbox shows it once.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from notifications.senders import Attachment, Email, Reason, SendError

PATIENCE = timedelta(seconds=20)
DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

# Enhanced status codes (RFC 3463), the longest prefix wins; then plain replies (RFC 5321 § 4.2). For a refused recipient.
ENHANCED: Mapping[str, Reason] = {
    "5.1.1": Reason.WRONG_ADDRESS,  # no such mailbox
    "5.1.10": Reason.WRONG_ADDRESS,  # the domain takes no mail (RFC 7505)
    "5.1.2": Reason.WRONG_ADDRESS,  # no such domain
    "5.1.3": Reason.WRONG_ADDRESS,  # syntax
    "5.1.6": Reason.WRONG_ADDRESS,  # mailbox moved away
    "5.2.1": Reason.WRONG_ADDRESS,  # mailbox closed
    "5.2.2": Reason.LATER,  # mailbox full
    "5.7": Reason.FILTERED,  # policy: an operator looks
    "4.2.2": Reason.LATER,  # mailbox full
    "4": Reason.WAIT,
}
PLAIN: Mapping[int, Reason] = {
    550: Reason.WRONG_ADDRESS,
    551: Reason.WRONG_ADDRESS,
    552: Reason.LATER,  # mailbox full
    553: Reason.WRONG_ADDRESS,
    556: Reason.WRONG_ADDRESS,
}
# Relays that put an address of their own in the envelope, and repeat what stands in this header when they post what
# became of an email (notifications/mail_events.py).
ECHOED: Mapping[str, str] = {
    "mailjet.com": "X-MJ-CustomID",
    "brevo.com": "X-Mailin-custom",
    "sendinblue.com": "X-Mailin-custom",
}
CLOSING = 421  # "service not available": the server says it of itself, whatever it was asked
_ENHANCED = re.compile(r"^[45]\.\d{1,3}\.\d{1,3}\b")
_CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_LOCAL_PART = re.compile(r"(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over: `smtp://`, `smtp+starttls://` or `smtps://`, then user:password@host:port."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> Server:
        """Raises ValueError when the address can't be used; never repeats the password."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError("SMTP_URL must be smtp://, smtp+starttls:// or smtps://, then user:password@host:port")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or DEFAULT_PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


class SmtpEmail:
    """Sends emails through one server, from `mail_from` ("rdv@drome.example" or "Name <rdv@drome.example>").

    Threads may share one instance: nothing is kept between two messages. `tls` replaces the default context,
    which verifies names and certificates. `bounces_to` is where servers send what they could not deliver: each
    message's own address there (`return_path`). Without it they send it to `mail_from`.
    """

    def __init__(
        self,
        url: str,
        *,
        mail_from: str,
        clock: Callable[[], datetime],
        patience: timedelta = PATIENCE,
        tls: ssl.SSLContext | None = None,
        bounces_to: str = "",
    ) -> None:
        self._server = Server.parse(url)
        self._name, self._address = parseaddr(mail_from)
        self._bounces_to = bounces_to
        self._clock = clock
        self._patience = patience
        self._tls = tls

    def send(self, email: Email) -> str:
        """Hand the email to the server; its Message-ID. Raises SendError."""
        to = deliverable(email.to)
        content = compose(email, to=to, sender=(email.sender_name or self._name, self._address))
        content["Date"] = format_datetime(self._clock())
        repeated = header_repeated_by(self._server.host)
        if repeated and email.mark:
            content[repeated] = email.mark
        with self._connection() as connection:
            self._announce(connection, return_path(self._bounces_to, email.mark) or self._address, to)
            self._hand_over(connection, content.as_bytes())
        return email.message_id

    def check(self) -> None:
        """Reach the server and sign in, without sending. Raises SendError."""
        with self._connection():
            pass

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        with _until_data():
            connection = self._open()
        try:
            with _until_data():
                self._greet(connection)
            yield connection
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        finally:
            connection.close()

    def _open(self) -> smtplib.SMTP:
        timeout = self._patience.total_seconds()
        if self._server.scheme == "smtps":
            return smtplib.SMTP_SSL(self._server.host, self._server.port, timeout=timeout, context=self._context())
        return smtplib.SMTP(self._server.host, self._server.port, timeout=timeout)

    def _greet(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        if self._server.scheme == "smtp+starttls":
            connection.starttls(context=self._context())  # without a context the certificate is not verified
            connection.ehlo()
        if self._server.user:
            connection.login(self._server.user, self._server.password)

    def _announce(self, connection: smtplib.SMTP, sender: str, to: str) -> None:
        with _until_data():
            code, words = connection.mail(sender)
            if code >= 400:
                raise SendError(Reason.WAIT if code < 500 else Reason.OUR_ACCOUNT, _code(code, words))
            code, words = connection.rcpt(to)
            if code >= 400:
                raise SendError(refusal_of(code, words), _code(code, words), is_of_recipient=code != CLOSING)

    def _hand_over(self, connection: smtplib.SMTP, content: bytes) -> None:
        try:
            code, words = connection.data(content)
        except smtplib.SMTPDataError as error:  # refused before the content
            code, words = error.smtp_code, _bytes(error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            raise SendError(Reason.UNCERTAIN, type(error).__name__) from error
        if code >= 400:
            raise SendError(_content_refusal(code, words), _code(code, words))

    def _context(self) -> ssl.SSLContext:
        return self._tls or ssl.create_default_context()


def return_path(bounces_to: str, mark: str) -> str:
    """Where a message comes back to: its mark behind a plus ("rebonds+17.0a1b…@drome.example", RFC 5233), so that whatever
    a server writes in its report, the address it writes to says which message it was. Empty without `bounces_to`.
    """
    local, _, domain = bounces_to.rpartition("@")
    return f"{local}+{mark}@{domain}" if bounces_to and mark else bounces_to


def header_repeated_by(host: str) -> str | None:
    """The header that a relay repeats in what it posts to us; None for a server that posts nothing."""
    return next((header for domain, header in ECHOED.items() if f".{host}".endswith(f".{domain}")), None)


def deliverable(address: str) -> str:
    """The address in ASCII, its domain in IDNA. Raises SendError(WRONG_ADDRESS) when no server could take it.

    A local part outside ASCII would need SMTPUTF8 all the way (RFC 6531); nearly always it is a typing mistake.
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise SendError(Reason.WRONG_ADDRESS, "address") from error
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(host):
        raise SendError(Reason.WRONG_ADDRESS, "address")
    return f"{local}@{host}"


def compose(email: Email, *, to: str, sender: tuple[str, str]) -> EmailMessage:
    """The message as it leaves, without its Date: text, HTML and calendar say the same, the calendar also attached.

    `sender` is a name and an address.
    """
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # a relay without 8BITMIME takes it too
    made["Message-ID"] = _one_line(email.message_id)
    made["From"] = Address(_one_line(sender[0]), addr_spec=sender[1])
    made["To"] = to
    made["Subject"] = _one_line(email.subject)
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    for name, value in email.headers.items():
        made[name] = _one_line(value)
    made.set_content(email.text)
    made.add_alternative(email.html, subtype="html")
    if email.calendar is not None:
        _add_calendar(made, email.calendar)
    return made


def reason_of_status(enhanced: str) -> Reason | None:
    """What an enhanced status code ("5.1.1") means; None when the table does not know it."""
    parts = enhanced.split(".")
    return next((ENHANCED[known] for n in (3, 2, 1) if (known := ".".join(parts[:n])) in ENHANCED), None)


def refusal_of(code: int, words: bytes) -> Reason:
    """Why a recipient was refused, from the reply's code and its enhanced code if it has one."""
    enhanced = _enhanced(words)
    known = reason_of_status(enhanced)
    if known is not None:
        return known
    if code < 500:
        return Reason.WAIT
    return PLAIN.get(code, Reason.OTHER) if not enhanced else Reason.OTHER


def _content_refusal(code: int, words: bytes) -> Reason:
    if code < 500:
        return Reason.WAIT
    enhanced = _enhanced(words)
    if enhanced.startswith(("5.1.", "5.2.")):
        return refusal_of(code, words)
    return Reason.FILTERED if enhanced.startswith("5.7.") or (code, enhanced) == (554, "") else Reason.OTHER


def _add_calendar(made: EmailMessage, calendar: Attachment) -> None:
    made.add_alternative(
        calendar.content,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"method": calendar.method, "charset": "utf-8"},
    )
    made.add_attachment(calendar.content, maintype="application", subtype="ics", filename=calendar.filename)


@contextmanager
def _until_data() -> Iterator[None]:
    """Failures while nothing has left yet."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        reason = Reason.WAIT if error.smtp_code < 500 else Reason.OUR_ACCOUNT
        raise SendError(reason, str(error.smtp_code)) from error
    except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
        raise SendError(Reason.OUR_ACCOUNT, type(error).__name__) from error
    except smtplib.SMTPResponseException as error:
        raise SendError(Reason.WAIT, str(error.smtp_code)) from error
    except (smtplib.SMTPException, socket.gaierror, OSError) as error:
        raise SendError(Reason.WAIT, type(error).__name__) from error


def _enhanced(words: bytes) -> str:
    found = _ENHANCED.match(words.decode("ascii", "replace").strip())
    return found[0] if found else ""


def _code(code: int, words: bytes) -> str:
    """ "550 5.1.1": never the server's words, which repeat the address."""
    return f"{code} {_enhanced(words)}".strip()


def _bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()


def _one_line(text: str) -> str:
    """No CR, LF or other control character can start a header of its own."""
    return _CONTROLS.sub(" ", text).strip()
