"""Until when the certificate is good that a name shows: looked at as a browser does, chain and name included."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime

PATIENCE = 10.0  # seconds


class NotTrusted(Exception):
    """A browser would warn of it, or nobody answers; the message says why in a few words."""


def ends_at(host: str, port: int, *, tls: ssl.SSLContext | None = None) -> datetime:
    """Raises NotTrusted."""
    context = tls or ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=host) as opened,
        ):
            shown = opened.getpeercert() or {}
    except ssl.SSLCertVerificationError as refused:
        raise NotTrusted(refused.verify_message) from refused
    except OSError as away:
        raise NotTrusted(f"no answer: {type(away).__name__}") from away
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
