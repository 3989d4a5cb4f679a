"""The eight characters of a letter: drawn when it is printed, shown as K7MX-4QPD, read back however they are typed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from invitations.codes import ALPHABET, LENGTH, SHORT_ALPHABET, SHORT_LENGTH, Codes
from invitations.errors import LinkUnknown
from invitations.identity import squash
from invitations.models import Letter, Message
from invitations.outbox.links import code_that_opens
from invitations.outbox.subjects import subject_of

KIND = "letter"
# Letters of a family name that go with a code when it is not enough.
NAMED = 3
# What the alphabet leaves out is what somebody mistook for something it holds.
MISREAD = str.maketrans("0O1I|", "QQLLL")
# A keyboard of another alphabet: its letters look the same on the key, and on the paper.
LOOK_ALIKE = str.maketrans("АВЕЗКМНРСТХУЅЈ", "ABE3KMHPCTXYSJ")  # noqa: RUF001  (they are meant)
_ADDRESS_OF_PAGE = re.compile(r"\S*/code\b(?:\?\w+=|[/#])?", re.IGNORECASE)
_LINK = re.compile(f"/([ir])/([{ALPHABET}]{{{LENGTH}}})(?![{ALPHABET}])")


@dataclass(frozen=True, slots=True)
class Road:
    """Where a code leads: kind "invitation" or "participation", and the code of its link."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A code, the keyed hash that is kept of it, and what it was derived with."""

    code: str
    code_hash: str
    attempt: int


def draw(session: Session, message_id: int, codes: Codes) -> Drawn:
    """A code that no letter has: with 100,000 letters one in eleven million is drawn twice."""
    attempt = 0
    while True:
        code = codes.short(KIND, message_id, attempt)
        hidden = codes.every_hidden(KIND, code)
        if not session.scalar(select(exists().where(Letter.code_hash.in_(hidden)))):
            return Drawn(code, hidden[0], attempt)
        attempt += 1


def printed(letter: Letter, codes: Codes) -> str | None:
    """The code that stood on a letter, whatever key was then in force; None when that key has been forgotten since."""
    key = key_of(letter, codes)
    return None if key is None else codes.every_short(KIND, letter.message_id, letter.attempt)[key]


def key_of(letter: Letter, codes: Codes) -> int | None:
    """Which key its code was derived from: 0 the one in force, 1 the one before it …; None when it has been forgotten."""
    every = codes.every_short(KIND, letter.message_id, letter.attempt)
    return next((key for key, one in enumerate(every) if letter.code_hash in codes.every_hidden(KIND, one)), None)


def parted(code: str) -> str:
    """K7MX-4QPD"""
    half = SHORT_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


# Four and four, as on the letter, and nothing that belongs to them before or after.
_AS_PRINTED = re.compile(r"(?<![^\W_])[^\W_]{4}-[^\W_]{4}(?![^\W_])")


def read(typed: str) -> str:
    """What somebody typed, brought to our letters: case, spaces, dashes, accents and other digits don't count.

    Words around a code written as it is printed ("code : K7MX-4QPD") are left aside. May be longer or shorter than a code,
    and hold other letters: see `is_code`.
    """
    printed = _AS_PRINTED.search(typed)
    if printed is not None and not is_code(plain(typed)):
        return plain(printed[0])
    return plain(typed)


def plain(typed: str) -> str:
    """Every letter and figure of it, in our alphabet."""
    text = unicodedata.normalize("NFKD", _ADDRESS_OF_PAGE.sub(" ", typed)).upper().translate(LOOK_ALIKE)
    kept = (str(unicodedata.digit(one)) if one.isdigit() else one for one in text if one.isalnum() or one == "|")
    return "".join(kept).translate(MISREAD)


def is_code(text: str) -> bool:
    return len(text) == SHORT_LENGTH and set(text) <= set(SHORT_ALPHABET)


def link_in(typed: str) -> Road | None:
    """The link of a message, pasted where the code of a letter was asked for."""
    found = _LINK.search(typed)
    if found is None:
        return None
    return Road("invitation" if found[1] == "i" else "participation", found[2])


def letter_of(session: Session, code: str, codes: Codes) -> Letter:
    """The letter that bears a code, as `read` gives it. Raises LinkUnknown."""
    letter = session.scalar(
        select(Letter)
        .where(Letter.code_hash.in_(codes.every_hidden(KIND, code)))
        .options(joinedload(Letter.message).joinedload(Message.beneficiary))
    )
    if letter is None:
        raise LinkUnknown
    return letter


def follow(session: Session, code: str, codes: Codes, *, name: str | None = None) -> Road:
    """Where a letter's code leads, however long ago it was printed: the page there says what has become of it.

    `name`: the first letters of the person's family name, or birth name, when they must be right too. Raises LinkUnknown.
    """
    message = letter_of(session, code, codes).message
    if name is not None and not is_named(message, name):
        raise LinkUnknown
    kind, subject_id = subject_of(message)
    return Road(kind, code_that_opens(session, codes, kind, subject_id))


def is_named(message: Message, name: str) -> bool:
    """True when a family name of the message's person begins as this one does; a name of two letters is told whole."""
    begins = squash(name)[:NAMED]
    if message.beneficiary is None or not begins:
        return False
    names = (message.beneficiary.last_name, message.beneficiary.birth_name or "")
    return any(squash(one)[:NAMED] == begins for one in names)
