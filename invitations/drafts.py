"""A message as it is stored, and a text kept short: the first phrasing that fits, in the alphabet that costs least."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from invitations.models import MessageKind
from invitations.reply_hint import with_tail
from invitations.words import LINK
from notifications import gsm7
from notifications.languages import Language

# The longest address a link is counted as, without https://: 26 characters of host, "/i/", and a code of 11.
LINK_LENGTH = 40
# Segments a text may take (messages.md): in French an invitation fits one; a convocation and the rest two, as all do in
# other languages.
MOST_SEGMENTS: Mapping[MessageKind, int] = {MessageKind.INVITATION: 1, MessageKind.INVITATION_REMINDER: 1}
MOST_SEGMENTS_ELSE = 2

# Before an Arabic or a Dari text: a phone takes the direction of its first letter, which may be the département's.
RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT MARK}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it is stored. `segments` is 0 for an email; `own_text_id`: the service's own words that it says."""

    subject: str
    body: str
    segments: int
    own_text_id: int | None = None


def short_enough(ways: Iterable[str], kind: MessageKind, spoken: Language, tail: str = "") -> Draft:
    """A text: the first phrasing within the limit, with the tail if it can be, else the last, which is the shortest."""
    return first_that_fits(with_tail([*ways], tail) if tail else ways, kind, spoken)


def first_that_fits(ways: Iterable[str], kind: MessageKind, spoken: Language) -> Draft:
    """The same, the tail put in already; one phrasing at least."""
    for phrasing in ways:
        words = f"{RIGHT_TO_LEFT if spoken.is_rtl else ''}{' '.join(phrasing.split())}"
        body = gsm7.to_gsm7(words) if spoken.is_latin else words
        segments = gsm7.segments(as_counted(body))
        if segments <= most_segments(kind, spoken):
            break
    return Draft(subject="", body=body, segments=segments)


def most_segments(kind: MessageKind, spoken: Language) -> int:
    """How many segments a text may take."""
    return MOST_SEGMENTS.get(kind, MOST_SEGMENTS_ELSE) if spoken.is_french else MOST_SEGMENTS_ELSE


def as_counted(body: str) -> str:
    """A stored text with the longest link in its place."""
    return body.replace(LINK, "x" * LINK_LENGTH)
