"""What an operator may set. Read once, frozen; a missing or wrong name fails at start with a sentence."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

TWILIO_API_URL = "https://api.twilio.com"
MAIL_SCHEMES = frozenset({"smtp", "smtp+starttls", "smtps"})
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class WrongSettings(Exception):
    """The settings can't be used; the message says which and why, in one sentence each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with the environment name beside it. Times are `timedelta`.

    Without Twilio or SMTP settings the messages of that channel go to the local mailbox page; that is allowed
    only while `public_url` is on the loopback.
    """

    database_url: str  # DATABASE_URL
    secret_key: str = field(repr=False)  # SECRET_KEY
    public_url: str = "http://127.0.0.1:8000"  # PUBLIC_URL, without a slash at the end
    previous_secret_keys: tuple[str, ...] = field(default=(), repr=False)  # PREVIOUS_SECRET_KEYS, separated by spaces
    twilio_account_sid: str = ""  # TWILIO_ACCOUNT_SID
    twilio_auth_token: str = field(default="", repr=False)  # TWILIO_AUTH_TOKEN
    twilio_from: str = ""  # TWILIO_FROM
    twilio_messaging_service_sid: str = ""  # TWILIO_MESSAGING_SERVICE_SID
    twilio_api_url: str = TWILIO_API_URL  # TWILIO_API_URL, for a double
    smtp_url: str = field(
        default="", repr=False
    )  # SMTP_URL: smtp://, smtp+starttls:// or smtps://user:password@host:port
    mail_from: str = ""  # MAIL_FROM
    # FETCH_PRIVATE_HOSTS, "host:port" separated by spaces: calendars of one's own network, over HTTP too
    private_hosts: frozenset[str] = frozenset()
    # SECURITY_CONTACT, "mailto:…" or "https://…" separated by spaces: whom to tell of a weakness (RFC 9116)
    security_contact: tuple[str, ...] = ()
    host: str = "127.0.0.1"  # HOST
    port: int = 8000  # PORT
    web_processes: int = 1  # WEB_PROCESSES
    trusted_proxies: int = 0  # TRUSTED_PROXIES: how many of our own reverse proxies stand in front; they say who calls
    delivery_threads: int = 8  # DELIVERY_THREADS: provider calls at once, per scheduler process
    delivery_lease: timedelta = timedelta(minutes=2)  # DELIVERY_LEASE_SECONDS: a claim older than this was a crash
    database_patience: timedelta = timedelta(seconds=30)  # DATABASE_PATIENCE_SECONDS: how long a writer waits its turn
    settle_every: timedelta = timedelta(minutes=5)  # SETTLE_EVERY_SECONDS: between two looks for an `unknown`

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the environment. Raises WrongSettings, one line per thing that is wrong."""
        wrong: list[str] = []

        def number(name: str, default: int, *, least: int = 0) -> int:
            text = env.get(name, "").strip()
            if text and (not text.isdecimal() or int(text) < least):
                wrong.append(f"{name} must be a whole number, {least} or more, not {text!r}.")
            return int(text) if text.isdecimal() else default

        port = number("PORT", 8000)
        if not 0 < port < 65536:
            wrong.append(f"PORT must be between 1 and 65535, not {port}.")
        settings = cls(
            database_url=env.get("DATABASE_URL", "").strip(),
            secret_key=env.get("SECRET_KEY", "").strip(),
            public_url=(env.get("PUBLIC_URL", "").strip() or f"http://127.0.0.1:{port}").rstrip("/"),
            previous_secret_keys=tuple(env.get("PREVIOUS_SECRET_KEYS", "").split()),
            twilio_account_sid=env.get("TWILIO_ACCOUNT_SID", "").strip(),
            twilio_auth_token=env.get("TWILIO_AUTH_TOKEN", "").strip(),
            twilio_from=env.get("TWILIO_FROM", "").strip(),
            twilio_messaging_service_sid=env.get("TWILIO_MESSAGING_SERVICE_SID", "").strip(),
            twilio_api_url=(env.get("TWILIO_API_URL", "").strip() or TWILIO_API_URL).rstrip("/"),
            smtp_url=env.get("SMTP_URL", "").strip(),
            mail_from=env.get("MAIL_FROM", "").strip(),
            private_hosts=frozenset(env.get("FETCH_PRIVATE_HOSTS", "").lower().split()),
            security_contact=tuple(env.get("SECURITY_CONTACT", "").split()),
            host=env.get("HOST", "").strip() or "127.0.0.1",
            port=port,
            web_processes=number("WEB_PROCESSES", 1, least=1),
            trusted_proxies=number("TRUSTED_PROXIES", 0),
            delivery_threads=number("DELIVERY_THREADS", 8, least=1),
            delivery_lease=timedelta(seconds=number("DELIVERY_LEASE_SECONDS", 120)),
            database_patience=timedelta(seconds=number("DATABASE_PATIENCE_SECONDS", 30)),
            settle_every=timedelta(seconds=number("SETTLE_EVERY_SECONDS", 300)),
        )
        wrong.extend(settings.complaints())
        if wrong:
            raise WrongSettings("\n".join(wrong))
        return settings

    def complaints(self) -> list[str]:
        """What is wrong with these settings, a sentence each; empty when they can be used."""
        has_engine = self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://"))
        has_sender = bool(self.twilio_from or self.twilio_messaging_service_sid)
        found = (
            (
                not has_engine,
                "DATABASE_URL must be set, to sqlite:///path/to/file or postgresql://user:password@host/name.",
            ),
            (len(self.secret_key) < 32, "SECRET_KEY must be set, with 32 characters or more that nobody can guess."),
            (not is_address(self.public_url), "PUBLIC_URL must be the address people open, starting with https://."),
            (
                self.sends_sms and not has_sender,
                "TWILIO_ACCOUNT_SID needs TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID.",
            ),
            (self.sends_sms and not self.twilio_auth_token, "TWILIO_ACCOUNT_SID needs TWILIO_AUTH_TOKEN."),
            (
                self.sends_email and urlsplit(self.smtp_url).scheme not in MAIL_SCHEMES,
                "SMTP_URL must start with smtps://, smtp+starttls:// or smtp://.",
            ),
            (
                self.sends_email and "@" not in self.mail_from,
                "SMTP_URL needs MAIL_FROM, the address messages come from.",
            ),
            (
                not all(re.fullmatch(r".+:\d{1,5}", one) for one in self.private_hosts),
                "FETCH_PRIVATE_HOSTS must name hosts with their ports, as zimbra.interne:443, separated by spaces.",
            ),
            (
                not self.is_local and any(one.rpartition(":")[0] in LOOPBACK for one in self.private_hosts),
                "FETCH_PRIVATE_HOSTS may name this machine only while PUBLIC_URL is on it.",
            ),
            (
                not all(one.startswith(("mailto:", "https://")) for one in self.security_contact),
                "SECURITY_CONTACT must start with mailto: or https://.",
            ),
            (
                not self.is_local and not (self.sends_sms and self.sends_email),
                "TWILIO_ACCOUNT_SID and SMTP_URL must be set: without them messages only go to the local mailbox page, "
                "which is for a demonstration on 127.0.0.1.",
            ),
        )
        return [sentence for is_wrong, sentence in found if is_wrong]

    @property
    def is_local(self) -> bool:
        """True when only this machine can open the pages."""
        return urlsplit(self.public_url).hostname in LOOPBACK and self.host in LOOPBACK

    @property
    def sends_sms(self) -> bool:
        return bool(self.twilio_account_sid)

    @property
    def sends_email(self) -> bool:
        return bool(self.smtp_url)

    @property
    def has_mailbox(self) -> bool:
        """True when some messages can be read on the local mailbox page, and nowhere else."""
        return self.is_local and not (self.sends_sms and self.sends_email)


def is_address(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"}


def is_free(host: str, port: int) -> bool:
    """True when nobody listens there yet."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True
