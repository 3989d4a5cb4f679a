"""Signing in with an account of elsewhere (OpenID Connect): ProConnect, or the département's own provider.

Authorization code with PKCE (RFC 7636), state and nonce; tokens are believed once their signature, issuer, audience and
age are checked. What the provider publishes about itself is asked anew for each sign-in: keys change.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

SCOPE = "openid email"
# How the person signed in there: many say it only when asked.
CLAIMS = '{"id_token": {"acr": null, "amr": null}}'
PATIENCE = 10.0  # seconds, for each question to the provider
LEEWAY = timedelta(seconds=60)  # clocks differ
OLDEST_LOGOUT = timedelta(minutes=5)
# Whoever signed in there within it has been asked just now.
LATELY = timedelta(minutes=5)
SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"]
ANY_TYPE: frozenset[str] = frozenset()
# "logout+jwt" is recommended (Back-Channel Logout 1.0, § 2.4); providers in use write "JWT", or nothing.
LOGOUT_TYPES = frozenset({"logout+jwt", "jwt", ""})
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# What providers call more than a password (RFC 8176; eIDAS; ProConnect's own).
STRONG_AMR = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "iris", "pop", "sc"})
STRONG_ACR = ("eidas2", "eidas3", "-2fa", "/mfa", ":mfa")


class SignOnFailed(Exception):
    """The provider is away, refuses, or says what can't be believed. Its words say which, for logs: nobody's name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be remembered until the browser comes back. `address`: where it is sent."""

    address: str
    state: str
    nonce: str
    verifier: str
    again: bool = False  # whether the provider was told to ask, whoever is signed in there


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is. `subject` never changes; `email` may. `is_verified` None: it does not say."""

    subject: str
    email: str
    is_verified: bool | None
    is_strong: bool
    is_fresh: bool  # asked just now, and not only known there
    session: str  # the provider's own, to be named when it ends; may be empty
    token: str  # shown again when signing out


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that ended at the provider's; `session` empty: all of the subject's."""

    subject: str
    session: str


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider, and what we are to it. `comes_back_to`: our own address for its answers."""

    issuer: str
    client_id: str
    client_secret: str
    comes_back_to: str

    def ask(self, *, again: bool = False) -> Asked:
        """Where to send the browser; `again`: the provider shall ask whoever is signed in there. Raises SignOnFailed."""
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        more = {"prompt": "login", "max_age": "0"} if again else {}
        with self._client() as client:
            address, state = client.create_authorization_url(
                self._about()["authorization_endpoint"], code_verifier=verifier, nonce=nonce, claims=CLAIMS, **more
            )
        return Asked(address, state, nonce, verifier, again)

    def answer(self, code: str, *, nonce: str, verifier: str, now: datetime, again: bool = False) -> Identity:
        """Who came back with this code; `again`: as it was asked. Raises SignOnFailed."""
        about = self._about()
        try:
            with self._client() as client:
                tokens = client.fetch_token(about["token_endpoint"], code=code, code_verifier=verifier)
                told = client.get(about["userinfo_endpoint"], timeout=PATIENCE)
                told.raise_for_status()
        except (requests.RequestException, AuthlibBaseError, ValueError, KeyError) as error:
            raise SignOnFailed(type(error).__name__) from error
        keys = self._keys(about)
        claims = self._read(str(tokens.get("id_token", "")), keys, now, nonce=nonce)
        is_fresh = _is_fresh(claims, now=now, again=again)
        return _identity(claims, self._told(told, keys, now), str(tokens["id_token"]), is_fresh=is_fresh)

    def ended(self, token: str, *, now: datetime) -> Ended:
        """What a back-channel logout token says (OpenID Connect Back-Channel Logout 1.0). Raises SignOnFailed."""
        claims = self._read(token, self._keys(self._about()), now, kinds=LOGOUT_TYPES)
        is_young = int(claims["iat"]) >= (now - OLDEST_LOGOUT).timestamp()
        if "nonce" in claims or LOGOUT_EVENT not in claims.get("events", {}) or not is_young:
            raise SignOnFailed("no logout token")
        subject, session = str(claims.get("sub", "")), str(claims.get("sid", ""))
        if not subject and not session:
            raise SignOnFailed("a logout of nobody")
        return Ended(subject, session)

    def way_out(self, token: str, back_to: str) -> str:
        """Where the browser ends the session at the provider's; empty when it has no such page. Raises SignOnFailed."""
        page = self._about().get("end_session_endpoint", "")
        asked = {"id_token_hint": token, "client_id": self.client_id, "post_logout_redirect_uri": back_to}
        return f"{page}?{urlencode(asked)}" if page else ""

    def check(self) -> None:
        """Raises SignOnFailed when the provider does not say what it should of itself, or shows no keys."""
        self._keys(self._about())

    def _client(self) -> OAuth2Session:
        return OAuth2Session(
            self.client_id,
            self.client_secret,
            scope=SCOPE,
            redirect_uri=self.comes_back_to,
            code_challenge_method="S256",
            default_timeout=PATIENCE,
        )

    def _about(self) -> dict[str, Any]:
        """What the provider publishes about itself, which must be of itself."""
        about = _get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self.issuer:
            raise SignOnFailed("another issuer")
        return about

    @staticmethod
    def _keys(about: Mapping[str, Any]) -> KeySet:
        try:
            return KeySet.import_key_set(_get(about["jwks_uri"]))  # type: ignore[arg-type]  # what the provider says
        except (JoseError, KeyError, ValueError) as error:
            raise SignOnFailed(type(error).__name__) from error

    def _read(
        self, token: str, keys: KeySet, now: datetime, *, kinds: frozenset[str] = ANY_TYPE, **expected: str
    ) -> dict[str, Any]:
        """The claims of a token that this provider has signed for us, lately; of one of these types, unless any will do."""
        wanted: dict[str, Any] = {name: {"essential": True, "value": value} for name, value in expected.items()}
        rules = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(LEEWAY.total_seconds()),
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            iat={"essential": True},
            **wanted,
        )
        try:
            read = jwt.decode(token, keys, algorithms=SIGNATURES)
            rules.validate(claims := read.claims)
        except (JoseError, ValueError, KeyError) as error:
            raise SignOnFailed(type(error).__name__) from error
        if kinds and str(read.header.get("typ", "")).lower().removeprefix("application/") not in kinds:
            raise SignOnFailed("a token of another type")
        return dict(claims)

    def _told(self, answer: requests.Response, keys: KeySet, now: datetime) -> dict[str, Any]:
        """What is told of the person: plain, or signed as ProConnect does."""
        if "application/jwt" in answer.headers.get("Content-Type", ""):
            return self._read(answer.text, keys, now)
        return _object(answer)


