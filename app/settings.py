"""What an operator may set. Read once, frozen; a missing or wrong name fails at start with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from app.settings_checks import LOOPBACK, about_france_travail, cents, is_address, is_free

TWILIO_API_URL = "https://api.twilio.com"
OIDC_LABEL = "Se connecter avec mon compte professionnel"
MAIL_SCHEMES = frozenset({"smtp", "smtp+starttls", "smtps"})
SHORTEST_TOKEN = 20
MAILBOX_SCHEMES = frozenset({"imap", "imap+starttls", "imaps"})
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,30}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
# 06 and 07, overseas too: for people who call people. Machines may not show them to whoever they call since 2023 (Arcep,
# décision n° 2022-1583 du 1er septembre 2022 modifiant le plan national de numérotation).
_FRENCH_MOBILE = re.compile(r"\+(?:33|262|590|594|596)[67]")


class WrongSettings(Exception):
    """The settings can't be used; the message says which and why, in one sentence each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with the environment name beside it. Times are `timedelta`.

    Without Twilio or SMTP settings the messages of that channel go to the local mailbox page; that is allowed
    only while `public_url` is on the loopback.
    """

    database_url: str = field(repr=False)  # DATABASE_URL, with its password
    secret_key: str = field(repr=False)  # SECRET_KEY
    public_url: str = "http://127.0.0.1:8000"  # PUBLIC_URL, without a slash at the end
    previous_secret_keys: tuple[str, ...] = field(default=(), repr=False)  # PREVIOUS_SECRET_KEYS, separated by spaces
    twilio_account_sid: str = ""  # TWILIO_ACCOUNT_SID
    twilio_auth_token: str = field(default="", repr=False)  # TWILIO_AUTH_TOKEN
    twilio_from: str = ""  # TWILIO_FROM
    twilio_messaging_service_sid: str = ""  # TWILIO_MESSAGING_SERVICE_SID
    twilio_api_url: str = TWILIO_API_URL  # TWILIO_API_URL, for a double
    twilio_voice_from: str = ""  # TWILIO_VOICE_FROM, the number that calls people; empty: nobody is called
    smtp_url: str = field(
        default="", repr=False
    )  # SMTP_URL: smtp://, smtp+starttls:// or smtps://user:password@host:port
    mail_from: str = ""  # MAIL_FROM
    bounces_address: str = ""  # BOUNCES_ADDRESS, "rebonds@…": where emails come back to; each adds "+" and its mark
    bounces_url: str = field(default="", repr=False)  # BOUNCES_URL, imaps://user:password@host:port/folder
    bounces_token: str = field(default="", repr=False)  # BOUNCES_TOKEN: who posts what came back proves itself by it
    # FETCH_PRIVATE_HOSTS, "host:port" separated by spaces: calendars of one's own network, over HTTP too
    private_hosts: frozenset[str] = frozenset()
    # SECURITY_CONTACT, "mailto:…" or "https://…" separated by spaces: whom to tell of a weakness (RFC 9116)
    security_contact: tuple[str, ...] = ()
    # REQUIRE_SECOND_FACTOR, "yes" or "no": of administrators and of whoever may export; unset: but on this machine alone
    second_factor: str = ""
    # Single sign-on (OpenID Connect): all three, or none
    oidc_issuer: str = ""  # OIDC_ISSUER, as the provider writes it
    oidc_client_id: str = ""  # OIDC_CLIENT_ID
    oidc_client_secret: str = field(default="", repr=False)  # OIDC_CLIENT_SECRET
    oidc_label: str = OIDC_LABEL  # OIDC_LABEL, on the button
    oidc_trusts_emails: str = ""  # OIDC_TRUSTS_EMAILS, "yes": an email that it does not call unverified is verified
    # France Travail's API for partners: all four, or none
    france_travail_api_url: str = ""  # FRANCE_TRAVAIL_API_URL
    france_travail_token_url: str = ""  # FRANCE_TRAVAIL_TOKEN_URL, with its realm: …?realm=%2Fagent
    france_travail_client_id: str = ""  # FRANCE_TRAVAIL_CLIENT_ID
    france_travail_client_secret: str = field(default="", repr=False)  # FRANCE_TRAVAIL_CLIENT_SECRET
    backup_folder: str = ""  # BACKUP_FOLDER: where `rdv backup` writes, and whose last backup `rdv doctor` looks at
    pg_bin: str = ""  # PG_BIN: the folder of pg_dump and pg_restore, when it is not on the PATH
    erased_log: str = ""  # ERASED_LOG: the file where each deletion leaves its trace, for the day a backup is restored
    metrics_token: str = field(default="", repr=False)  # METRICS_TOKEN: what Prometheus says to read /metrics
    api_calls_per_minute: int = 600  # API_CALLS_PER_MINUTE: of one service key, or of one agent's programs
    # What sending costs, in euro cents, for estimates: a segment of text, a letter with its stamp, a minute of call
    sms_price_cents: Decimal | None = None  # SMS_PRICE_CENTS
    letter_price_cents: Decimal | None = None  # LETTER_PRICE_CENTS
    call_price_cents: Decimal | None = None  # CALL_PRICE_CENTS
    host: str = "127.0.0.1"  # HOST
    port: int = 8000  # PORT
    web_processes: int = 1  # WEB_PROCESSES
    trusted_proxies: int = 0  # TRUSTED_PROXIES: how many of our own reverse proxies stand in front; they say who calls
    delivery_threads: int = 8  # DELIVERY_THREADS: provider calls at once, per scheduler process
    # SMS_SEGMENTS_PER_SECOND: of each number or name that sends texts, all processes together; 0: no limit
    sms_segments_per_second: int = 0
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
            twilio_voice_from=re.sub(r"[\s.]", "", env.get("TWILIO_VOICE_FROM", "")),
            smtp_url=env.get("SMTP_URL", "").strip(),
            mail_from=env.get("MAIL_FROM", "").strip(),
            bounces_address=env.get("BOUNCES_ADDRESS", "").strip(),
            bounces_url=env.get("BOUNCES_URL", "").strip(),
            bounces_token=env.get("BOUNCES_TOKEN", "").strip(),
            private_hosts=frozenset(env.get("FETCH_PRIVATE_HOSTS", "").lower().split()),
            security_contact=tuple(env.get("SECURITY_CONTACT", "").split()),
            second_factor=env.get("REQUIRE_SECOND_FACTOR", "").strip().lower(),
            oidc_issuer=env.get("OIDC_ISSUER", "").strip(),
            oidc_client_id=env.get("OIDC_CLIENT_ID", "").strip(),
            oidc_client_secret=env.get("OIDC_CLIENT_SECRET", "").strip(),
            oidc_label=env.get("OIDC_LABEL", "").strip() or OIDC_LABEL,
            oidc_trusts_emails=env.get("OIDC_TRUSTS_EMAILS", "").strip().lower(),
            france_travail_api_url=env.get("FRANCE_TRAVAIL_API_URL", "").strip().rstrip("/"),
            france_travail_token_url=env.get("FRANCE_TRAVAIL_TOKEN_URL", "").strip(),
            france_travail_client_id=env.get("FRANCE_TRAVAIL_CLIENT_ID", "").strip(),
            france_travail_client_secret=env.get("FRANCE_TRAVAIL_CLIENT_SECRET", "").strip(),
            backup_folder=env.get("BACKUP_FOLDER", "").strip(),
            pg_bin=env.get("PG_BIN", "").strip(),
            erased_log=env.get("ERASED_LOG", "").strip(),
            metrics_token=env.get("METRICS_TOKEN", "").strip(),
            api_calls_per_minute=number("API_CALLS_PER_MINUTE", 600, least=1),
            sms_price_cents=cents("SMS_PRICE_CENTS", env.get("SMS_PRICE_CENTS", ""), wrong),
            letter_price_cents=cents("LETTER_PRICE_CENTS", env.get("LETTER_PRICE_CENTS", ""), wrong),
            call_price_cents=cents("CALL_PRICE_CENTS", env.get("CALL_PRICE_CENTS", ""), wrong),
            host=env.get("HOST", "").strip() or "127.0.0.1",
            port=port,
            web_processes=number("WEB_PROCESSES", 1, least=1),
            trusted_proxies=number("TRUSTED_PROXIES", 0),
            delivery_threads=number("DELIVERY_THREADS", 8, least=1),
            sms_segments_per_second=number("SMS_SEGMENTS_PER_SECOND", 0),
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
            *self._complaints_about_calls(),
            *self._complaints_about_bounces(),
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
            *self._complaints_about_sign_on(),
            *about_france_travail(
                (self.france_travail_api_url, self.france_travail_token_url),
                (self.france_travail_client_id, self.france_travail_client_secret),
            ),
            (self.second_factor not in {"", "yes", "no"}, "REQUIRE_SECOND_FACTOR must be yes or no."),
            (
                0 < len(self.metrics_token) < SHORTEST_TOKEN,
                f"METRICS_TOKEN must have {SHORTEST_TOKEN} characters or more that nobody can guess.",
            ),
            (
                not self.is_local and not (self.sends_sms and self.sends_email),
                "TWILIO_ACCOUNT_SID and SMTP_URL must be set: without them messages only go to the local mailbox page, "
                "which is for a demonstration on 127.0.0.1.",
            ),
        )
        return [sentence for is_wrong, sentence in found if is_wrong]

    def _complaints_about_bounces(self) -> tuple[tuple[bool, str], ...]:
        where = urlsplit(self.bounces_url)
        return (
            (
                bool(self.bounces_address) and not _PLAIN_ADDRESS.fullmatch(self.bounces_address),
                "BOUNCES_ADDRESS must be one address, as rebonds@drome.example, with 30 characters or less before the @.",
            ),
            (
                bool(self.bounces_url) and not (where.scheme in MAILBOX_SCHEMES and where.hostname and where.username),
                "BOUNCES_URL must be imaps:// or imap+starttls://, then user:password@host:port/folder.",
            ),
            (
                where.scheme == "imap" and where.hostname not in LOOPBACK,
                "BOUNCES_URL may start with imap:// on this machine only: it would send the password in clear.",
            ),
            (
                0 < len(self.bounces_token) < SHORTEST_TOKEN,
                f"BOUNCES_TOKEN must have {SHORTEST_TOKEN} characters or more that nobody can guess.",
            ),
        )

    @property
    def is_local(self) -> bool:
        """True when only this machine can open the pages."""
        return urlsplit(self.public_url).hostname in LOOPBACK and self.host in LOOPBACK

    def _complaints_about_sign_on(self) -> tuple[tuple[bool, str], ...]:
        given = [self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret]
        is_here = urlsplit(self.oidc_issuer).hostname in LOOPBACK and self.is_local
        return (
            (any(given) and not all(given), "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together."),
            (
                bool(self.oidc_issuer) and not self.oidc_issuer.startswith("https://") and not is_here,
                "OIDC_ISSUER must start with https://.",
            ),
            (self.oidc_trusts_emails not in {"", "yes", "no"}, "OIDC_TRUSTS_EMAILS must be yes or no."),
        )

    @property
    def requires_second_factor(self) -> bool:
        """True when administrators, and whoever may export, need more than a password."""
        return self.second_factor == "yes" or (not self.second_factor and not self.is_local)

    def _complaints_about_calls(self) -> tuple[tuple[bool, str], ...]:
        number = self.twilio_voice_from
        return (
            (
                bool(number) and not _NUMBER.fullmatch(number),
                "TWILIO_VOICE_FROM must be a telephone number with its country, as +33937000000.",
            ),
            (
                bool(_FRENCH_MOBILE.match(number)),
                "TWILIO_VOICE_FROM can't be a mobile number: in France a machine may not call from 06 or 07 "
                "(Arcep, décision 2022-1583); use one that begins with 01 to 05 or 09.",
            ),
            (self.makes_calls and not self.sends_sms, "TWILIO_VOICE_FROM needs TWILIO_ACCOUNT_SID."),
            (
                self.makes_calls and self.is_local and self.twilio_api_url == TWILIO_API_URL,
                "TWILIO_VOICE_FROM needs a PUBLIC_URL that Twilio can reach: it asks there what to say.",
            ),
        )

    @property
    def makes_calls(self) -> bool:
        return bool(self.twilio_voice_from)

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


__all__ = ["Settings", "WrongSettings", "is_free"]
