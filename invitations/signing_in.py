"""Agents' passwords and sessions. Passwords are argon2id (RFC 9106); a session's token is kept as its SHA-256."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations.codes import fingerprint
from invitations.errors import TooManyAttempts, WrongCredentials
from invitations.models import Agent, AgentSession, AuditEvent

# A day's work and a night: agents sign in once a day.
SESSION_LENGTH = timedelta(hours=12)
SHORTEST_PASSWORD = 12
# Wrong passwords allowed for one email, and the time over which they are counted.
ATTEMPTS = 10
ATTEMPTS_WINDOW = timedelta(minutes=10)
FAILED = "sign_in.failed"

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _hasher.hash(password)


def check_password(session: Session, *, email: str, password: str, now: datetime) -> int:
    """The id of the agent with this email and password. Raises WrongCredentials or TooManyAttempts.

    Only reads, and is slow on purpose (argon2id takes a tenth of a second): call it with no writing session open.
    """
    if _failures(session, _key(email), now=now) >= ATTEMPTS:
        raise TooManyAttempts
    agent = session.scalar(select(Agent).where(Agent.email == email.strip().lower()))
    if not _matches(agent.password_hash if agent else None, password):
        raise WrongCredentials
    if agent is None or agent.closed_at is not None:
        raise WrongCredentials
    return agent.id


def note_failure(session: Session, *, email: str, now: datetime) -> None:
    """Count a wrong attempt against this email, which is kept as its SHA-256 only."""
    session.add(AuditEvent(at=now, action=FAILED, details={"email": _key(email)}))


def open_session(session: Session, agent_id: int, *, now: datetime) -> str:
    """Open a session for an agent whose password was checked; its token, for the cookie."""
    token = secrets.token_urlsafe(32)
    session.add(
        AgentSession(agent_id=agent_id, token_hash=fingerprint(token), created_at=now, expires_at=now + SESSION_LENGTH)
    )
    return token


def _key(email: str) -> str:
    return fingerprint(email.strip().lower())


def _failures(session: Session, key: str, *, now: datetime) -> int:
    recent = (
        select(func.count())
        .select_from(AuditEvent)
        .where(
            AuditEvent.organisation_id.is_(None),
            AuditEvent.action == FAILED,
            AuditEvent.at > now - ATTEMPTS_WINDOW,
            AuditEvent.details["email"].as_string() == key,
        )
    )
    return session.scalar(recent) or 0


def sign_out(session: Session, token: str | None, *, now: datetime) -> None:
    """End the session of this token; does nothing when there is none."""
    opened = _session_of(session, token)
    if opened is not None and opened.ended_at is None:
        opened.ended_at = now


def agent_of(session: Session, token: str | None, *, now: datetime) -> Agent:
    """The agent whose session this token opens. Raises WrongCredentials when it is over, ended or unknown."""
    opened = _session_of(session, token)
    if opened is None or opened.ended_at is not None or now >= opened.expires_at:
        raise WrongCredentials
    if opened.agent.closed_at is not None:
        raise WrongCredentials
    return opened.agent


def _session_of(session: Session, token: str | None) -> AgentSession | None:
    if not token:
        return None
    return session.scalar(select(AgentSession).where(AgentSession.token_hash == fingerprint(token)))


@cache
def _nobody() -> str:
    """Verified when the email is unknown, so that the answer takes as long as for a wrong password."""
    return _hasher.hash("nobody has this password")


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerifyMismatchError, InvalidHashError):
        return False
