"""Part of `rdv doctor`: what the machine and its surroundings must offer. The clock, the certificate, connections, the account provider."""

from __future__ import annotations

import ctypes
from datetime import timedelta
from urllib.parse import urlsplit

from app.doctor_trouble import Trouble
from app.runtime import Runtime
from invitations import monitoring
from notifications import certificates
from notifications.certificates import NotTrusted
from notifications.single_sign_on import Provider, SignOnFailed

# Whoever renews certificates does it a month before their end: two weeks before, it has failed.
CERTIFICATE_ENDS = timedelta(days=14)
# Of what PostgreSQL allows: the rest is for whoever comes to look.
MOST_CONNECTIONS = 0.8
# What adjtimex(2) answers while nothing keeps the clock right.
_UNKEPT = 5
_LARGEST_TIMEX = 512


def check_time(runtime: Runtime) -> str:
    """Whether the system keeps the clock right (NTP, chrony, systemd-timesyncd): the kernel knows. Elsewhere than on Linux, nobody."""
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_LARGEST_TIMEX))
    except (OSError, AttributeError):
        return "not known on this system"
    if answer == _UNKEPT and runtime.settings.is_local:
        return "nothing keeps it right: an installation that others open must"
    if answer == _UNKEPT:
        raise Trouble("nothing keeps this machine's clock right: install chrony or systemd-timesyncd.")
    return "kept right" if answer >= 0 else "not known on this system"


def check_sign_on(runtime: Runtime) -> str:
    """What the provider publishes about itself is read, and its keys; nobody signs in."""
    settings = runtime.settings
    if not settings.oidc_issuer:
        return "not set: passwords alone"
    try:
        Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, "").check()
    except SignOnFailed as failed:
        raise Trouble(f"the provider of OIDC_ISSUER does not answer as it should ({failed}).") from failed
    return "the provider answers, and shows its keys"


def check_certificate(runtime: Runtime) -> str:
    """Of PUBLIC_URL, as a browser sees it from here."""
    address = urlsplit(runtime.settings.public_url)
    if address.scheme != "https" or not address.hostname:
        return "PUBLIC_URL is not https: there is none"
    try:
        ends_at = certificates.ends_at(address.hostname, address.port or 443)
    except NotTrusted as why:
        raise Trouble(f"no browser opens {runtime.settings.public_url} from here ({why}).") from why
    days = (ends_at - runtime.clock()) // timedelta(days=1)
    if ends_at - runtime.clock() < CERTIFICATE_ENDS:
        raise Trouble(f"the certificate of {address.hostname} ends in {days} days: it should have been renewed.")
    return f"good for {days} days"


def check_connections(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        found = monitoring.connections(session)
    if found is None:
        return "SQLite has none to count"
    used, most = found
    if used > most * MOST_CONNECTIONS:
        raise Trouble(
            f"{used} of PostgreSQL's {most} connections are taken: see docs/scale.md, or raise max_connections."
        )
    return f"{used} of PostgreSQL's {most}"
