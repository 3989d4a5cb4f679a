"""A password of one's own: forgotten and chosen anew by a link, or changed by whoever knows the present one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import agent_links, journal, password_rules, signing_in, tries
from invitations.codes import Codes
from invitations.models import Agent, AgentLink, AgentRole, LinkPurpose, Organisation
from invitations.sign_in_tries import LINKS, LINKS_FROM_ADDRESS, Origin
from invitations.tries import Party


def ask_link(session: Session, *, email: str, origin: Origin, codes: Codes, now: datetime) -> None:
    """Owe the email with the link, if there is such an account: whoever asks is told the same in any case.

    Three emails an hour at most for one account, without a word. Raises TooManyTries for an address that asks for many.
    """
    account = email.strip().lower()
    whoever = Party(LINKS_FROM_ADDRESS, origin.line)
    tries.check(session, [whoever], codes=codes, now=now)
    one = Party(LINKS, account)
    is_enough = tries.is_over(session, one, codes=codes, now=now)
    tries.count(session, [whoever, one], codes=codes, now=now)
    agent = session.scalar(select(Agent).where(Agent.email == account, Agent.closed_at.is_(None)))
    organisation = _first_organisation(session, agent.id) if agent else None
    if agent is None or organisation is None or is_enough:
        return
    agent_links.end_all(session, LinkPurpose.PASSWORD, agent.id, now=now)
    link = agent_links.make(session, LinkPurpose.PASSWORD, agent, codes=codes, now=now)
    agent_links.send(session, link, organisation, now=now)
    journal.note(session, "password.link_sent", now=now, agent_id=agent.id)


def choose_by_link(session: Session, code: str, *, password_hash: str, codes: Codes, now: datetime) -> Agent:
    """Take the new password; every session of the account ends. Raises AgentLinkUnknown, LinkOver."""
    link = agent_links.take(session, LinkPurpose.PASSWORD, code, codes=codes, now=now)
    link.agent.password_hash = password_hash
    ended = signing_in.end_sessions(session, link.agent_id, now=now)
    journal.note(session, "password.chosen", now=now, agent_id=link.agent_id, sessions_ended=ended)
    return link.agent


def change(session: Session, agent: Agent, *, password_hash: str, session_id: int, now: datetime) -> int:
    """Take the new password of an agent who has just proved the present one. Other sessions end; answers how many."""
    agent.password_hash = password_hash
    agent_links.end_all(session, LinkPurpose.PASSWORD, agent.id, now=now)
    ended = signing_in.end_sessions(session, agent.id, now=now, but=session_id)
    journal.note(session, "password.changed", now=now, agent_id=agent.id, sessions_ended=ended)
    return ended


def check(password: str, agent: Agent, *names: str) -> None:
    """Raises PasswordRefused. `names`: those that the agent is just giving."""
    password_rules.check(password, (agent.email, agent.first_name, agent.last_name, *names))


def link_of(session: Session, code: str, *, codes: Codes, now: datetime) -> AgentLink:
    """The link to a new password. Raises AgentLinkUnknown, LinkOver."""
    return agent_links.find(session, LinkPurpose.PASSWORD, code, codes=codes, now=now)


def _first_organisation(session: Session, agent_id: int) -> Organisation | None:
    return session.scalar(
        select(Organisation)
        .join(AgentRole, AgentRole.organisation_id == Organisation.id)
        .where(AgentRole.agent_id == agent_id)
        .order_by(Organisation.id)
        .limit(1)
    )
