"""One cell's text → one value, or why not. Nothing here guesses: a text with two readings has none."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar

from invitations.identity import plain, squash
from invitations.models import RsaRole, Title
from invitations.uploads.doubts import Doubt
from invitations.uploads.nir import HIDDEN
from notifications import phone

Value = TypeVar("Value")

TITLES = {
    Title.SIR: ("m", "mr", "monsieur", "h", "homme", "masculin"),
    Title.MADAM: ("mme", "madame", "mle", "mlle", "melle", "mademoiselle", "f", "femme", "feminin"),
}
ROLES = {
    RsaRole.APPLICANT: ("dem", "demandeur", "demandeuse", "demandeurse", "demandeure", "allocataire", "responsable"),
    RsaRole.SPOUSE: ("cjt", "conj", "conjoint", "conjointe", "concubin", "concubine", "pacse", "pacsee"),
}
AFFILIATION_LENGTH = 7
LONGEST_AFFILIATION = 15
LONGEST_NUMBER = 40
LONGEST_EMAIL = 254
LONGEST_CITY = 80
LONGEST_TAG = 60

# Excel counts days from here; its first day is the 1st of January 1900 and it believes that 1900 was a leap year.
EXCEL_EPOCH = date(1899, 12, 30)
OLDEST = timedelta(days=105 * 365.25)
# Nobody receives the RSA in their own name before (CASF L262-4 says 25, 18 with a child): a two-digit year is older.
YOUNGEST_YEARS = 15

_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")
_HOUR = re.compile(r"[ T]\d{1,2}[:h]\d{2}.*$")
# Quotes and comments of RFC 5322 are left out on purpose: no one has such an address, typing errors look like it.
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_POSTCODE_CITY = re.compile(r"(?:F-?)?(\d{2} ?\d{3})[ ,-]*(.*)", re.IGNORECASE)
_AT_THE_END = re.compile(r"(.*?)[ ,–-]+(\d{5})[ ,]+([^\d,]+(?:cedex ?\d*)?)", re.IGNORECASE)
_SMALL_WORDS = re.compile(r"(?<=[ -])(Sur|Sous|Lès|Les|La|Le|De|Du|Des|En|Aux|Et|D|L)\b")
_CEDEX = re.compile(r"[ ,-]*\bc[eé]dex\b\.?( ?\d{1,2})?", re.IGNORECASE)


class Cell(NamedTuple):
    """What a cell holds. With a doubt and no value, the value was left out."""

    value: str | None = None
    doubt: Doubt | None = None


class Day(NamedTuple):
    value: date | None = None
    doubt: Doubt | None = None


@lru_cache(maxsize=16_384)
def read_phone(text: str) -> Cell:
    """The first mobile of the cell, else the first number, in E.164. Remembered: a list is read, judged and saved."""
    numbers = phone.several(text)
    if not numbers:
        return Cell(None, Doubt.PHONE_INVALID)
    return Cell(numbers[0], Doubt.SEVERAL_PHONES if len(numbers) > 1 else None)


def read_email(text: str) -> Cell:
    """The first address of the cell, in lower case. Accents before the @ are kept, for a human to see, and doubted."""
    joined = re.sub(r"\s*@\s*", "@", text.lower().replace("mailto:", ""))
    found = [one for one in re.split(r"[\s;,<>()]+", joined) if _EMAIL.fullmatch(one) and len(one) <= LONGEST_EMAIL]
    if not found:
        return Cell(None, Doubt.EMAIL_INVALID)
    sendable = [one for one in found if has_plain_mailbox(one)]
    if not sendable:
        return Cell(found[0], Doubt.EMAIL_ACCENTS)
    return Cell(sendable[0], Doubt.SEVERAL_EMAILS if len(set(found)) > 1 else None)


def has_plain_mailbox(email: str) -> bool:
    """False with accents before the @: most mail servers refuse them (RFC 6531 is rarely spoken)."""
    return email.partition("@")[0].isascii()


def read_birth(text: str, today: date) -> Day:
    """A birth date. Two digits of a year are those of somebody of 15 or more."""
    return _read_day(text, earliest=today - OLDEST, latest=today, pivot=today.year - YOUNGEST_YEARS)


def read_rights(text: str, today: date) -> Day:
    """The opening of rights: after 1988, when the RMI began, and some months ahead at most."""
    return _read_day(text, earliest=date(1988, 12, 1), latest=today + timedelta(days=366), pivot=today.year + 1)


def _read_day(text: str, *, earliest: date, latest: date, pivot: int) -> Day:
    found = parse_day(text, pivot=pivot)
    if found is None:
        return Day(None, Doubt.DATE_UNREADABLE)
    return Day(found) if earliest <= found <= latest else Day(None, Doubt.DATE_IMPOSSIBLE)


def parse_day(text: str, *, pivot: int) -> date | None:
    """A day as spreadsheets and people write it, day before month; None when it can't be read.

    `pivot` is the last year that two digits may mean: with 2011, "11" is 2011 and "12" is 1912.
    """
    written = _HOUR.sub("", text.strip())
    if written.isdecimal():
        return _from_digits(written)
    if found := _DAY_FIRST.fullmatch(written):
        return _made(_full_year(found[3], pivot), found[2], found[1])
    found = _YEAR_FIRST.fullmatch(written)
    return _made(found[1], found[2], found[3]) if found else None


def _from_digits(digits: str) -> date | None:
    """Five digits are Excel's serial (from 1927 on: four would be a year); eight are 01121980 or 19801201."""
    if len(digits) == 5:
        return EXCEL_EPOCH + timedelta(days=int(digits)) if digits[0] != "0" else None
    if len(digits) != 8:
        return None
    if digits[:2] in {"19", "20"} and (day := _made(digits[:4], digits[4:6], digits[6:])):
        return day
    return _made(digits[4:], digits[2:4], digits[:2]) if digits[4:6] in {"19", "20"} else None


