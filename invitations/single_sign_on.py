"""Whose account it is that signs in with an identity of elsewhere. Sign-on makes no account and gives no right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invitations import journal
from invitations.errors import NoAccount
from invitations.models import Agent, AgentSession


def agent_for(session: Session, *, issuer: str, subject: str, email: str, now: datetime) -> Agent:
    """The account linked to this identity; else the one with this email, linked from now on. `email` empty: unverified.

    Raises NoAccount: none, closed, or linked to another identity already.
    """
    mark = _mark(issuer, subject)
    agent = session.scalar(select(Agent).where(Agent.sign_on_subject == mark))
    if agent is None and email:
        agent = session.scalar(
            select(Agent).where(Agent.email == email, Agent.sign_on_subject.is_(None)).with_for_update(key_share=True)
        )
        if agent is not None and agent.roles and agent.closed_at is None:
            agent.sign_on_subject = mark
            journal.note(session, "agent.sign_on_linked", now=now, agent_id=agent.id)
    if agent is None or agent.closed_at is not None or not agent.roles:
        raise NoAccount
    return agent


def end(session: Session, *, issuer: str, subject: str, sid: str, now: datetime) -> int:
    """End the sessions that began at the provider's: the one it names, else all of the subject's. Returns how many."""
    theirs = update(AgentSession).where(AgentSession.ended_at.is_(None), AgentSession.sign_on_sid.is_not(None))
    if sid:
        theirs = theirs.where(AgentSession.sign_on_sid == sid)
    if subject:
        whose = select(Agent.id).where(Agent.sign_on_subject == _mark(issuer, subject))
        theirs = theirs.where(AgentSession.agent_id.in_(whose.scalar_subquery()))
    ended = session.scalars(theirs.values(ended_at=now).returning(AgentSession.id)).all()
    if ended:
        journal.note(session, "session.ended_by_sign_on", now=now, sessions_ended=len(ended))
    return len(ended)


def _mark(issuer: str, subject: str) -> str:
    return f"{issuer} {subject}"
