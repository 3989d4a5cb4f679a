"""Codes of links: derived from the secret key, so that a reminder can print them again; only a hash is kept.

A code has 64.4 bits (11 characters of 58, without 0, O, I and l). A leaked database without the key opens
nobody's page. After a change of key, codes already sent still match their hash; reminders print new ones.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 11


class Codes:
    """Derives the code of a subject from the key in force; `previous_keys` are those it replaced, newest first."""

    def __init__(self, secret_key: str, previous_keys: Sequence[str] = ()) -> None:
        self._keys = [hashlib.sha256(b"links\0" + key.encode()).digest() for key in (secret_key, *previous_keys)]

    def derive(self, kind: str, subject_id: int) -> str:
        """The code for `kind` ("invitation", "participation") and a row's id: same input, same code."""
        return self.every(kind, subject_id)[0]

    def every(self, kind: str, subject_id: int) -> list[str]:
        """The codes that each key has ever given it, the key in force first."""
        return [self._written(key, f"{kind}:{subject_id}") for key in self._keys]

    @staticmethod
    def _written(key: bytes, subject: str) -> str:
        digest = hmac.new(key, subject.encode(), hashlib.sha256).digest()
        rest = int.from_bytes(digest[:16])
        letters = []
        for _ in range(LENGTH):
            rest, digit = divmod(rest, len(ALPHABET))
            letters.append(ALPHABET[digit])
        return "".join(letters)


def fingerprint(code: str) -> str:
    """What is kept of a code: its SHA-256, in hexadecimal. No key: a code of 64 bits can't be searched."""
    return hashlib.sha256(code.encode()).hexdigest()
