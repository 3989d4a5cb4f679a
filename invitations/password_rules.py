"""What a password may be: long enough, not what stands on the account, not what everybody takes first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path

from invitations.errors import PasswordRefused

SHORTEST = 12
LONGEST = 200
FEWEST_LETTERS = 5  # that differ: "aaaaaaaaaaaa" is long, and the first that a machine tries
# Of the 5,000 commonest passwords of this length those that the rules below would let pass, as hashes: some are no words
# for a repository.
_LISTED = Path(__file__).resolve().parent / "data" / "commonest_passwords.txt"
_PLAIN = re.compile(r"[^a-z0-9]")
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "azertyuiopqsdfghjklmwxcvbn",
         "qwertyuiopasdfghjklzxcvbnm")  # fmt: skip
# What begins the lists that machines try, French ones too. Figures and signs around them change nothing.
_COMMONEST = frozenset(
    {
        "abc", "admin", "administrateur", "administrator", "anticonstitutionnellement", "azerty", "bienvenue", "bonjour",
        "changeme", "chocolat", "conseildepartemental", "departement", "doudou", "france", "franceinsertion", "iloveyou",
        "insertion", "jetaime", "letmein", "loulou", "marseille", "monmotdepasse", "motdepasse", "password", "passw0rd",
        "qwerty", "qwertyuiop", "azertyuiop", "rdvauchoix", "rendezvous", "revenudesolidarite", "secret", "soleil",
        "travailsocial", "welcome",
    }
)  # fmt: skip


class Weakness(StrEnum):
    SHORT = "short"
    LONG = "long"
    YOURS = "yours"
    COMMON = "common"


def check(password: str, about: Iterable[str]) -> None:
    """Raises PasswordRefused (details: `why`). `about`: the email and the names that stand on the account."""
    why = weakness(password, about)
    if why is not None:
        raise PasswordRefused(why=why)


def weakness(password: str, about: Iterable[str]) -> Weakness | None:
    if len(password) < SHORTEST:
        return Weakness.SHORT
    if len(password) > LONGEST:
        return Weakness.LONG
    plain = _plain(password)
    if plain and any(plain in {_plain(one), _plain(one) * 2} for one in _said(about)):
        return Weakness.YOURS
    return Weakness.COMMON if _is_common(password, plain) else None


def _is_common(password: str, plain: str) -> bool:
    letters = re.sub(r"\d", "", plain)
    halves = letters[: len(letters) // 2], letters[len(letters) // 2 :]
    return (
        len(set(password)) < FEWEST_LETTERS
        or any(plain and plain in run for run in _RUNS)
        or not _COMMONEST.isdisjoint({plain, letters})
        or (halves[0] == halves[1] and halves[0] in _COMMONEST)
        or sha256(password.lower().encode()).hexdigest()[:16] in _listed()
    )


@cache
def _listed() -> frozenset[str]:
    return frozenset(_LISTED.read_text().split())


def _said(about: Iterable[str]) -> list[str]:
    """Each of them, the part of an address before its @, and all of the names in both orders."""
    every = [one for one in about if one]
    names = [one for one in every if "@" not in one]
    return [*every, *(one.partition("@")[0] for one in every), "".join(names), "".join(reversed(names))]


def _plain(text: str) -> str:
    """Small letters and figures alone."""
    bare = unicodedata.normalize("NFKD", text.lower())
    return _PLAIN.sub("", bare)
