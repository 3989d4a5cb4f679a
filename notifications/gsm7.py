"""The alphabet of text messages (GSM 03.38, today 3GPP TS 23.038 § 6.2.1): what fits in it, and how many segments it takes.

One character outside the alphabet makes a whole text UCS-2 and more than twice as dear. Providers' own "smart
encoding" leaves French accents alone, so we bring texts into the alphabet ourselves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

# 3GPP TS 23.038, table 6.2.1, without the escape.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Table 6.2.1.1: each is sent as an escape and a character, so it counts two.
EXTENDED = frozenset("\f^{}\\[~]|€")

_ALPHABET = BASIC | EXTENDED

# What an accent stripped would not give.
WRITTEN_AS = {
    "ç": "c",
    "œ": "oe",
    "Œ": "OE",
    "’": "'",
    "‘": "'",
    "\N{MODIFIER LETTER APOSTROPHE}": "'",
    "\N{ACUTE ACCENT}": "'",
    "`": "'",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "„": '"',
    "…": "...",
    "–": "-",
    "—": "-",
    "\N{NON-BREAKING HYPHEN}": "-",
    "\N{HYPHEN}": "-",
    "·": "-",
    "•": "-",
    "°": "o",
    "º": "o",
    "ª": "a",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "ı": "i",
    "þ": "th",
    "\t": " ",
}

ONE_GSM7, EACH_GSM7 = 160, 153  # septets alone in a message, and beside a concatenation header
ONE_UCS2, EACH_UCS2 = 70, 67  # UTF-16 code units, the same


def to_gsm7(text: str) -> str:
    """The same words in the GSM-7 alphabet: what is in it stays, what has a look-alike becomes it, the rest is "?"."""
    return unicodedata.normalize("NFC", text).translate(_LETTERS)


def is_gsm7(text: str) -> bool:
    """True when nothing in the text forces UCS-2."""
    return _ALPHABET.issuperset(text)


def segments(text: str) -> int:
    """How many segments the text is billed as; 0 for an empty one.

    A character that takes two units (an escaped one, an emoji) is never cut in two by the end of a segment.
    """
    if is_gsm7(text):
        if EXTENDED.isdisjoint(text):
            return -(-len(text) // EACH_GSM7) if len(text) > ONE_GSM7 else min(len(text), 1)
        return _count(text, lambda character: 2 if character in EXTENDED else 1, ONE_GSM7, EACH_GSM7)
    return _count(text, lambda character: 2 if ord(character) > 0xFFFF else 1, ONE_UCS2, EACH_UCS2)


def _count(text: Iterable[str], width: Callable[[str], int], alone: int, each: int) -> int:
    widths = [width(character) for character in text]
    if sum(widths) <= alone:
        return 1 if widths else 0
    counted, used = 1, 0
    for one in widths:
        if used + one > each:
            counted, used = counted + 1, 0
        used += one
    return counted


def _letter(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    if character in WRITTEN_AS:
        return WRITTEN_AS[character]
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in {"Cf", "Mn"}:  # zero-width joiners, marks that belong to nothing
        return ""
    bare = unicodedata.normalize("NFD", character)[0]
    return bare if bare in BASIC or bare in EXTENDED else "?"


class _Letters(dict[int, str]):
    """What each character becomes, by its number, found out once."""

    def __missing__(self, number: int) -> str:
        self[number] = _letter(chr(number))
        return self[number]


_LETTERS = _Letters()
