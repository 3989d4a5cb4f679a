"""What a département asks of every sign-in: a second factor or not, and how long a session may lie idle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from invitations.models import Agent, AgentSession, Department

# A day's work and a night: agents sign in once a day.
SESSION_LENGTH = timedelta(hours=12)
# Minutes after which a département may let an idle session end.
IDLE_CHOICES = (15, 30, 60, 120, 240, 480)
# Uses nearer to each other than this are one: a session is written once a minute at most. Nobody is out sooner than said.
GRAIN = timedelta(minutes=1)
# Whoever signed in within it need not prove anew who they are before they change how they do.
FRESH = timedelta(minutes=15)


def asks_second_factor(agent: Agent) -> bool:
    """True when a département of the agent's asks for more than a password of everybody."""
    return any(one.second_factor_since is not None for one in _departments(agent))


def idle_length(agent: Agent) -> timedelta | None:
    """After which a session of the agent's in which nothing happens ends; the shortest of several; None: it lasts the day."""
    minutes = [one.idle_minutes for one in _departments(agent) if one.idle_minutes is not None]
    return timedelta(minutes=min(minutes)) if minutes else None


def ends_at(agent: Agent, began_at: datetime, *, used_at: datetime) -> datetime:
    """Until when a session lasts that began then and is used at this moment."""
    idle, latest = idle_length(agent), began_at + SESSION_LENGTH
    return latest if idle is None else min(latest, used_at + idle + GRAIN)


def due_end(sign_in: AgentSession, *, now: datetime) -> datetime | None:
    """When the session, used now, is to end; None while what is kept says nearly that, or later."""
    due = ends_at(sign_in.agent, sign_in.created_at, used_at=now)
    return due if due - sign_in.expires_at >= GRAIN else None


def is_fresh(sign_in: AgentSession, *, now: datetime) -> bool:
    """True when the agent has proved who they are a moment ago."""
    return sign_in.proved_at is not None and abs(now - sign_in.proved_at) < FRESH


def _departments(agent: Agent) -> Iterator[Department]:
    return (role.organisation.department for role in agent.roles)
