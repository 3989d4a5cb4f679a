"""Phone numbers as people and spreadsheets write them, brought to E.164.

A national number is read as one of mainland France first, then of the overseas départements: 0692… is Réunion,
0690… Guadeloupe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

REGIONS = ("FR", "GP", "GF", "MQ", "RE", "YT")
# Landlines that the national plan gives to Réunion and Mayotte, and that `phonenumbers` also takes for +33 ones.
OVERSEAS = {"0263": "RE", "0269": "YT"}

# Numbers for works of fiction, never given to anyone (ARCEP, décision n° 2018-0881 du 24 juillet 2018 modifiée,
# plan national de numérotation, annexe 1: "numéros destinés à être utilisés dans les œuvres audiovisuelles").
# `phonenumbers` calls some of them invalid; demonstration and tests need them, and they can harm nobody.
FICTIONAL_MOBILE = "+3363998"
FICTIONAL = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", FICTIONAL_MOBILE)

_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
# What stands between two numbers of one cell; a space or a dot also stands inside one, and decides nothing.
_BETWEEN = re.compile(r"[;,/|\n\r\t&]|\s-\s|\bou\b|\bet\b", re.IGNORECASE)
_ONE_IN_A_ROW = re.compile(r"(?:\+|00)?\d(?:[\s.()-]*\d){8,}")
_EXCEL_FLOAT = re.compile(r"^(\d{9,11})\.0+$")
_SCIENTIFIC = re.compile(r"^\d[.,]\d+E[+-]?\d+$", re.IGNORECASE)  # digits are lost: refused, never guessed
_WORDS = re.compile(r"\([^\d)]*\)|[^\d+().\s-]+")  # "(mère)", "Tél. :"
_LENGTH_WITHOUT_ZERO = 9


def parse(text: str) -> str | None:
    """The number in E.164, or None when it is none. A leading zero that a spreadsheet lost is put back."""
    written = _repaired(text)
    if not written:
        return None
    first = OVERSEAS.get(re.sub(r"\D", "", written)[:4])
    for region in (first, *REGIONS) if first else REGIONS:
        number = _read(written, region)
        if number is not None:
            return number
    return None


def several(text: str) -> list[str]:
    """Every number of a cell that holds one or more, mobiles first, each once, in the order they were written."""
    found = list(dict.fromkeys(number for part in _parts(text) if (number := parse(part))))
    return sorted(found, key=lambda number: not is_mobile(number))


def is_mobile(number: str) -> bool:
    """True when this E.164 number can receive texts."""
    if number.startswith(FICTIONAL):
        return number.startswith(FICTIONAL_MOBILE)
    try:
        return phonenumbers.number_type(phonenumbers.parse(number)) in _MOBILE
    except phonenumbers.NumberParseException:
        return False


@lru_cache(maxsize=4096)
def national(number: str) -> str:
    """As people in France read it: 04 75 00 00 00; a foreign number in the international form."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    french = parsed.country_code in {phonenumbers.country_code_for_region(region) for region in REGIONS}
    kind = PhoneNumberFormat.NATIONAL if french else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, kind)


def _parts(text: str) -> Iterator[str]:
    for part in _BETWEEN.split(text):
        if parse(part):
            yield part
        else:
            yield from _in_a_row(part)


def _in_a_row(text: str) -> Iterator[str]:
    """Two French numbers with nothing but a space between them: "0475000000 0639980102"."""
    digits = re.sub(r"\D", "", text)
    if _ONE_IN_A_ROW.search(text) and len(digits) % 10 == 0 and len(digits) > 10:
        yield from (digits[place : place + 10] for place in range(0, len(digits), 10))


def _repaired(text: str) -> str:
    written = text.strip().lstrip("'’").strip()
    if _SCIENTIFIC.match(written):
        return ""
    excel = _EXCEL_FLOAT.match(written)
    written = excel[1] if excel else _WORDS.sub(" ", written).strip(" .-")
    digits = re.sub(r"[\s.-]", "", written)
    if digits.isdecimal() and len(digits) == _LENGTH_WITHOUT_ZERO and digits[0] != "0":
        return f"0{digits}"
    return written


def _read(written: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    return _accepted(parsed)


def _accepted(parsed: PhoneNumber) -> str | None:
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    is_fictional = number.startswith(FICTIONAL) and len(number) == len("+33639980000")
    return number if is_fictional or phonenumbers.is_valid_number(parsed) else None
