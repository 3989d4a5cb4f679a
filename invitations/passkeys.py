"""Passkeys (WebAuthn, level 3): a key on the agent's device stands for the password and the second step at once.

The device asks for a finger, a face or a PIN before it answers (`user verification`), finds the account by itself
(a discoverable credential), and answers only to our own address: a page that imitates ours gets nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from invitations import journal, second_factor, signing_in
from invitations.errors import NotFound, PasskeyRefused
from invitations.models import Agent, Passkey

NAME = "RDV au choix"
MOST = 10  # of one agent
_LONGEST_ANSWER = 20_000


@dataclass(frozen=True, slots=True)
class Site:
    """Our own address, as browsers name it: `host` for the key, `origin` for the page."""

    host: str
    origin: str

    @classmethod
    def of(cls, public_url: str) -> Site | None:
        """None where browsers know no passkeys: an address made of numbers, or without encryption elsewhere than here."""
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        is_number = host.replace(".", "").isdecimal() or ":" in host
        if is_number or (parts.scheme != "https" and host != "localhost"):
            return None
        return cls(host, f"{parts.scheme}://{parts.netloc}")


def options_to_add(site: Site, agent: Agent, known: Iterable[Passkey]) -> tuple[str, str]:
    """What the browser needs to make a key, as JSON; and the challenge to be kept until it answers."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_name=agent.email,
        user_id=f"agent:{agent.id}".encode(),
        user_display_name=agent.full_name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(one.credential_id)) for one in known],
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def options_to_sign_in(site: Site) -> tuple[str, str]:
    """The same for proving a key: of no account in particular, the device knows whose."""
    options = generate_authentication_options(rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED)
    return options_to_json(options), bytes_to_base64url(options.challenge)


def add(
    session: Session,
    agent: Agent,
    answer: str,
    *,
    label: str,
    challenge: str,
    site: Site,
    session_id: int,
    now: datetime,
) -> Passkey:
    """Keep a key that the agent's device has made. Other sessions end when it is the first factor.

    Raises PasskeyRefused.
    """
    said = _read(answer)
    try:
        verified = verify_registration_response(
            credential=said,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as broken:
        raise PasskeyRefused from broken
    is_first = not second_factor.is_asked(session, agent.id)
    key = Passkey(
        agent_id=agent.id,
        credential_id=bytes_to_base64url(verified.credential_id),
        public_key=bytes_to_base64url(verified.credential_public_key),
        sign_count=verified.sign_count,
        label=label,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(key)
    except IntegrityError as known:
        raise PasskeyRefused from known
    if is_first:
        signing_in.end_sessions(session, agent.id, now=now, but=session_id)
    journal.note(session, "passkey.added", now=now, agent_id=agent.id, passkey_id=key.id)
    return key


def prove(session: Session, answer: str, *, challenge: str, site: Site, now: datetime) -> Agent:
    """The agent whose device has answered the challenge. Raises PasskeyRefused: unknown key, closed account, forgery."""
    said = _read(answer)
    key = session.scalar(select(Passkey).where(Passkey.credential_id == str(said.get("id", ""))[:1400]))
    agent = session.get(Agent, key.agent_id) if key else None
    if key is None or agent is None or agent.closed_at is not None:
        raise PasskeyRefused
    try:
        verified = verify_authentication_response(
            credential=said,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as broken:
        raise PasskeyRefused from broken
    key.sign_count, key.last_used_at = verified.new_sign_count, now
    return agent


def remove(session: Session, passkey_id: int, *, agent_id: int, now: datetime) -> None:
    """This key opens the account no more. Raises NotFound for one that isn't the agent's."""
    removed = session.scalar(
        delete(Passkey).where(Passkey.id == passkey_id, Passkey.agent_id == agent_id).returning(Passkey.id)
    )
    if removed is None:
        raise NotFound
    second_factor.drop_recovery_codes_without_factor(session, agent_id)
    journal.note(session, "passkey.removed", now=now, agent_id=agent_id, passkey_id=passkey_id)


def _read(answer: str) -> dict[str, object]:
    """What the browser sent, as it is. Raises PasskeyRefused for anything else."""
    try:
        said = json.loads(answer[:_LONGEST_ANSWER])
    except ValueError as broken:
        raise PasskeyRefused from broken
    if not isinstance(said, dict):
        raise PasskeyRefused
    return said
