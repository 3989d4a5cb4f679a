"""What a mail server sends back to us: reports that an email did not arrive, and complaints about one.

Reports: RFC 3464 (delivery status), its codes RFC 3463; complaints: RFC 5965 (ARF); what answers by itself: RFC 3834.
Anybody may write to the address that reports come to. So what is read here says only which of our messages are *named*:
that one of these marks is ours is proved by its signature (invitations/outbox/returned.py).

Headers are taken raw: the parser of structured headers raises for some of what is sent in the wild, and nothing here
needs more than their text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser, Parser
from email.policy import compat32

from notifications.email import reason_of_status
from notifications.receipts import Delivery
from notifications.senders import Reason

# The report and the headers that it returns come first; what a server adds of the email itself is not read.
LARGEST = 256 * 1024
# A report names one email. Whoever names more is searching.
MOST_MARKS = 4
COMPLAINT = "complaint"

_MARK = re.compile(r"(?<![0-9A-Za-z.])([1-9]\d{0,17}\.[0-9a-f]{20})(?![0-9A-Za-z])", re.IGNORECASE)
# The code right after the reply's, in the words of the other server; never an IP address, nor a version.
_IN_WORDS = re.compile(r"(?<![\d.])[245]\d\d[ -]\W{0,2}([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -])")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_FROM_A_SERVER = re.compile(r"\b(?:mailer-daemon|postmaster)@", re.IGNORECASE)
# Where the address that a report came to stands, and the answered email's Message-ID.
_ADDRESSED = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "in-reply-to", "references")
# What of an email of ours names it: who it came back to, and its own headers.
_RETURNED = ("return-path", "message-id", "x-mj-customid", "x-mailin-custom")
_RETURNED_TYPES = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """What became of an email, by somebody else's word. `marks` name it, unproved, the likeliest first.

    `delivery` is null when nothing is settled yet ("delayed"). `status` is the word of the other side, `code` its codes
    ("550 5.1.1"): never its sentences, which repeat the address.
    """

    marks: tuple[str, ...]
    status: str
    code: str
    delivery: Delivery | None
    reason: Reason


def read_bounce(content: bytes) -> Bounce | None:
    """The report or the complaint in a message (RFC 5322) as it came; None when it is neither. Never raises.

    Only the first LARGEST bytes are read.
    """
    message = _parse(content)
    for part in _own_parts(message):
        if part.get_content_type() == "message/feedback-report":
            return _complaint(message, part)
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            return _report(message, part)
    return None


def automatic_answer_to(content: bytes) -> tuple[str, ...]:
    """The marks of the emails that this message answers, if a person's machine wrote it (RFC 3834); else nothing.

    What a mail server wrote is a report, which somebody should look at when it could not be read.
    """
    message = _parse(content)
    if message.get_content_type() == "multipart/report" or _FROM_A_SERVER.search(" ".join(_texts(message, ["from"]))):
        return ()
    submitted = " ".join(_texts(message, ["auto-submitted"])).strip().lower()
    precedence = " ".join(_texts(message, ["precedence"])).strip().lower()
    names = {name.lower() for name, _ in message.raw_items()}
    by_itself = submitted not in {"", "no"} or precedence in {"auto_reply", "bulk", "junk"}
    if not by_itself and not names & {"x-autoreply", "x-autorespond", "x-autoresponse"}:
        return ()
    return find_marks(_texts(message, _ADDRESSED))


def find_marks(texts: Sequence[str]) -> tuple[str, ...]:
    """What looks like one of our marks in these texts, each once, in their order."""
    found = (mark.lower() for text in texts for mark in _MARK.findall(text))
    return tuple(dict.fromkeys(found))[:MOST_MARKS]


def codes_in(words: str) -> str:
    """ "550 5.1.1" out of what the other server said; what it lacks is left out."""
    enhanced, reply = _IN_WORDS.search(words), _REPLY.search(words)
    return " ".join(one[1] for one in (reply, enhanced) if one is not None)


def last_word(status: str) -> Reason:
    """Why an email failed for good, by its enhanced code: what may pass is over now, and the address may be right."""
    reason = reason_of_status(status)
    return Reason.LATER if reason is Reason.WAIT else reason or Reason.OTHER


def _parse(content: bytes) -> Message:
    parser = BytesParser(policy=compat32)
    try:
        return parser.parsebytes(content[:LARGEST])
    except RecursionError:  # parts in parts in parts: somebody's joke, of which the outer header is enough
        return parser.parsebytes(content[:LARGEST], headersonly=True)


def _own_parts(message: Message, depth: int = 0) -> Iterator[Message]:
    """The parts that the sender of the report wrote: not those of the email that it returns, which may be a report too."""
    if message.get_content_maintype() != "multipart" or depth > 3:
        return
    for part in _children(message):
        yield part
        yield from _own_parts(part, depth + 1)


def _children(part: Message) -> list[Message]:
    """A broken multipart holds a text where its parts should be."""
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _complaint(message: Message, part: Message) -> Bounce | None:
    """Somebody says in their mail program that they don't want this. It arrived, and they want no other."""
    fields = _fields(part)
    kind = _text(fields, "feedback-type").lower()
    if kind not in {"abuse", "fraud", "opt-out", "opt-out-list", "other"}:
        return None  # "not-spam" (RFC 6430), and reports on authentication (RFC 6591)
    named = find_marks([*_texts_of(fields, ["original-mail-from"]), *_returned(message)])
    return Bounce(named, COMPLAINT, "", Delivery.DELIVERED, Reason.REFUSED_BY_PERSON)


