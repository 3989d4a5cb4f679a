"""Who calls: a machine by its service key, or an agent's program by the three headers it was given when it signed in."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from invitations import second_factor, sign_in_rules
from invitations.codes import fingerprint
from invitations.errors import KeyAskedFor, KeyRefused, NotFound
from invitations.machines import keys
from invitations.models import Agent, ApiSession, KeyScope, Organisation, OrganisationKind, Role

SESSION_LENGTH = timedelta(hours=24)
_LONGEST_CLIENT = 40


@dataclass(frozen=True, slots=True)
class Said:
    """What a call says of who calls; empty where it says nothing."""

    bearer: str = ""
    access_token: str = ""
    client: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose rights a call has: those of a key, or of an agent. `organisations`: all that exists for it."""

    organisations: tuple[Organisation, ...]
    scopes: frozenset[KeyScope]
    key_id: int | None = None
    agent_id: int | None = None
    is_first_of_the_hour: bool = False  # with this key

    @property
    def name(self) -> str:
        return f"key:{self.key_id}" if self.key_id else f"agent:{self.agent_id}"

    @property
    def organisation_ids(self) -> frozenset[int]:
        return frozenset(one.id for one in self.organisations)

    def organisation(self, organisation_id: int) -> Organisation:
        """One of them. Raises NotFound."""
        for one in self.organisations:
            if one.id == organisation_id:
                return one
        raise NotFound(model="Organisation")

    def kinds(self, organisation_ids: Collection[int]) -> set[OrganisationKind]:
        """Of which kinds those of these organisations are that it shares."""
        return {one.kind for one in self.organisations if one.id in organisation_ids}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a program says from now on, until `expires_at`."""

    token: str
    client: str
    uid: str
    expires_at: datetime


def recognise(session: Session, said: Said, *, now: datetime) -> Caller:
    """Who calls. Raises KeyRefused."""
    if said.bearer:
        return _by_key(session, said.bearer, now=now)
    if said.access_token and said.client and said.uid:
        return _by_session(session, said, now=now)
    raise KeyRefused


def sign_in(session: Session, agent_id: int, *, client: str, asks_more: bool, now: datetime) -> Opened:
    """Let an agent's program in for a day; they have just proved their password.

    `asks_more`: this installation wants more than that of whoever administers or exports. Raises KeyAskedFor when a
    password alone is not enough for this agent.
    """
    agent = session.get_one(Agent, agent_id)
    owes = sign_in_rules.asks_second_factor(agent) or (asks_more and _owes_more(agent))
    if owes or second_factor.is_asked(session, agent_id):
        raise KeyAskedFor
    token, client = secrets.token_urlsafe(32), client[:_LONGEST_CLIENT] or secrets.token_urlsafe(16)
    until = now + SESSION_LENGTH
    session.add(
        ApiSession(agent_id=agent.id, client=client, token_hash=fingerprint(token), created_at=now, expires_at=until)
    )
    return Opened(token, client, agent.email, until)


def forget(session: Session, *, now: datetime) -> int:
    """Drop the sessions that are over. Returns how many."""
    gone = delete(ApiSession).where(ApiSession.expires_at < now).returning(ApiSession.id)
    return len(session.scalars(gone).all())


def _by_key(session: Session, token: str, *, now: datetime) -> Caller:
    key = keys.of_token(session, token, now=now)
    is_first = keys.is_first_of_the_hour(key, now=now)
    return Caller(key.organisations, key.scopes, key_id=key.id, is_first_of_the_hour=is_first)


def _by_session(session: Session, said: Said, *, now: datetime) -> Caller:
    opened = session.scalar(select(ApiSession).where(ApiSession.token_hash == fingerprint(said.access_token)))
    if opened is None or opened.ended_at is not None or now >= opened.expires_at:
        raise KeyRefused
    agent = opened.agent
    if opened.client != said.client or agent.email != said.uid.strip().lower() or agent.closed_at is not None:
        raise KeyRefused
    organisations = sorted((one.organisation for one in agent.roles), key=lambda one: (one.name, one.id))
    return Caller(tuple(organisations), frozenset(KeyScope), agent_id=agent.id)


def _owes_more(agent: Agent) -> bool:
    return agent.is_super or any(one.role is Role.ADMIN or one.may_export or one.is_dpo for one in agent.roles)
