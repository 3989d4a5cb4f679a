"""Joining an organisation by the link that a colleague had emailed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from invitations import agent_links, journal, sign_in_settings
from invitations.codes import Codes
from invitations.errors import NotAllowed, NotFound
from invitations.models import Agent, AgentLink, AgentRole, LinkPurpose


def has_account(agent: Agent) -> bool:
    """True when somebody has opened the account before: it has names."""
    return bool(agent.first_name or agent.last_name)


def join(session: Session, code: str, *, codes: Codes, now: datetime) -> AgentLink:
    """Use up an invitation: its account has its role. Raises AgentLinkUnknown, LinkOver."""
    link = agent_links.take(session, LinkPurpose.JOIN, code, codes=codes, now=now)
    if link.organisation is None or link.role is None:
        raise NotFound
    if session.get(AgentRole, (link.agent_id, link.organisation.id)) is None:
        session.add(
            AgentRole(
                agent_id=link.agent_id,
                organisation_id=link.organisation.id,
                role=link.role,
                may_export=link.may_export,
            )
        )
        sign_in_settings.take_in(session, link.agent_id, link.organisation.department, now=now)
    journal.note(
        session, "colleague.joined", now=now, organisation_id=link.organisation.id, agent_id=link.agent_id,
        invited_by_id=link.invited_by_id,
    )  # fmt: skip
    return link


def join_with_new_account(
    session: Session, code: str, *, first_name: str, last_name: str, password_hash: str, codes: Codes, now: datetime
) -> AgentLink:
    """`join` for somebody who has no account yet: names and password as they give them.

    Raises NotAllowed when the account was opened meanwhile, by another invitation.
    """
    link = join(session, code, codes=codes, now=now)
    agent = session.get_one(Agent, link.agent_id, populate_existing=True, with_for_update={"key_share": True})
    if has_account(agent):
        raise NotAllowed
    agent.first_name, agent.last_name = first_name, last_name
    agent.display_name = f"{first_name} {last_name}"[:80]
    agent.password_hash = password_hash
    return link


def link_of(session: Session, code: str, *, codes: Codes, now: datetime) -> AgentLink:
    """The invitation with this code. Raises AgentLinkUnknown, LinkOver."""
    return agent_links.find(session, LinkPurpose.JOIN, code, codes=codes, now=now)
