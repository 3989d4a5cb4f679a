"""Telling somebody's software: a signed POST to an address that they gave, guarded as every address that somebody typed.

Two signatures, so that what already listens to the field's software goes on, and what is new can refuse a replay:
`X-RDVI-SIGNATURE`, hex HMAC-SHA256 of the body; and Standard Webhooks (https://www.standardwebhooks.com): `webhook-signature`,
base64 HMAC-SHA256 of "id.timestamp.body". Redirects are not followed: they are no answer.
"""

from __future__ import annotations

import hmac
import http.client
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import datetime, timedelta

from notifications.fetching import REDIRECTS, STATUSES, Deadline, Guard, Line, numbers_of, trouble_of
from notifications.web_addresses import FetchFailed, Trouble, read_address

PATIENCE = timedelta(seconds=10)  # from the name to the end of the answer's header
PREFIX = "whsec_"  # Standard Webhooks: what follows is the key in base64
_KEY = 32  # bytes


def make_secret() -> str:
    """A new secret, as its receiver is shown it: `whsec_` and 256 bits in base64."""
    return PREFIX + b64encode(secrets.token_bytes(_KEY)).decode()


def signatures(body: bytes, *, secret: str, uid: str, at: datetime) -> dict[str, str]:
    """The headers that prove who speaks, about which event, and when."""
    timestamp = str(int(at.timestamp()))
    signed = f"{uid}.{timestamp}.".encode() + body
    key = b64decode(secret.removeprefix(PREFIX))
    return {
        "X-RDVI-SIGNATURE": hmac.digest(secret.encode(), body, "sha256").hex(),
        "webhook-id": uid,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}",
    }


def post(address: str, body: bytes, headers: dict[str, str], *, guard: Guard, patience: timedelta = PATIENCE) -> int:
    """Send the body and return the status, one of 200 to 299; what the answer says is not read.

    Raises FetchFailed: nobody there, no public address, a redirect, any other status, or too slow.
    """
    deadline = Deadline(patience)
    try:
        return _post(address, body, headers, guard, deadline)
    except FetchFailed as failed:
        raise FetchFailed(Trouble.TOO_SLOW if deadline.is_over else failed.why, status=failed.status) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchFailed(Trouble.TOO_SLOW if deadline.is_over else trouble_of(error)) from None
    finally:
        deadline.stop()


def _post(text: str, body: bytes, headers: dict[str, str], guard: Guard, deadline: Deadline) -> int:
    address = read_address(text, allowed=guard.allowed)
    line = Line(address, numbers_of(address, guard, deadline), guard.trust, deadline)
    try:
        line.request("POST", address.target, body=body, headers=_SENT | headers)
        with line.getresponse() as answer:
            status = answer.status
    finally:
        with suppress(OSError):
            line.close()
    if status in REDIRECTS:
        raise FetchFailed(Trouble.TOO_MANY_REDIRECTS, status=status)
    if not 200 <= status <= 299:
        raise FetchFailed(STATUSES.get(status, Trouble.REFUSED), status=status)
    return status


_SENT = {"User-Agent": "RDV au choix", "Content-Type": "application/json", "Connection": "close"}
