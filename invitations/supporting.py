"""A super-administrator sees the software as another agent, to help them: for an hour, with a reason, all of it noted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.errors import NotAllowed, NotFound
from invitations.models import Agent, AgentSession, Support

LASTS = timedelta(hours=1)


def seen_as(sign_in: AgentSession) -> Agent | None:
    """The agent as whom this session sees the software; None when it is its own."""
    support = sign_in.support
    if support is None or support.ended_at is not None or not sign_in.agent.is_super:
        return None
    return support.agent if support.agent.closed_at is None and support.agent.roles else None


def is_over(sign_in: AgentSession, *, now: datetime) -> bool:
    """True when the hour has passed, and nobody has said yet that they are back in their own account."""
    support = sign_in.support
    return seen_as(sign_in) is not None and support is not None and support.until <= now


def begin(session: Session, sign_in: AgentSession, *, email: str, reason: str, now: datetime) -> Support:
    """See the software as the agent with this email. Raises NotAllowed for whoever may not, NotFound for no such agent.

    Nobody sees it as another super-administrator, or as somebody in whose place they are already.
    """
    supporter = sign_in.agent
    if not supporter.is_super or seen_as(sign_in) is not None:
        raise NotAllowed
    agent = session.scalar(select(Agent).where(Agent.email == email.strip().lower(), Agent.closed_at.is_(None)))
    if agent is None or agent.is_super or not agent.roles:
        raise NotFound
    support = Support(supporter_id=supporter.id, agent_id=agent.id, reason=reason, began_at=now, until=now + LASTS)
    session.add(support)
    session.flush()
    session.get_one(AgentSession, sign_in.id).support_id = support.id
    for role in agent.roles:
        journal.note(
            session,
            "support.began",
            now=now,
            organisation_id=role.organisation_id,
            agent_id=supporter.id,
            colleague_id=agent.id,
            support_id=support.id,
            until=support.until.isoformat(),
        )
    return support


def end(session: Session, sign_in: AgentSession, *, now: datetime) -> None:
    """Back in one's own account. Does nothing for whoever is there."""
    support = session.get_one(AgentSession, sign_in.id).support
    if support is None or support.ended_at is not None:
        return
    support.ended_at = min(now, support.until)
    for role in support.agent.roles:
        journal.note(
            session,
            "support.ended",
            now=now,
            organisation_id=role.organisation_id,
            agent_id=support.supporter_id,
            colleague_id=support.agent_id,
            support_id=support.id,
        )


def last(session: Session, supporter_id: int, *, most: int = 20) -> list[Support]:
    """Whom this super-administrator has helped lately, the newest first."""
    return list(
        session.scalars(
            select(Support).where(Support.supporter_id == supporter_id).order_by(Support.id.desc()).limit(most)
        )
    )


def appoint(session: Session, email: str, *, is_super: bool, now: datetime) -> Agent:
    """Make an account a super-administrator's, or an ordinary one again. Raises NotFound."""
    agent = session.scalar(select(Agent).where(Agent.email == email.strip().lower()))
    if agent is None:
        raise NotFound
    if agent.is_super != is_super:
        agent.is_super = is_super
        journal.note(session, "agent.super_changed", now=now, changed_agent_id=agent.id, is_super=is_super)
    return agent
