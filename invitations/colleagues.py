"""What administrators do about the agents of their organisation: invite, change what they may do, remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations import agent_links, journal, openings_changes, second_factor, signing_in
from invitations.codes import Codes
from invitations.database import hold_rows
from invitations.errors import AccountClosed, AlreadyColleague, LastAdministrator, NotFound
from invitations.models import (
    Agent,
    AgentLink,
    AgentRole,
    CalendarFeed,
    LinkPurpose,
    Opening,
    Organisation,
    Role,
)


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, for which organisation, when."""

    agent: Agent
    organisation: Organisation
    now: datetime


@dataclass(frozen=True, slots=True)
class Rights:
    """`is_dpo`: given to who is a colleague already; None leaves it as it is."""

    role: Role
    may_export: bool
    is_dpo: bool | None = None


def invite(session: Session, email: str, rights: Rights, *, by: By, codes: Codes) -> AgentLink:
    """Email a link with which the account joins the organisation; a former one works no more. Raises AlreadyColleague,
    AccountClosed."""
    agent = _agent_with(session, email.strip().lower(), by.now)
    if session.get(AgentRole, (agent.id, by.organisation.id)) is not None:
        raise AlreadyColleague
    agent_links.end_all(session, LinkPurpose.JOIN, agent.id, organisation_id=by.organisation.id, now=by.now)
    link = agent_links.make(
        session,
        LinkPurpose.JOIN,
        agent,
        codes=codes,
        now=by.now,
        organisation_id=by.organisation.id,
        role=rights.role,
        may_export=rights.may_export,
        invited_by_id=by.agent.id,
    )
    agent_links.send(session, link, by.organisation, by=by.agent.full_name, now=by.now)
    _note(session, "colleague.invited", by, agent.id, role=rights.role, may_export=rights.may_export)
    return link


def invite_again(session: Session, link_id: int, *, by: By, codes: Codes) -> AgentLink:
    """A fresh link in place of one that was lost or grew too old. Raises NotFound."""
    link = _waiting(session, link_id, by.organisation.id)
    return invite(session, link.agent.email, Rights(link.role or Role.BASIC, link.may_export), by=by, codes=codes)


def take_back(session: Session, link_id: int, *, by: By) -> None:
    """The invitation leads nowhere from now on. Raises NotFound."""
    link = _waiting(session, link_id, by.organisation.id)
    link.ended_at = by.now
    _note(session, "colleague.invitation_taken_back", by, link.agent_id)


def change(session: Session, agent_id: int, rights: Rights, *, by: By) -> None:
    """What a colleague may do from now on. Raises NotFound, LastAdministrator."""
    held = _held(session, agent_id, by.organisation.id)
    if held.role is Role.ADMIN and rights.role is not Role.ADMIN:
        _keep_an_administrator(session, agent_id, by.organisation.id)
    is_dpo = held.is_dpo if rights.is_dpo is None else rights.is_dpo
    if (held.role, held.may_export, held.is_dpo) == (rights.role, rights.may_export, is_dpo):
        return
    held.role, held.may_export, held.is_dpo = rights.role, rights.may_export, is_dpo
    _note(session, "colleague.changed", by, agent_id, role=rights.role, may_export=rights.may_export, is_dpo=is_dpo)


def remove(session: Session, agent_id: int, *, by: By) -> None:
    """The agent belongs to the organisation no more, is signed out everywhere, and opens no slots here any longer.

    Appointments stay in the agenda: somebody else takes them over. Raises NotFound, LastAdministrator.
    """
    held = _held(session, agent_id, by.organisation.id)
    if held.role is Role.ADMIN:
        _keep_an_administrator(session, agent_id, by.organisation.id)
    session.delete(held)
    session.flush()
    ended = signing_in.end_sessions(session, agent_id, now=by.now)
    openings = _end_openings(session, agent_id, by)
    if session.scalar(select(AgentRole.agent_id).where(AgentRole.agent_id == agent_id).limit(1)) is None:
        _revoke_feeds(session, agent_id, by.now)
    _note(session, "colleague.removed", by, agent_id, sessions_ended=ended, openings_ended=openings)


