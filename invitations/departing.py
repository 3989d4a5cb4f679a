"""Accounts of agents who left: a year later what says who they were is deleted, and their number stays for what they did.

The purge notes each night who belongs to no organisation any more; whoever joins one again is back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from invitations import journal, second_factor
from invitations.models import (
    Absence,
    Agent,
    AgentLink,
    AgentRole,
    AgentSession,
    ApiSession,
    CalendarFeed,
    ExternalCalendar,
    KeptForm,
    RegularAbsence,
    SavedView,
    Support,
)
from invitations.months import months_before

# As long as the journal speaks of what they did.
MONTHS = 12
# In one night: the rest is for the next.
AT_MOST = 500
# What is theirs alone, and serves nobody else.
THEIRS = (
    AgentSession,
    ApiSession,
    KeptForm,
    CalendarFeed,
    ExternalCalendar,
    SavedView,
    Absence,
    RegularAbsence,
)


def note(session: Session, *, now: datetime) -> None:
    """Who belongs to no organisation from now on, and who does again."""
    belongs = exists().where(AgentRole.agent_id == Agent.id)
    left = update(Agent).where(~belongs, Agent.left_at.is_(None)).values(left_at=now)
    back = update(Agent).where(belongs, Agent.left_at.is_not(None)).values(left_at=None)
    for one in (left, back):
        session.execute(one, execution_options={"synchronize_session": False})


def due(session: Session, *, now: datetime) -> list[int]:
    """Ids of those who left, or whose account was closed, a year ago and more, and are invited nowhere."""
    return list(session.scalars(_due(now).order_by(Agent.id).limit(AT_MOST)))


def forget(session: Session, agent_ids: Sequence[int], *, now: datetime) -> int:
    """Delete names, email, telephone, ways in, calendars and absences of these accounts. Returns how many.

    Each is held and looked at again: whoever came back since the list was made stays.
    """
    done = 0
    for agent_id in agent_ids:
        session.execute(select(Agent.id).where(Agent.id == agent_id).with_for_update())  # nobody joins meanwhile
        if session.scalar(_due(now).where(Agent.id == agent_id)) is not None:
            _forget(session, agent_id, now)
            done += 1
    return done


def _due(now: datetime) -> Select[int]:
    invited = exists().where(AgentLink.agent_id == Agent.id, AgentLink.ended_at.is_(None), AgentLink.expires_at > now)
    return select(Agent.id).where(Agent.forgotten_at.is_(None), _is_gone(now), ~invited)


def _is_gone(now: datetime) -> ColumnElement[bool]:
    """A role that came back since last night counts already."""
    since, belongs = months_before(now, MONTHS), exists().where(AgentRole.agent_id == Agent.id)
    return or_(Agent.closed_at < since, (Agent.left_at < since) & ~belongs)


def _forget(session: Session, agent_id: int, now: datetime) -> None:
    second_factor.remove_all(session, agent_id)
    for statement in (*_theirs(agent_id), _unnamed(agent_id, now)):
        session.execute(statement, execution_options={"synchronize_session": False})
    journal.note(session, "agent.forgotten", now=now, forgotten_agent_id=agent_id)


def _theirs(agent_id: int) -> list[Delete | Update]:
    helped = or_(Support.agent_id == agent_id, Support.supporter_id == agent_id)
    deleted: list[Delete | Update] = [delete(table).where(table.agent_id == agent_id) for table in THEIRS]
    roles = delete(AgentRole).where(AgentRole.agent_id == agent_id)
    return [*deleted, roles, update(Support).where(helped).values(reason="")]


def _unnamed(agent_id: int, now: datetime) -> Update:
    """ "Agent 12" wherever a name stood; an address where no mail arrives (RFC 2606)."""
    return (
        update(Agent)
        .where(Agent.id == agent_id)
        .values(
            email=f"{agent_id}@forgotten.invalid",
            first_name="Agent",
            last_name=str(agent_id),
            display_name=f"Agent {agent_id}",
            phone=None,
            wants_digest=False,
            password_hash=None,
            is_super=False,
            sign_on_subject=None,
            closed_at=func.coalesce(Agent.closed_at, now),
            forgotten_at=now,
        )
    )
