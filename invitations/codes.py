"""Codes of links: derived from the secret key, so that a reminder can print them again; only a hash is kept.

A code has 64.4 bits (11 characters of 58, without 0, O, I and l). A leaked database without the key opens
nobody's page. After a change of key, codes already sent still match their hash; reminders print new ones.
"""

from __future__ import annotations

import hashlib
import hmac

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 11


class Codes:
    """Derives the code of a subject from the key in force."""

    def __init__(self, secret_key: str) -> None:
        self._key = hashlib.sha256(b"links\0" + secret_key.encode()).digest()

    def derive(self, kind: str, subject_id: int) -> str:
        """The code for `kind` ("invitation", "participation") and a row's id: same input, same code."""
        digest = hmac.new(self._key, f"{kind}:{subject_id}".encode(), hashlib.sha256).digest()
        rest = int.from_bytes(digest[:16])
        letters = []
        for _ in range(LENGTH):
            rest, digit = divmod(rest, len(ALPHABET))
            letters.append(ALPHABET[digit])
        return "".join(letters)


def fingerprint(code: str) -> str:
    """What is kept of a code: its SHA-256, in hexadecimal. No key: a code of 64 bits can't be searched."""
    return hashlib.sha256(code.encode()).hexdigest()