def forget_second_factor(session: Session, agent_id: int, *, by: By) -> None:
    """For whoever lost telephone and recovery codes: the password alone opens the account, which is signed out.

    Raises NotFound.
    """
    _held(session, agent_id, by.organisation.id)
    second_factor.remove_all(session, agent_id)
    ended = signing_in.end_sessions(session, agent_id, now=by.now)
    _note(session, "colleague.second_factor_removed", by, agent_id, sessions_ended=ended)


def end_sessions(session: Session, agent_id: int, *, by: By) -> int:
    """A colleague is signed out everywhere, and signs in anew. Returns how many sessions were open. Raises NotFound."""
    _held(session, agent_id, by.organisation.id)
    ended = signing_in.end_sessions(session, agent_id, now=by.now)
    if ended:
        _note(session, "colleague.sessions_ended", by, agent_id, sessions_ended=ended)
    return ended


def _agent_with(session: Session, email: str, now: datetime) -> Agent:
    """The account with this email; one that nobody has opened yet, without names, when there is none."""
    known = select(Agent).where(Agent.email == email)
    agent = session.scalar(known)
    if agent is None:
        agent = Agent(email=email, first_name="", last_name="", display_name=email[:80], created_at=now)
        try:
            with session.begin_nested():
                session.add(agent)
        except IntegrityError:  # a colleague elsewhere was faster
            agent = session.scalars(known).one()
    if agent.closed_at is not None:
        raise AccountClosed
    return agent


def _held(session: Session, agent_id: int, organisation_id: int) -> AgentRole:
    """The role, with those of the organisation held until the transaction ends: two who leave at once leave one behind."""
    hold_rows(session, select(AgentRole.agent_id).where(AgentRole.organisation_id == organisation_id))
    held = session.get(AgentRole, (agent_id, organisation_id), populate_existing=True)
    if held is None:
        raise NotFound
    return held


def _keep_an_administrator(session: Session, but: int, organisation_id: int) -> None:
    """Raises LastAdministrator when nobody else administers the organisation."""
    other = (
        select(AgentRole.agent_id)
        .join(Agent, Agent.id == AgentRole.agent_id)
        .where(
            AgentRole.organisation_id == organisation_id,
            AgentRole.role == Role.ADMIN,
            AgentRole.agent_id != but,
            Agent.closed_at.is_(None),
        )
        .limit(1)
    )
    if session.scalar(other) is None:
        raise LastAdministrator


def _waiting(session: Session, link_id: int, organisation_id: int) -> AgentLink:
    link = session.get(AgentLink, link_id)
    is_here = link is not None and link.purpose is LinkPurpose.JOIN and link.organisation_id == organisation_id
    if link is None or not is_here or link.ended_at is not None:
        raise NotFound
    return link


def _end_openings(session: Session, agent_id: int, by: By) -> int:
    today = by.now.astimezone(by.organisation.department.zone).date()
    theirs = session.scalars(
        select(Opening).where(
            Opening.agent_id == agent_id,
            Opening.organisation_id == by.organisation.id,
            (Opening.last_on.is_(None)) | (Opening.last_on >= today),
        )
    ).all()
    for opening in theirs:
        openings_changes.end(session, opening, from_on=today, agent_id=by.agent.id, now=by.now)
    return len(theirs)


def _revoke_feeds(session: Session, agent_id: int, now: datetime) -> None:
    session.execute(
        update(CalendarFeed)
        .where(CalendarFeed.agent_id == agent_id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _note(session: Session, action: str, by: By, colleague_id: int, **details: Any) -> None:
    journal.note(
        session,
        action,
        now=by.now,
        organisation_id=by.organisation.id,
        agent_id=by.agent.id,
        colleague_id=colleague_id,
        **details,
    )