def _full_year(digits: str, pivot: int) -> str:
    if len(digits) == 4:
        return digits
    year = pivot // 100 * 100 + int(digits)
    return str(year if year <= pivot else year - 100)


def _made(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_title(text: str) -> Title | None:
    return _of_words(text, TITLES)


def read_role(text: str) -> RsaRole | None:
    return _of_words(text, ROLES)


def _of_words(text: str, words: dict[Value, tuple[str, ...]]) -> Value | None:
    """`CONJOINT(E)`, `M.`, `mr`: letters alone decide."""
    written = squash(text)
    return next((value for value, known in words.items() if written in known), None)


def read_affiliation(text: str) -> Cell:
    """The number of 7 characters: spaces out, zeros added on either side taken off, zeros lost put back (domain.md)."""
    if HIDDEN in text:
        return Cell(None, Doubt.AFFILIATION_IS_NIR)
    number = squash(text).upper()
    if _SCIENTIFIC.fullmatch(text.strip()) or not number.isascii():
        return Cell(None, Doubt.NUMBER_UNREADABLE)
    while len(number) > AFFILIATION_LENGTH and number.startswith("0"):
        number = number[1:]
    while len(number) > AFFILIATION_LENGTH and number.endswith("0"):
        number = number[:-1]
    if number.isdecimal():
        number = number.zfill(AFFILIATION_LENGTH)
    if not number.strip("0") or len(number) > LONGEST_AFFILIATION:
        return Cell(None, Doubt.NUMBER_UNREADABLE)
    return Cell(number)


def read_number(text: str) -> Cell:
    """An internal id or a France Travail id: upper case, no spaces; 8383.0 is 8383; digits that Excel lost are refused."""
    if HIDDEN in text:
        return Cell(None, Doubt.NIR_HIDDEN)
    number = re.sub(r"\s", "", text).upper()
    number = re.sub(r"^(\d+)[.,]0+$", r"\1", number)
    if _SCIENTIFIC.fullmatch(number) or not squash(number).strip("0") or len(number) > LONGEST_NUMBER:
        return Cell(None, Doubt.NUMBER_UNREADABLE)
    return Cell(number)


def read_name(text: str) -> str:
    """A name written all in capitals or all in small letters gets its capitals: "N'DIAYE-MARTIN" → "N'Diaye-Martin"."""
    if text != text.upper() and text != text.lower():
        return text
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), text)


def read_postcode(text: str) -> Cell:
    """Five digits; the zero that a spreadsheet took off an Ain or Ardèche postcode is put back."""
    digits = re.sub(r"\s", "", text)
    if not digits.isdecimal() or len(digits) not in {4, 5}:
        return Cell(None, Doubt.POSTCODE_INVALID)
    return Cell(digits.zfill(5))


def split_postcode_city(text: str) -> tuple[str | None, str | None]:
    """ "26000 VALENCE CEDEX 9" → ("26000", "Valence"); "Valence" → (None, "Valence")."""
    found = _POSTCODE_CITY.fullmatch(text)
    if not found:
        return None, read_city(text)
    return found[1].replace(" ", ""), read_city(found[2])


def split_address(text: str) -> tuple[str, str | None, str | None]:
    """ "12 rue du Lac, 26000 Valence" → street, postcode, city; the text alone when it does not end so."""
    found = _AT_THE_END.fullmatch(text)
    return (found[1], found[2], read_city(found[3])) if found else (text, None, None)


def read_city(text: str) -> str | None:
    """Without CEDEX, which is a mail sorting word and no part of the commune's name."""
    named = read_name(_CEDEX.sub("", text).strip(" ,-"))
    return _SMALL_WORDS.sub(lambda word: word[0].lower(), named)[:LONGEST_CITY] or None


def read_insee(text: str) -> Cell:
    """A commune's code: 26362, 2A004, 01004 that lost its zero."""
    code = squash(text).upper()
    if not re.fullmatch(r"\d{4,5}|2[AB]\d{3}", code):
        return Cell(None, Doubt.NUMBER_UNREADABLE)
    return Cell(code.zfill(5))


def read_tags(text: str) -> tuple[str, ...]:
    """Words between commas, semicolons or bars, each once whatever its case."""
    words = {plain(word): word for part in re.split(r"[;,|]", text) if (word := part.strip()[:LONGEST_TAG])}
    return tuple(words.values())
