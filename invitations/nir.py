"""The social security number (NIR), read and never guessed. What is handed on of it holds none of its digits but three.

13 digits, or 15 with the key; Corsica's 2A and 2B (INSEE). Reading and key are python-stdnum's. Where a département keeps
numbers, and who may, is `nir_keeping`'s to say (docs/decisions/0034).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stdnum.exceptions import ValidationError
from stdnum.fr import nir

from invitations.models import Title

# Months run up to 99: unknown, abroad. The order number begins at 001: a file number padded with zeros to its right is none.
SHAPE = re.compile(r"[1-478]\d{4}(?:\d{2}|2[AB])\d{3}(?!000)\d{3}(?:\d{2})?")
WITHOUT_KEY, WITH_KEY = 13, 15
DOT = "•"

# The first digit; 3, 4, 7 and 8 are given while somebody is being registered.
_SEXES = {"1": Title.SIR, "3": Title.SIR, "7": Title.SIR, "2": Title.MADAM, "4": Title.MADAM, "8": Title.MADAM}
_MARKS = re.compile(r"[\s.\-]")
_AS_FIGURE = re.compile(r"(\d{13,15})[.,]0+")


class Wrong(StrEnum):
    """Why a text is no number."""

    UNREADABLE = "unreadable"
    KEY = "key"


class NotRead(Exception):
    """`why`: a Wrong. Its words hold no digit."""

    def __init__(self, why: Wrong) -> None:
        super().__init__(why.value)
        self.why = why


class Differing(StrEnum):
    """What a number says otherwise than the rest of a person: something to know, no more."""

    SEX = "sex"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Nir:
    """A number that was read. `hashes`: how it is found again, under the key in force first; `sealed`: all 15 digits.

    `first`: sex and year of birth, all that is ever shown.
    """

    first: str
    hashes: tuple[str, ...]
    sealed: str

    @property
    def masked(self) -> str:
        return masked(self.first)


def read(text: str) -> str:
    """All 15 digits. Raises NotRead: for `1.80333E+12`, which has lost some, as for a key that does not fit."""
    written = text.strip()
    found = _AS_FIGURE.fullmatch(written)
    digits = _MARKS.sub("", found[1] if found else written).upper()
    if not SHAPE.fullmatch(digits):
        raise NotRead(Wrong.UNREADABLE)
    if len(digits) == WITHOUT_KEY:
        return digits + nir.calc_check_digits(digits)
    try:
        return str(nir.validate(digits))
    except ValidationError:
        raise NotRead(Wrong.KEY) from None


def is_shaped(text: str) -> bool:
    """True for a text that looks like one, whatever its key."""
    return bool(SHAPE.fullmatch(_MARKS.sub("", text).upper()))


def masked(first: str) -> str:
    """1 85 •• •• ••• ••• ••"""
    return f"{first[:1]} {first[1:3]} {' '.join(DOT * length for length in (2, 2, 3, 3, 2))}"


def differs(first: str, title: Title | None, birth_on: date | None) -> Differing | None:
    """What does not agree, the sex before the year. Registers hold mistakes, and people change: nothing follows from it."""
    if title is not None and _SEXES[first[0]] is not title:
        return Differing.SEX
    if birth_on is not None and f"{birth_on.year % 100:02d}" != first[1:3]:
        return Differing.YEAR
    return None
