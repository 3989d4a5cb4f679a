"""Who has access to what in an organisation: its agents, what each may do, those who were invited and have not come yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import second_factor
from invitations.errors import NotFound
from invitations.models import (
    Agent,
    AgentLink,
    AgentRole,
    AgentSession,
    Appointment,
    AppointmentAgent,
    LinkPurpose,
    Role,
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent of the organisation, and how their account stands."""

    id: int
    full_name: str
    email: str
    role: Role
    may_export: bool
    is_dpo: bool
    has_second_factor: bool
    last_signed_in_at: datetime | None
    open_sessions: int
    appointments: int  # to come, in this organisation
    is_closed: bool


def read(session: Session, organisation_id: int, *, now: datetime) -> list[Colleague]:
    """Every agent of the organisation, by name. One query."""
    return [_colleague(row) for row in session.execute(_query(organisation_id, now))]


def one(session: Session, agent_id: int, organisation_id: int, *, now: datetime) -> Colleague:
    """One of them. Raises NotFound for an agent of elsewhere."""
    row = session.execute(_query(organisation_id, now).where(Agent.id == agent_id)).one_or_none()
    if row is None:
        raise NotFound
    return _colleague(row)


def invited(session: Session, organisation_id: int) -> list[AgentLink]:
    """Those who were invited and have not come yet, the newest first; some links may be too old by now."""
    return list(
        session.scalars(
            select(AgentLink)
            .where(
                AgentLink.organisation_id == organisation_id,
                AgentLink.purpose == LinkPurpose.JOIN,
                AgentLink.ended_at.is_(None),
            )
            .order_by(AgentLink.created_at.desc(), AgentLink.id.desc())
        )
    )


def _query(organisation_id: int, now: datetime) -> Any:
    of_agent = AgentSession.agent_id == Agent.id
    is_open = (AgentSession.ended_at.is_(None), AgentSession.expires_at > now)
    to_come = (
        select(func.count())
        .select_from(AppointmentAgent)
        .join(Appointment, Appointment.id == AppointmentAgent.appointment_id)
        .where(
            AppointmentAgent.agent_id == Agent.id,
            AppointmentAgent.is_live,
            AppointmentAgent.starts_at > now,
            Appointment.organisation_id == organisation_id,
        )
    )
    return (
        select(
            Agent,
            AgentRole.role,
            AgentRole.may_export,
            AgentRole.is_dpo,
            second_factor.has_one(Agent.id).label("has_second_factor"),
            select(func.max(AgentSession.created_at)).where(of_agent).scalar_subquery().label("last_signed_in_at"),
            select(func.count()).where(of_agent, *is_open).scalar_subquery().label("open_sessions"),
            to_come.scalar_subquery().label("appointments"),
        )
        .join(AgentRole, AgentRole.agent_id == Agent.id)
        .where(AgentRole.organisation_id == organisation_id)
        .order_by(Agent.last_name, Agent.first_name, Agent.id)
    )


def _colleague(row: Any) -> Colleague:
    return Colleague(
        id=row.Agent.id,
        full_name=row.Agent.full_name,
        email=row.Agent.email,
        role=row.role,
        may_export=row.may_export,
        is_dpo=row.is_dpo,
        has_second_factor=row.has_second_factor,
        last_signed_in_at=row.last_signed_in_at,
        open_sessions=row.open_sessions,
        appointments=row.appointments,
        is_closed=row.Agent.closed_at is not None,
    )
