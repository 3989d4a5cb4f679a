"""Who is who: keys in which case, accents and spaces don't count, and when two descriptions agree. Plain values."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Protocol

from invitations.models import RsaRole

LONGEST_SEARCH_KEY = 600  # the column's length


class Identified(Protocol):
    """What matching reads of a person, known or incoming. Blank: "" for names, None for the rest."""

    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def birth_name(self) -> str | None: ...
    @property
    def birth_on(self) -> date | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def affiliation_number(self) -> str | None: ...
    @property
    def role(self) -> RsaRole | None: ...
    @property
    def department_internal_id(self) -> str | None: ...
    @property
    def france_travail_id(self) -> str | None: ...
    @property
    def nir_hashes(self) -> tuple[str, ...]:
        """Of the social security number, one for each key; none where it is not kept."""


def squash(text: str) -> str:
    """Letters and digits alone, in lower case, without accents: "Jean-Noël " → "jeannoel"."""
    return re.sub(r"[\W_]", "", plain(text))


def plain(text: str) -> str:
    """Lower case without accents, everything else kept: "N° Œuvre" → "n° oeuvre"."""
    if text.isascii():  # most are, and a list has a hundred thousand
        return text.lower()
    letters = text.casefold().replace("œ", "oe").replace("æ", "ae")
    return "".join(one for one in unicodedata.normalize("NFD", letters) if not unicodedata.combining(one))


def name_key(text: str) -> str:
    """By which what is ours is found by its name: `plain`, whichever apostrophes and spaces it is typed with."""
    return " ".join(plain(text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def first_name_key(text: str) -> str:
    """The first given name: "Jean Pierre Marie" → "jean", "Jean-Pierre" → "jeanpierre"."""
    words = text.split()
    return squash(words[0].partition(",")[0]) if words else ""


def email_key(text: str | None) -> str | None:
    """An email for matching: "Hélène@Example.fr " → "helene@example.fr". None when there is none."""
    return re.sub(r"\s", "", plain(text or "")) or None


def number_key(text: str | None) -> str | None:
    """An internal id or a France Travail id: upper case, no spaces. None when there is none."""
    return re.sub(r"\s", "", text or "").upper() or None


def search_key(
    *,
    first_name: str,
    last_name: str,
    birth_name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    affiliation_number: str | None = None,
    department_internal_id: str | None = None,
    france_travail_id: str | None = None,
) -> str:
    """What a search looks into, all in one text: names as words, then numbers, a phone both ways (0639…, +33639…)."""
    national = f"0{phone[3:]}" if phone and phone.startswith("+33") else None
    names = [" ".join(plain(name).split()) for name in (first_name, last_name, birth_name) if name]
    numbers = [affiliation_number, department_internal_id, france_travail_id]
    words = [*names, email_key(email), national, phone, *(plain(one) for one in numbers if one)]
    return " ".join(word for word in words if word)[:LONGEST_SEARCH_KEY]


def search_terms(query: str) -> list[str]:
    """The parts that a search key must hold, each: words of a name, or one number without its spaces."""
    wanted = " ".join(plain(query).split())
    if re.fullmatch(r"[+\d][\d\s.()-]*", wanted):
        return [re.sub(r"[^+\d]", "", wanted)]
    return wanted.split()


def same_first_name(one: Identified, other: Identified) -> bool:
    """True when the first given names agree; "Jean-Pierre" and "Jean Pierre" do too. A blank one never agrees."""
    mine, theirs = first_name_key(one.first_name), first_name_key(other.first_name)
    return bool(mine and theirs) and (mine == theirs or squash(one.first_name) == squash(other.first_name))


def same_last_name(one: Identified, other: Identified) -> bool:
    """True when a last or birth name of one is a last or birth name of the other."""
    return bool(_family_names(one) & _family_names(other))


def contradicts(one: Identified, other: Identified) -> bool:
    """True when two of internal id, birth date and family name are known of both and differ, or the NIR alone.

    A hostel's phone and a common first name make strangers look alike; one difference is a correction or a
    marriage, two are somebody else. Two numbers are two people, or one who has got a definitive one: for a human to say.
    """
    if one.nir_hashes and other.nir_hashes and not same_nir(one, other):
        return True
    differences = [
        _differ(number_key(one.department_internal_id), number_key(other.department_internal_id)),
        _differ(one.birth_on, other.birth_on),
        bool(_family_names(one) and _family_names(other)) and not same_last_name(one, other),
    ]
    return sum(differences) >= 2


def same_nir(one: Identified, other: Identified) -> bool:
    """True when both have a social security number, and it is one; under whichever key it was hashed."""
    return not set(one.nir_hashes).isdisjoint(other.nir_hashes)


def same_names(one: Identified, other: Identified) -> bool:
    """True when first given name and family name both agree."""
    return same_first_name(one, other) and same_last_name(one, other)


def _family_names(person: Identified) -> set[str]:
    return {squash(name) for name in (person.last_name, person.birth_name) if name and squash(name)}


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other
