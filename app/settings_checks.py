"""What a setting must look like, for those that say it in a few lines of their own."""

from __future__ import annotations

import re
import socket
from decimal import Decimal
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def is_address(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"}


def cents(name: str, text: str, wrong: list[str]) -> Decimal | None:
    """A price in euro cents, 4.9; None when nobody says. What can't be one is added to `wrong`."""
    if not text.strip():
        return None
    if re.fullmatch(r"\d{1,4}(\.\d{1,4})?", text.strip()):
        return Decimal(text.strip())
    wrong.append(f"{name} must be a price in euro cents, with a point, as 4.9, not {text.strip()!r}.")
    return None


def about_france_travail(urls: tuple[str, str], account: tuple[str, str]) -> tuple[tuple[bool, str], ...]:
    """Sentences, each with whether it is to be said."""
    given = [*urls, *account]
    is_safe = all(one.startswith("https://") or urlsplit(one).hostname in LOOPBACK for one in urls)
    return (
        (
            any(given) and not all(given),
            "FRANCE_TRAVAIL_API_URL, FRANCE_TRAVAIL_TOKEN_URL, FRANCE_TRAVAIL_CLIENT_ID and FRANCE_TRAVAIL_CLIENT_SECRET "
            "go together.",
        ),
        (all(given) and not is_safe, "FRANCE_TRAVAIL_API_URL and FRANCE_TRAVAIL_TOKEN_URL must start with https://."),
    )


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
