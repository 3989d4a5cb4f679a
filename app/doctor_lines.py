"""`rdv doctor` on what leaves this machine in clear, or to whom nobody has proved to be who they say."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from app.runtime import Runtime
from app.settings import Settings

HERE = ("127.", "localhost", "::1", "/")
# What libpq knows, and which of it believes nobody but the server of that name (PostgreSQL, § 34.19).
VERIFIED = "verify-full"
UNSET = "prefer"


def check_lines(runtime: Runtime) -> str:
    """Said and not held against anybody: a network of one's own may be trusted, and the operator is who knows."""
    return "; ".join(_doubts(runtime.settings)) or "what leaves this machine is encrypted, and to whom it should go"


def _doubts(settings: Settings) -> Iterator[str]:
    database = urlsplit(settings.database_url)
    said = parse_qs(database.query)
    mode = said.get("sslmode", [UNSET])[-1]
    host = said.get("host", [database.hostname or ""])[-1]
    if database.scheme.startswith("postgresql") and not _is_here(host) and mode != VERIFIED:
        yield f"WARNING: DATABASE_URL leads to another machine with sslmode={mode}: {VERIFIED} is asked for (docs/installing.md)"
    relay = urlsplit(settings.smtp_url)
    if relay.scheme == "smtp" and not _is_here(relay.hostname or ""):
        yield "WARNING: SMTP_URL is smtp:// to another machine: emails go there in clear; smtps:// or smtp+starttls:// would not"


def _is_here(host: str) -> bool:
    return not host or host.startswith(HERE)