def _report(message: Message, part: Message) -> Bounce | None:
    """The worst that is said of a recipient: each of our emails has one."""
    of_recipients = [one for one in _children(part) if _text([one], "final-recipient") or _text([one], "action")]
    told = [(_action(one), one) for one in of_recipients]
    if not told:
        return None
    action, worst = min(told, key=lambda pair: _WORST_FIRST.index(pair[0]))
    marks = find_marks([*_texts(message, _ADDRESSED), *_returned(message)])
    status, codes = _codes(worst)
    delivery = {"failed": Delivery.UNDELIVERED, "delivered": Delivery.DELIVERED}.get(action)
    reason = last_word(status) if action == "failed" else Reason.OTHER
    return Bounce(marks, action, codes, delivery, reason)


_WORST_FIRST = ("failed", "delayed", "delivered", "relayed", "expanded")


def _action(recipient: Message) -> str:
    """RFC 3464, section 2.3.3; where it is missing or odd, what the class of the status says."""
    action = _text([recipient], "action").lower().partition(" ")[0]
    if action in _WORST_FIRST:
        return action
    return {"5": "failed", "2": "delivered"}.get(_text([recipient], "status")[:1], "delayed")


def _codes(recipient: Message) -> tuple[str, str]:
    """The enhanced code that says most, and what is kept of it all. "5.0.0" says nothing: the other server's words may."""
    said = _STATUS.match(_text([recipient], "status"))
    words = _text([recipient], "diagnostic-code")
    in_words, reply = _IN_WORDS.search(words), _REPLY.search(words)
    status = said[0] if said else ""
    if in_words is not None and (not status or status.endswith(".0.0")):
        status = in_words[1]
    return status, f"{reply[1] if reply else ''} {status}".strip()


def _returned(message: Message) -> list[str]:
    """What names our email in the headers that the report returns."""
    texts: list[str] = []
    for part in _own_parts(message):
        if part.get_content_type() in _RETURNED_TYPES:
            texts += _texts_of(_fields(part), _RETURNED)
    return texts


def _fields(part: Message) -> list[Message]:
    """The header fields that a part holds as its content."""
    children = _children(part)
    if children:
        return children
    content = part.get_payload(decode=True)
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return [Parser(policy=compat32).parsestr(text.lstrip(), headersonly=True)]


def _text(messages: Sequence[Message], name: str) -> str:
    return next(iter(_texts_of(messages, [name])), "").strip()


def _texts_of(messages: Sequence[Message], names: Sequence[str]) -> list[str]:
    return [text for message in messages for text in _texts(message, names)]


def _texts(message: Message, names: Sequence[str]) -> list[str]:
    return [str(value) for wanted in names for name, value in message.raw_items() if name.lower() == wanted]
