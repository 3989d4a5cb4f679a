"""Agents' passwords and sessions. Passwords are argon2id (RFC 9106); a session's token is kept as its SHA-256."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invitations import journal, sign_in_rules, sign_in_tries, tries
from invitations.codes import Codes, fingerprint
from invitations.errors import NotFound, WrongCredentials
from invitations.models import Agent, AgentRole, AgentSession, ApiSession
from invitations.sign_in_tries import Origin

SESSION_LENGTH = sign_in_rules.SESSION_LENGTH
LONGEST_USER_AGENT = 300
FAILED, OPENED = "sign_in.failed", "session.opened"

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _hasher.hash(password)


def check_password(session: Session, *, email: str, password: str, origin: Origin, codes: Codes, now: datetime) -> int:
    """The id of the agent with this email and password. Raises WrongCredentials or TooManyTries.

    Only reads, and is slow on purpose (argon2id takes a tenth of a second): call it with no writing session open.
    """
    sign_in_tries.check(session, email, origin, codes=codes, now=now)
    agent = session.scalar(select(Agent).where(Agent.email == email.strip().lower()))
    if not is_password(agent, password):
        raise WrongCredentials
    if agent is None or agent.closed_at is not None:
        raise WrongCredentials
    return agent.id


def is_password(agent: Agent | None, password: str) -> bool:
    """Whether it is this agent's password; as slow for nobody as for somebody."""
    return _matches(agent.password_hash if agent else None, password)


def note_failure(session: Session, *, email: str, origin: Origin, codes: Codes, now: datetime) -> None:
    """Count a wrong attempt against this email. The journal has the account, when there is one; of the email nothing."""
    tries.count(session, sign_in_tries.parties(email, origin, codes), codes=codes, now=now)
    known = email.strip().lower()
    about = session.scalar(select(Agent.id).where(Agent.email == known))
    journal.note(
        session,
        FAILED,
        now=now,
        organisation_id=_team_of(session, about),
        **({} if about is None else {"account_id": about}),
    )


def _team_of(session: Session, agent_id: int | None) -> int | None:
    """In whose journal a sign-in is read: the oldest of the agent's organisations."""
    query = select(AgentRole.organisation_id).where(AgentRole.agent_id == agent_id)
    return session.scalar(query.order_by(AgentRole.organisation_id).limit(1))


def open_session(
    session: Session,
    agent_id: int,
    *,
    now: datetime,
    user_agent: str = "",
    second_factor: bool = False,
    sign_on_sid: str | None = None,
    proved_at: datetime | None = None,
) -> str:
    """Open a session for an agent who has proved who they are; its token, for the cookie.

    `proved_at`: when they did; None: a provider knew them already.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        AgentSession(
            agent_id=agent_id,
            token_hash=fingerprint(token),
            created_at=now,
            expires_at=sign_in_rules.ends_at(session.get_one(Agent, agent_id), now, used_at=now),
            user_agent=user_agent[:LONGEST_USER_AGENT] or None,
            second_factor_at=now if second_factor else None,
            sign_on_sid=sign_on_sid,
            proved_at=proved_at,
        )
    )
    journal.note(
        session,
        OPENED,
        now=now,
        organisation_id=_team_of(session, agent_id),
        agent_id=agent_id,
        second_factor=second_factor,
    )
    return token


def renew_token(session: Session, session_id: int) -> str:
    """Another token for a session that has just proved more: the one before opens nothing any longer."""
    token = secrets.token_urlsafe(32)
    session.get_one(AgentSession, session_id).token_hash = fingerprint(token)
    return token


def prolong(session: Session, session_id: int, until: datetime, *, now: datetime) -> None:
    """A session that is used lasts until then; one that has ended meanwhile stays ended."""
    session.execute(
        update(AgentSession)
        .where(AgentSession.id == session_id, AgentSession.ended_at.is_(None), AgentSession.expires_at > now)
        .values(expires_at=until),
        execution_options={"synchronize_session": False},
    )


def sign_out(session: Session, token: str | None, *, now: datetime) -> None:
    """End the session of this token; does nothing when there is none."""
    opened = _session_of(session, token)
    if opened is not None and opened.ended_at is None:
        opened.ended_at = now


def agent_of(session: Session, token: str | None, *, now: datetime) -> Agent:
    """The agent whose session this token opens. Raises WrongCredentials when it is over, ended or unknown."""
    return session_of(session, token, now=now).agent


def session_of(session: Session, token: str | None, *, now: datetime) -> AgentSession:
    """The session that this token opens. Raises WrongCredentials when it is over, ended or unknown."""
    opened = _session_of(session, token)
    if opened is None or opened.ended_at is not None or now >= opened.expires_at:
        raise WrongCredentials
    if opened.agent.closed_at is not None:
        raise WrongCredentials
    return opened


def open_sessions(session: Session, agent_id: int, *, now: datetime) -> list[AgentSession]:
    """Where the agent is signed in at this moment, the newest first."""
    return list(
        session.scalars(
            select(AgentSession)
            .where(AgentSession.agent_id == agent_id, AgentSession.ended_at.is_(None), AgentSession.expires_at > now)
            .order_by(AgentSession.created_at.desc(), AgentSession.id.desc())
        )
    )


def end_session(session: Session, session_id: int, *, agent_id: int, now: datetime) -> None:
    """End one of the agent's own sessions. Raises NotFound for one that isn't, or is over."""
    ended = session.scalar(
        update(AgentSession)
        .where(AgentSession.id == session_id, AgentSession.agent_id == agent_id, AgentSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(AgentSession.id)
    )
    if ended is None:
        raise NotFound
    journal.note(session, "session.ended", now=now, agent_id=agent_id, session_id=session_id)


def end_sessions(session: Session, agent_id: int, *, now: datetime, but: int | None = None) -> int:
    """End all the sessions of an agent, `but` the one with this id, and those of their programs. Returns how many."""
    programs = update(ApiSession).where(ApiSession.agent_id == agent_id, ApiSession.ended_at.is_(None))
    session.execute(programs.values(ended_at=now))
    ended = (
        update(AgentSession)
        .where(
            AgentSession.agent_id == agent_id,
            AgentSession.ended_at.is_(None),
            AgentSession.expires_at > now,
            AgentSession.id != (but or 0),
        )
        .values(ended_at=now)
        .returning(AgentSession.id)
    )
    return len(session.scalars(ended).all())


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
