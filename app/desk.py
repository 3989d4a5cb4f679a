"""The desk at which an agent works: who opens the page, for which organisation, and in whose place."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g
from flask import session as cookie
from sqlalchemy.orm import Session

from app import lasting
from app.runtime import runtime
from invitations import sign_in_rules, signing_in, supporting
from invitations.errors import WrongCredentials
from invitations.models import Agent, AgentSession, Organisation, Role


@dataclass(frozen=True, slots=True)
class Desk:
    """The agent who opens the page, and the organisation they work for at this moment."""

    agent: Agent
    organisation: Organisation
    role: Role
    organisations: tuple[Organisation, ...]
    sign_in: AgentSession
    is_dpo: bool = False  # watches over personal data: reads the journal, whatever their role
    supporter: Agent | None = None  # who sees all this in the agent's place; `support_is_over`: their hour is
    support_is_over: bool = False
    owes_second_factor: bool = False  # what they may do asks for more than the password they have given

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return tuple(one.id for one in self.organisations)


def open_desk(session: Session) -> Desk | None:
    """The desk of the signed-in agent; None when nobody is signed in any more."""
    now = runtime().clock()
    try:
        sign_in = signing_in.session_of(session, cookie.get("token"), now=now)
    except WrongCredentials:
        return None
    agent = supporting.seen_as(sign_in) or sign_in.agent
    present = lasting.at_desk(agent)
    if present is None:
        return None
    roles = sorted(agent.roles, key=lambda role: role.organisation.name)
    desk = Desk(
        agent,
        present.organisation,
        present.role,
        tuple(role.organisation for role in roles),
        sign_in,
        is_dpo=present.is_dpo,
        supporter=None if agent is sign_in.agent else sign_in.agent,
        support_is_over=supporting.is_over(sign_in, now=now),
        owes_second_factor=owes_second_factor(sign_in, agent),
    )
    g.desk = desk
    lasting.count_as_use(sign_in)
    return desk


def owes_second_factor(sign_in: AgentSession, seen_as: Agent) -> bool:
    """True when more is asked for than the password they gave: by their département of everybody, or by that of whom they help;
    by this installation of administrators and of whoever may export."""
    agent = sign_in.agent
    if sign_in.second_factor_at is not None:
        return False
    is_asked = any(sign_in_rules.asks_second_factor(one) for one in (agent, seen_as))
    if is_asked or not runtime().settings.requires_second_factor:
        return is_asked
    return agent.is_super or any(one.role is Role.ADMIN or one.may_export or one.is_dpo for one in agent.roles)
