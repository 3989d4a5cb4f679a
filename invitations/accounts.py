"""Accounts of professionals, made by an operator."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations import journal
from invitations.errors import EmailTaken, NotFound
from invitations.models import Agent, AgentRole, Organisation, Role
from invitations.signing_in import hash_password


def create_agent(
    session: Session,
    *,
    email: str,
    first_name: str,
    last_name: str,
    organisation: str,
    role: Role,
    password: str,
    now: datetime,
    display_name: str | None = None,
    may_export: bool = False,
) -> Agent:
    """An account with one role. `organisation` is a name or an id. Raises NotFound, also for two of a name; EmailTaken."""
    organisation_id = _organisation_id(session, organisation)
    agent = Agent(
        email=email.strip().lower(),
        first_name=first_name,
        last_name=last_name,
        display_name=display_name or f"{first_name} {last_name}",
        password_hash=hash_password(password),
        created_at=now,
    )
    session.add(agent)
    try:
        session.flush()
    except IntegrityError as taken:
        raise EmailTaken from taken
    session.add(AgentRole(agent_id=agent.id, organisation_id=organisation_id, role=role, may_export=may_export))
    journal.note(session, "agent.created", now=now, organisation_id=organisation_id, created_agent_id=agent.id)
    return agent


def choose_digest(session: Session, agent: Agent, *, wants: bool, now: datetime) -> None:
    """Whether this agent hears each morning of what waits for somebody."""
    if agent.wants_digest == wants:
        return
    agent.wants_digest = wants
    journal.note(session, "agent.digest_chosen", now=now, agent_id=agent.id, wants=wants)


def _organisation_id(session: Session, said: str) -> int:
    is_it = Organisation.name == said
    if said.isdecimal():
        is_it = or_(is_it, Organisation.id == int(said))
    found = session.scalars(select(Organisation.id).where(is_it)).all()
    if len(found) != 1:
        raise NotFound
    return found[0]
