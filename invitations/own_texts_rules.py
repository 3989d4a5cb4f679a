"""What a text in the service's own words must say and must not, tried with real values before it is kept.

messages.md: who writes, to whom, what for, when or how to choose, the real deadline, a phone that answers, how to move or
refuse; one segment for an invitation in French, two for the rest. Nothing about an orientation threatens anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from invitations.messages import first_that_fits, most_segments
from invitations.models import CategoryKind, Channel, MessageKind
from invitations.own_texts_examples import Tried
from invitations.own_texts_grammar import (
    LONGEST_EMAIL,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    PHRASINGS,
    SHORT_NAME,
    Broken,
    Problem,
    Trouble,
    fill_own,
    phrasings_of,
    read_grammar,
    written_values,
)
from invitations.own_texts_known import Key
from invitations.own_texts_threats import TAGS, printable, threats_in
from invitations.words import Words
from notifications import gsm7
from notifications.languages import LANGUAGES, Language

CHOOSING = frozenset({MessageKind.INVITATION, MessageKind.INVITATION_REMINDER})
PROPOSING = frozenset({MessageKind.PROPOSITION, MessageKind.PROPOSITION_REMINDER})
CANCELLING = frozenset({MessageKind.CANCELLED_BY_PERSON, MessageKind.CANCELLED_BY_SERVICE})
FOR_WHAT = frozenset({MessageKind.INVITATION, MessageKind.PROPOSITION, MessageKind.CONVOCATION})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants a message to say. `subject` is empty for a text."""

    subject: str
    body: str

    @property
    def cleaned(self) -> Wish:
        """Without the characters that no keyboard types and no screen shows."""
        return Wish(" ".join(printable(self.subject).split()), printable(self.body.replace("\r\n", "\n")).strip())


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whose message it is: `kind` decides whether it may ever warn, `may_warn` whether it was allowed to."""

    kind: CategoryKind
    may_warn: bool

    @property
    def warnings(self) -> bool:
        return self.may_warn and self.kind is not CategoryKind.ORIENTATION


def problems_of(wish: Wish, key: Key, allowed: Allowed, tried: Tried) -> list[Problem]:
    """Everything that keeps this text from being sent, what is said first is met first. Empty: it may."""
    found = [*_written(wish, key), *_threats(wish, key, allowed)]
    if not found:
        found = list(dict.fromkeys(_said(wish, key, tried)))
    return found or list(_fits(wish, key, tried))


def replaced_in_texts(text: str, language: Language) -> dict[str, str]:
    """Characters that a text message does not know, and what stands for each: "ç" → "c"."""
    if not language.is_latin:
        return {}
    bare = unicodedata.normalize("NFC", PHRASINGS.sub("", TAGS.sub("", text)))
    return {one: gsm7.to_gsm7(one) for one in dict.fromkeys(bare) if gsm7.to_gsm7(one) != one and not one.isspace()}


# How it is written


def _written(wish: Wish, key: Key) -> Iterator[Problem]:
    fields = [("body", wish.body)] if key.channel is Channel.SMS else [("subject", wish.subject), ("body", wish.body)]
    longest = {"subject": LONGEST_SUBJECT, "body": LONGEST_TEXT if key.channel is Channel.SMS else LONGEST_EMAIL}
    for field, source in fields:
        if not source.strip():
            yield Problem(Trouble.EMPTY, field)
        elif len(source) > longest[field]:
            yield Problem(Trouble.TOO_LONG, field, str(len(source)), longest[field])
        else:
            yield from _grammar(source, key, field)


def _grammar(source: str, key: Key, field: str) -> Iterator[Problem]:
    """Each phrasing of a text stands alone; an email has but one."""
    if key.channel is Channel.SMS:
        parts = phrasings_of(source)
        if not parts:
            yield Problem(Trouble.EMPTY, field)
        yield from dict.fromkeys(one for part in parts for one in read_grammar(part, key.kind, field))
        return
    if re.search(r"^===", source, re.MULTILINE):
        yield Problem(Trouble.PARTED, field)
    yield from read_grammar(source, key.kind, field)


def _threats(wish: Wish, key: Key, allowed: Allowed) -> Iterator[Problem]:
    if allowed.warnings:
        return
    trouble = Trouble.THREAT if allowed.kind is CategoryKind.ORIENTATION else Trouble.THREAT_NOT_ALLOWED
    fields = [("body", wish.body)] if key.channel is Channel.SMS else [("subject", wish.subject), ("body", wish.body)]
    for field, source in fields:
        found = threats_in(source)
        if found:
            yield Problem(trouble, field, ", ".join(found))


# What it says


def must_say(kind: MessageKind) -> tuple[str, ...]:
    """What every phrasing says, by the names of the values."""
    if kind in CHOOSING:
        return ("deadline", "link", "phone")
    if kind in PROPOSING:
        return ("when", "deadline", "link", "phone")
    if kind in CANCELLING:
        return ("when", "phone")
    return ("when", "kept", "link", "phone") if kind is MessageKind.SLOT_FREED else ("when", "link", "phone")


def fullest_says(key: Key) -> tuple[str, ...]:
    """What the first phrasing says besides, where there is most room: a text in another language has none."""
    if key.channel is Channel.SMS and not LANGUAGES[key.language].is_french:
        return ()
    named = ("first_name", "purpose") if key.kind in FOR_WHAT else ("first_name",)
    return named if key.kind in CHOOSING | CANCELLING else (*named, "where")


def _said(wish: Wish, key: Key, tried: Tried) -> Iterator[Problem]:
    for words in (tried.plain, tried.longest):
        values = written_values(words, key.channel, LANGUAGES[key.language])
        for number, text in enumerate(_texts(wish, key, values)):
            yield from _missing(text, key, values, is_fullest=number == 0)


def _texts(wish: Wish, key: Key, values: dict[str, Any]) -> Iterator[str]:
    """Each phrasing filled; the subject of an email counts."""
    parts = phrasings_of(wish.body) if key.channel is Channel.SMS else [wish.body]
    language = LANGUAGES[key.language]
    for part in parts:
        try:
            subject = fill_own(wish.subject, key.kind, values, language) if key.channel is not Channel.SMS else ""
            yield f"{subject}\n{fill_own(part, key.kind, values, language)}"
        except Broken:  # a blank where every value is given: what it asks about is never there
            yield ""


def _missing(text: str, key: Key, values: dict[str, Any], *, is_fullest: bool) -> Iterator[Problem]:
    who = (values["organisation"], values[SHORT_NAME])
    if not any(one in text for one in who):
        yield Problem(Trouble.MISSING, "body", "department")
    for name in (*must_say(key.kind), *(fullest_says(key) if is_fullest else ())):
        if not _is_said(name, text, values):
            yield Problem(Trouble.MISSING, "body", name)


def _is_said(name: str, text: str, values: dict[str, Any]) -> bool:
    if name == "when":
        return values["day"] in text and values["hour"] in text
    if name == "where":
        return any(values[one] in text for one in ("where", "address", "city", "place"))
    return values[name] in text


# How it fits


def _fits(wish: Wish, key: Key, tried: Tried) -> Iterator[Problem]:
    language = LANGUAGES[key.language]
    if key.channel is not Channel.SMS:
        values = written_values(tried.longest, key.channel, language)
        length = len(fill_own(wish.subject, key.kind, values, language))
        if length > LONGEST_SUBJECT:
            yield Problem(Trouble.TOO_LONG, "subject", str(length), LONGEST_SUBJECT)
        return
    lost = [one for one, written in replaced_in_texts(wish.body, language).items() if written in {"?", ""}]
    if lost:
        yield Problem(Trouble.UNSENDABLE, "body", " ".join(lost))
    found = segments_of(phrasings_of(wish.body), key, tried.longest)
    if found > most_segments(key.kind, language):
        yield Problem(Trouble.SEGMENTS, "body", str(found), most_segments(key.kind, language))


def segments_of(phrasings: Sequence[str], key: Key, words: Words) -> int:
    """How many segments the text takes with these words."""
    language = LANGUAGES[key.language]
    values = written_values(words, key.channel, language)
    filled = [fill_own(one, key.kind, values, language) for one in phrasings]
    return first_that_fits(filled, key.kind, language).segments
