"""Codes of links: derived from the secret key, so that a reminder can print them again; only a hash is kept.

A code has 64.4 bits (11 characters of 58, without 0, O, I and l). A leaked database without the key opens
nobody's page. After a change of key, codes already sent still match their hash; reminders print new ones.

The short code of a letter has 40 bits (8 characters of 32, without 0, O, 1 and I), for somebody types it. So few can be
searched in a leaked table: what is kept of it is hashed with the key (`hide`), and tries are counted (`tries`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 11
SHORT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SHORT_LENGTH = 8


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

    def short(self, kind: str, subject_id: int, attempt: int = 0) -> str:
        """A code that people type. Two subjects may share one: who keeps it draws another `attempt` then."""
        return self.every_short(kind, subject_id, attempt)[0]

    def every_short(self, kind: str, subject_id: int, attempt: int = 0) -> list[str]:
        """The short codes that each key has ever given it, the key in force first."""
        subject = f"{kind}:{subject_id}:{attempt}"
        return [self._written(key, subject, SHORT_ALPHABET, SHORT_LENGTH) for key in self._keys]

    def hide(self, purpose: str, text: str) -> str:
        """The keyed hash of a text that is too short to be hashed alone, in hexadecimal; another for each purpose."""
        return self.every_hidden(purpose, text)[0]

    def every_hidden(self, purpose: str, text: str) -> list[str]:
        """What each key makes of it, the key in force first."""
        subject = f"hidden {purpose}\0{text}".encode()
        return [hmac.new(key, subject, hashlib.sha256).hexdigest() for key in self._keys]

    @staticmethod
    def _written(key: bytes, subject: str, alphabet: str = ALPHABET, length: int = LENGTH) -> str:
        digest = hmac.new(key, subject.encode(), hashlib.sha256).digest()
        rest = int.from_bytes(digest[:16])
        letters = []
        for _ in range(length):
            rest, digit = divmod(rest, len(alphabet))
            letters.append(alphabet[digit])
        return "".join(letters)


def fingerprint(code: str) -> str:
    """What is kept of a code: its SHA-256, in hexadecimal. No key: a code of 64 bits can't be searched."""
    return hashlib.sha256(code.encode()).hexdigest()
