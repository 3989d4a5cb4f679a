"""Codes of links: derived from the secret key, so that a reminder can print them again; only a sealed hash is kept.

A code has 64.4 bits (11 characters of 58, without 0, O, I and l). Whoever hashes 2·10¹⁰ codes a second would meet some code
of a million in twenty minutes, if a plain hash of it lay in a leaked database. So what is kept is the hash *sealed*
(`Codes.kept`): the first 16 bytes of SHA-256(code), encrypted with AES-256-SIV (RFC 5297, without a nonce: the same code
gives the same text, and is found by it) under a key that HKDF derives for this alone. Without the key there is nothing to
compare a code with. Unlike a keyed hash it can be opened again with the key: after a change of key all rows are sealed anew
(`renewed`) though nobody knows their codes, so that links printed under keys long gone go on opening.

16 bytes: two codes of 24 million share them with a chance of 10⁻²⁴ (n²/2¹²⁹). The text says which key it needs: `v1.`, eight
hexadecimal digits that name the key (two keys have the same name once in 4·10⁹), a dot, and 43 letters of base64url:
55 characters. Links kept by releases before this one lie as their plain SHA-256 (`fingerprint`) until `sealed_links` has
sealed them; both open. docs/decisions/0038.

The short code of a letter has 40 bits (8 characters of 32, without 0, O, 1 and I), for somebody types it. So few can be
searched in a leaked table: what is kept of it is hashed with the key (`hide`), and tries are counted (`tries`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from invitations.sealing import SealBroken, derived

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 11
SHORT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SHORT_LENGTH = 8
KIND = "v1."  # the first way of keeping a code; hexadecimal, as before, begins with no v
HASHED = 16  # bytes of SHA-256 that are sealed
_PLAIN = re.compile(r"[0-9a-f]{64}")


class Codes:
    """Derives the code of a subject from the key in force; `previous_keys` are those it replaced, newest first."""

    def __init__(self, secret_key: str, previous_keys: Sequence[str] = ()) -> None:
        secrets = (secret_key, *previous_keys)
        self._keys = [hashlib.sha256(b"links\0" + key.encode()).digest() for key in secrets]
        self._sealers = [_Sealer(key.encode()) for key in secrets]

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

    def kept(self, code: str) -> str:
        """What is kept of a link's code: found again by it, and sealed under the key in force."""
        return self._sealers[0].sealed(_hashed(code))

    def every_kept(self, code: str) -> list[str]:
        """All that may lie in the database for a code: under each key, the one in force first, and as it was before `v1`."""
        return [*(one.sealed(_hashed(code)) for one in self._sealers), fingerprint(code)]

    def renewed(self, kept: str) -> str:
        """The same code's under the key in force, whatever it lay under. Raises SealBroken: its key is not given."""
        if _PLAIN.fullmatch(kept):
            return self._sealers[0].sealed(bytes.fromhex(kept)[:HASHED])
        sealer = next((one for one in self._sealers if kept.startswith(f"{one.prefix}.")), None)
        if sealer is None:
            raise SealBroken
        return self._sealers[0].sealed(sealer.opened(kept))

    @property
    def prefixes(self) -> list[str]:
        """What all that lies under a key begins with, the key in force first."""
        return [one.prefix for one in self._sealers]

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


class _Sealer:
    """One key, for what is kept of links' codes. `prefix`: `v1.` and the key's name."""

    def __init__(self, secret: bytes) -> None:
        self.prefix = f"{KIND}{derived(secret, b'rdv links name', 4).hex()}"
        self._cipher = AESSIV(derived(secret, b"rdv links kept", 64))

    def sealed(self, hashed: bytes) -> str:
        return f"{self.prefix}.{urlsafe_b64encode(self._cipher.encrypt(hashed, None)).decode().rstrip('=')}"

    def opened(self, kept: str) -> bytes:
        try:
            return self._cipher.decrypt(urlsafe_b64decode(kept[len(self.prefix) + 1 :] + "="), None)
        except (InvalidTag, ValueError) as broken:
            raise SealBroken from broken


def _hashed(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()[:HASHED]


def fingerprint(code: str) -> str:
    """SHA-256 in hexadecimal, without a key: for tokens of 256 bits, which can't be searched (sessions, service keys)."""
    return hashlib.sha256(code.encode()).hexdigest()
