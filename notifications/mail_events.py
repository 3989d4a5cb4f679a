"""What a relay posts of emails it took from us, as JSON: Brevo and Mailjet. Only what a message needs to know.

Brevo: https://developers.brevo.com/docs/transactional-webhooks. One event a call. It repeats the header X-Mailin-custom.
Mailjet: https://dev.mailjet.com/email/guides/webhooks/. One event a call, or a list of them ("Group Events"). It repeats
X-MJ-CustomID as CustomID. Whatever is not answered by 200 it posts again, every 30 seconds for a day.

Both can say that an email was opened and a link followed. Nobody here wants to know: such events are read by nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from notifications.bounces import COMPLAINT, Bounce, codes_in, find_marks, last_word
from notifications.receipts import Delivery
from notifications.senders import Reason

# More in one call would keep the relay waiting for longer than it likes.
MOST_EVENTS = 500

_ARRIVED = (Delivery.DELIVERED, Reason.OTHER)
_REFUSED = (Delivery.DELIVERED, Reason.REFUSED_BY_PERSON)

# The relay's own word → what became of the email, and why. A null delivery changes nothing yet.
BREVO: Mapping[str, tuple[Delivery | None, Reason]] = {
    "delivered": _ARRIVED,
    "deferred": (None, Reason.WAIT),
    "hard_bounce": (Delivery.UNDELIVERED, Reason.WRONG_ADDRESS),
    "soft_bounce": (Delivery.UNDELIVERED, Reason.LATER),
    "invalid_email": (Delivery.UNDELIVERED, Reason.WRONG_ADDRESS),
    "blocked": (Delivery.FAILED, Reason.FILTERED),  # on the account's own list: somebody has to look why
    "error": (Delivery.FAILED, Reason.OTHER),
    "spam": _REFUSED,
    "unsubscribe": _REFUSED,
    "unsubscribed": _REFUSED,
}
MAILJET: Mapping[str, tuple[Delivery | None, Reason]] = {
    "sent": _ARRIVED,  # "delivered to the recipient's server"
    "bounce": (Delivery.UNDELIVERED, Reason.LATER),
    "blocked": (Delivery.FAILED, Reason.FILTERED),
    "spam": _REFUSED,
    "unsub": _REFUSED,
}
# Mailjet's table of errors; what it lacks is as the event says.
MAILJET_ERRORS: Mapping[str, Reason] = {
    "user unknown": Reason.WRONG_ADDRESS,
    "mailbox inactive": Reason.WRONG_ADDRESS,
    "invalid domain": Reason.WRONG_ADDRESS,
    "no mail host": Reason.WRONG_ADDRESS,
    "typofix": Reason.WRONG_ADDRESS,
    "quota exceeded": Reason.LATER,
    "relay/access denied": Reason.FILTERED,
    "sender blocked": Reason.FILTERED,
    "content blocked": Reason.FILTERED,
    "policy issue": Reason.FILTERED,
}
# The same words as in a mail server's report: who hears of one failure by both ways hears of it once.
_SAID = {Delivery.DELIVERED: "delivered", Delivery.UNDELIVERED: "failed", Delivery.FAILED: "failed", None: "delayed"}
_NAMING = ("X-Mailin-custom", "CustomID", "message-id")
_WORD = re.compile(r"[a-z_]{1,20}")


def read_events(content: bytes) -> list[Bounce]:
    """What a call says of our emails, in its order. Raises ValueError when it is neither Brevo's nor Mailjet's."""
    try:
        posted = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError("The body is not JSON.") from error
    events = posted if isinstance(posted, list) else [posted]
    if len(events) > MOST_EVENTS:
        raise ValueError(f"More than {MOST_EVENTS} events in one call.")
    if not events or not all(isinstance(one, dict) and _is_word(one.get("event")) for one in events):
        raise ValueError("An event of Brevo or Mailjet has a field named event.")
    return [found for one in events if (found := _read(one)) is not None]


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _read(event: dict[str, Any]) -> Bounce | None:
    """One event; None when it is about nothing that we keep. Brevo's have a message-id, Mailjet's a MessageID."""
    word = event["event"]
    said = (BREVO if "message-id" in event else MAILJET).get(word)
    if said is None or event.get("error") == "greylisted":  # Mailjet tries that again by itself
        return None
    delivery, reason = said
    code = codes_in(str(event.get("reason") or event.get("comment") or ""))
    status = COMPLAINT if reason is Reason.REFUSED_BY_PERSON else _SAID[delivery]
    named = find_marks([str(event.get(name)) for name in _NAMING])
    return Bounce(named, status, code, delivery, _more_precisely(event, delivery, reason, code))


def _more_precisely(event: dict[str, Any], delivery: Delivery | None, reason: Reason, code: str) -> Reason:
    """What the recipient's server said weighs more than the relay's word for it: only that closes an address."""
    if delivery is not Delivery.UNDELIVERED:
        return reason
    enhanced = code.rpartition(" ")[2]
    if enhanced.count(".") == 2 and not enhanced.endswith(".0.0"):
        return last_word(enhanced)
    return MAILJET_ERRORS.get(str(event.get("error")), reason)
