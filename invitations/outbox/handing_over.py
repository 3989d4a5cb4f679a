"""What each provider is given: a claimed message as a text, an email or a call, put together with no session open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from invitations import messages
from invitations.codes import Codes
from invitations.models import Channel, Message
from invitations.outbox.claiming import Claimed
from invitations.outbox.returned import mark_of
from invitations.outbox.states import TO_FORMER
from notifications.senders import Call, Email, Reason, SendError, Senders, Sms

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What delivery needs of the settings. `threads`: calls to providers at once. For the times see app/settings.py."""

    public_url: str
    mail_domain: str
    threads: int
    lease: timedelta
    settle_every: timedelta
    segments_per_second: int = 0  # of each sender of texts; 0: no limit


def hand_over(claimed: Claimed, *, senders: Senders, codes: Codes, terms: DeliveryTerms) -> str:
    """Give the message to its provider and return the provider's id. Raises SendError."""
    if claimed.message.channel is Channel.EMAIL:
        return senders.email.send(write_email(claimed, codes=codes, terms=terms))
    if claimed.message.channel is Channel.VOICE:
        return call(senders, claimed)
    return senders.sms.send(write_sms(claimed, codes=codes, terms=terms))


def call(senders: Senders, claimed: Claimed) -> str:
    """Ring somebody; what is said is asked for when they pick up. Calls that were turned off since fail: somebody of the
    team calls."""
    if senders.voice is None:
        raise SendError(Reason.OTHER, "no_calls")
    return senders.voice.call(write_call(claimed))


def write_call(claimed: Claimed) -> Call:
    return Call(reference=str(claimed.message.id), to=claimed.message.address)


def write_sms(claimed: Claimed, *, codes: Codes, terms: DeliveryTerms) -> Sms:
    message = claimed.message
    return Sms(
        reference=str(message.id),
        to=message.address,
        body=finish(message, codes=codes, terms=terms).text,
        sender=claimed.sms_sender,
        lives_for=claimed.lives_for,
    )


def write_email(claimed: Claimed, *, codes: Codes, terms: DeliveryTerms) -> Email:
    message = claimed.message
    finished = finish(message, codes=codes, terms=terms)
    return Email(
        reference=str(message.id),
        message_id=message_id(message, terms.mail_domain, codes),
        to=message.address,
        subject=finished.subject,
        text=finished.text,
        html=finished.html,
        sender_name=claimed.organisation,
        calendar=finished.calendar,
        headers=way_out(message, codes=codes, terms=terms),
        mark=mark_of(message, codes),
    )


def way_out(message: Message, *, codes: Codes, terms: DeliveryTerms) -> dict[str, str]:
    """One click in a mail program, and no more emails come (RFC 8058; it asks for https). Agents have a setting."""
    if message.agent_id is not None or message.kind in TO_FORMER or not terms.public_url.startswith("https://"):
        return {}
    page = messages.address_of(message, codes=codes, public_url=terms.public_url)
    return {
        "List-Unsubscribe": f"<{page}/messages/stop>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def finish(message: Message, *, codes: Codes, terms: DeliveryTerms) -> messages.Finished:
    """The words as they leave. Raises SendError: what can't be written has not left, and is tried once more."""
    try:
        return messages.finish(message, codes=codes, public_url=terms.public_url)
    except Exception as error:
        log.error("message.unwritable", message=message.id, error=type(error).__name__)
        raise SendError(Reason.OTHER, "unwritable") from error


def message_id(message: Message, domain: str, codes: Codes) -> str:
    """The Message-ID of an email, from its row: every retry is the same email. Whoever knows it has read the email."""
    return f"<{mark_of(message, codes)}@{domain}>"