def _is_fresh(claims: Mapping[str, Any], *, now: datetime, again: bool) -> bool:
    """By the time of the sign-in there (`auth_time`); of a provider that names none, because it was told to ask."""
    at = claims.get("auth_time")
    return again if at is None else now.timestamp() - int(at) <= LATELY.total_seconds()


def _identity(claims: Mapping[str, Any], told: Mapping[str, Any], token: str, *, is_fresh: bool) -> Identity:
    if not claims.get("sub") or told.get("sub") != claims["sub"] or "exp" not in claims:
        raise SignOnFailed("two people")
    amr = claims.get("amr") or []
    return Identity(
        subject=str(claims["sub"]),
        email=str(told.get("email") or "").strip().lower(),
        is_verified=told.get("email_verified"),
        is_strong=not STRONG_AMR.isdisjoint(amr) or str(claims.get("acr") or "").endswith(STRONG_ACR),
        is_fresh=is_fresh,
        session=str(claims.get("sid") or ""),
        token=token,
    )


def _get(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=PATIENCE, allow_redirects=False)
        answer.raise_for_status()
        return _object(answer)
    except requests.RequestException as error:
        raise SignOnFailed(type(error).__name__) from error


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError as error:
        raise SignOnFailed("no JSON") from error
    if not isinstance(said, dict):
        raise SignOnFailed("no object")
    return said
