"""A text that somebody sent to one of our numbers, as Twilio tells it.

Fields: https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Where texts come in (house.md, stable surfaces).
INBOUND_PATH = "/hooks/twilio/sms"
# "Nothing to say": the answer leaves as a message of its own.
EMPTY_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@dataclass(frozen=True, slots=True)
class Text:
    """`sid` is the provider's id; `sender` E.164, a short code or a name; `number` the one of ours that was written to."""

    sid: str
    sender: str
    number: str
    body: str


def read_text(fields: Mapping[str, str]) -> Text:
    """What an inbound call says, from its form. What it lacks is an empty string."""
    return Text(
        sid=(fields.get("MessageSid") or fields.get("SmsSid") or "").strip(),
        sender=fields.get("From", "").strip(),
        number=fields.get("To", "").strip(),
        body=fields.get("Body", ""),
    )
