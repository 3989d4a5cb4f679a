"""The agents' cookie, sealed: whoever reads a browser's files reads none of it.

A sentence for the next page may name a person, and a provider's token names the agent. Flask signs and dates what it keeps;
here it is sealed first, with AES-256-GCM.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, TimedSerializer

from invitations.sealing import SealBroken, Seals

PURPOSE = "agents' cookie"


class SealedCookie(SecureCookieSessionInterface):
    """Flask's own, but for what `Sealing` does to the content."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def get_signing_serializer(self, app: Flask) -> Sealing:  # type: ignore[override]  # it signs and dates as Flask's does
        keys = [*app.config["SECRET_KEY_FALLBACKS"], app.secret_key]  # the key in force last
        signer = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
        return Sealing(self._seals, keys, salt=self.salt, serializer=self.serializer, signer_kwargs=signer)


class Sealing(TimedSerializer[str]):
    """What is signed is sealed. A cookie of a release that did not seal holds nothing: one signs in once more."""

    def __init__(self, seals: Seals, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seals = seals

    def dump_payload(self, obj: Any) -> bytes:
        return self._seals.seal(super().dump_payload(obj).decode(), purpose=PURPOSE).encode()

    def load_payload(self, payload: bytes, *args: Any, **kwargs: Any) -> Any:
        try:
            opened = self._seals.open(payload.decode(), purpose=PURPOSE)
        except (SealBroken, UnicodeDecodeError) as broken:
            raise BadSignature("not sealed by us") from broken
        return super().load_payload(opened.encode(), *args, **kwargs)
