"""Texts that lie in the database and can't be read there: sealed with a key derived from the secret key.

AES-256-GCM (NIST SP 800-38D) under a key of its own for each purpose (HKDF, RFC 5869). The purpose is authenticated
too: what was sealed for one column doesn't open in another. After a change of key, the previous ones still open.
What has to be found again without being read is hashed besides: HMAC-SHA256 under another key of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12  # bytes, drawn anew for each sealing: 2**32 of them are safe under one key
KIND = "1."  # the first way of sealing; another would say 2


class SealBroken(Exception):
    """None of the keys opens it: it was sealed under a key that is no longer given, or it was tampered with."""


class Seals:
    """Seals with the key in force; opens with it, else with `previous_keys`, those it replaced."""

    def __init__(self, secret_key: str, previous_keys: Sequence[str] = ()) -> None:
        self._secrets = [key.encode() for key in (secret_key, *previous_keys)]

    def seal(self, text: str, *, purpose: str) -> str:
        """The text, sealed: ASCII, a third longer than its UTF-8 and some 40 characters more. Never twice the same."""
        nonce = os.urandom(NONCE)
        sealed = _cipher(self._secrets[0], purpose).encrypt(nonce, text.encode(), purpose.encode())
        return KIND + urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, purpose: str) -> str:
        """What was sealed for this purpose. Raises SealBroken."""
        for secret in self._secrets:
            text = _opened(secret, sealed, purpose)
            if text is not None:
                return text
        raise SealBroken

    def renewed(self, sealed: str, *, purpose: str) -> str:
        """The same under the key in force: so that a previous key can be forgotten one day. Raises SealBroken."""
        if _opened(self._secrets[0], sealed, purpose) is not None:
            return sealed
        return self.seal(self.open(sealed, purpose=purpose), purpose=purpose)

    def is_current(self, sealed: str, *, purpose: str) -> bool:
        """True when the key in force opens it."""
        return _opened(self._secrets[0], sealed, purpose) is not None

    @property
    def has_previous(self) -> bool:
        return len(self._secrets) > 1

    def hashes(self, text: str, *, purpose: str) -> tuple[str, ...]:
        """What each key makes of a text that has to be found again, in hexadecimal, the key in force first."""
        keys = (derived(secret, b"rdv hashed\0" + purpose.encode()) for secret in self._secrets)
        return tuple(hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for key in keys)


def _opened(secret: bytes, sealed: str, purpose: str) -> str | None:
    if not sealed.startswith(KIND):
        return None
    try:
        content = urlsafe_b64decode(sealed.removeprefix(KIND))
        return _cipher(secret, purpose).decrypt(content[:NONCE], content[NONCE:], purpose.encode()).decode()
    except (InvalidTag, ValueError):
        return None


@lru_cache(maxsize=512)
def _cipher(secret: bytes, purpose: str) -> AESGCM:
    return AESGCM(derived(secret, b"rdv sealed\0" + purpose.encode()))


@lru_cache(maxsize=512)
def derived(secret: bytes, about: bytes, length: int = 32) -> bytes:
    """A key of its own for each purpose, in bytes (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=about).derive(secret)
