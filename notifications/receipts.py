"""What Twilio tells us by itself: is it really Twilio, which of our messages it speaks of, and what became of it.

Signature: https://www.twilio.com/docs/usage/security#validating-requests
Statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Where status callbacks come in (house.md, stable surfaces).
STATUS_PATH = "/hooks/twilio/status"
# The name of our reference in the query of a StatusCallback address.
REFERENCE = "message"
SIGNATURE = "X-Twilio-Signature"
SIGNATURE_SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


class Delivery(StrEnum):
    """What became of a text, in our words."""

    ON_ITS_WAY = "on_its_way"  # the provider has it
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # the network or the handset did not take it
    FAILED = "failed"  # the provider did not hand it over


DELIVERIES: Mapping[str, Delivery] = {
    "accepted": Delivery.ON_ITS_WAY,
    "scheduled": Delivery.ON_ITS_WAY,
    "queued": Delivery.ON_ITS_WAY,
    "sending": Delivery.ON_ITS_WAY,
    "sent": Delivery.ON_ITS_WAY,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.UNDELIVERED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One status callback. `status` is the provider's own word, `delivery` ours (null: a word we don't know)."""

    reference: str
    provider_id: str
    status: str
    error_code: str | None
    delivery: Delivery | None


def is_from_twilio(
    *, auth_token: str, public_url: str, path: str, raw_query: str | bytes, fields: Any, headers: Mapping[str, str]
) -> bool:
    """True when the signature in the headers is Twilio's, for the address as it was given to Twilio. Never raises.

    `public_url` is the configured base: behind a proxy the request's own address is another. `raw_query` is the
    query string before any decoding (WSGI `QUERY_STRING`). `fields` are all fields of the form, a mapping or a
    werkzeug MultiDict. `headers` are looked up by the names above.
    """
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    signature = headers.get(SIGNATURE) or ""
    if not signature or not auth_token:
        return False
    algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS))
    url = signed_url(public_url, path, raw_query)
    return bool(RequestValidator(auth_token).validate(url, fields, signature, algorithm))


def signed_url(public_url: str, path: str, raw_query: str | bytes) -> str:
    """The address Twilio signed: public base, path, and the query as it came."""
    query = raw_query.decode("latin-1") if isinstance(raw_query, bytes) else raw_query
    return f"{public_url.rstrip('/')}{path}" + (f"?{query}" if query else "")


def read_receipt(query: Mapping[str, str], fields: Mapping[str, str]) -> Receipt:
    """What a status callback says, from its query and its form. What it lacks is an empty string."""
    status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
    return Receipt(
        reference=query.get(REFERENCE, ""),
        provider_id=fields.get("MessageSid") or fields.get("SmsSid") or "",
        status=status,
        error_code=fields.get("ErrorCode") or None,
        delivery=DELIVERIES.get(status.lower()),
    )
