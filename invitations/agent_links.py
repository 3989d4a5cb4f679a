"""The links that professionals get by email: made, owed, opened, ended. Each works once, for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invitations.agent_paths import CODE
from invitations.codes import Codes
from invitations.database import hold_rows, insert_missing
from invitations.errors import AgentLinkUnknown, LinkOver
from invitations.messages import LINK, parted
from invitations.models import (
    Agent,
    AgentLink,
    Channel,
    LinkPurpose,
    Message,
    MessageKind,
    MessageState,
    Organisation,
)
from invitations.words import LONG, fill

LIVES_FOR = {LinkPurpose.JOIN: timedelta(days=7), LinkPurpose.PASSWORD: timedelta(hours=1)}
KINDS = {LinkPurpose.JOIN: MessageKind.COLLEAGUE_INVITED, LinkPurpose.PASSWORD: MessageKind.PASSWORD_FORGOTTEN}


@dataclass(frozen=True, slots=True)
class LinkWords:
    """The closed list of what its email may say. `by`: who invites; nobody asks for a new password but oneself."""

    first_name: str
    by: str
    organisation: str
    department: str
    last_day: str
    last_hour: str
    link: str = LINK


def make(
    session: Session, purpose: LinkPurpose, agent: Agent, *, codes: Codes, now: datetime, **what: Any
) -> AgentLink:
    """A new link for an agent. `what`: the columns that its purpose needs."""
    link = AgentLink(purpose=purpose, agent=agent, created_at=now, expires_at=now + LIVES_FOR[purpose], **what)
    session.add(link)
    session.flush()
    link.code_hash = codes.kept(codes.derive(CODE, link.id))
    return link


def send(session: Session, link: AgentLink, organisation: Organisation, *, by: str = "", now: datetime) -> None:
    """Owe the email that carries the link. It leaves at once: somebody has just asked for it."""
    zone, kind = organisation.department.zone, KINDS[link.purpose]
    words = LinkWords(
        first_name=link.agent.first_name,
        by=by,
        organisation=organisation.name,
        department=organisation.department.full_name,
        last_day=LONG.day(link.expires_at, zone),
        last_hour=LONG.hour(link.expires_at, zone),
    )
    subject, body = parted(fill(f"{kind}.{Channel.EMAIL}.txt", words))
    message = {
        "once": f"{kind}:l{link.id}",
        "organisation_id": organisation.id,
        "agent_id": link.agent_id,
        "agent_link_id": link.id,
        "kind": kind,
        "channel": Channel.EMAIL,
        "address": link.agent.email,
        "subject": subject,
        "body": body,
        "state": MessageState.PENDING,
        "due_at": now,
        "useless_at": link.expires_at,
        "leaves_at_once": True,
        "created_at": now,
    }
    insert_missing(session, Message, [message], key="once")


def find(session: Session, purpose: LinkPurpose, code: str, *, codes: Codes, now: datetime) -> AgentLink:
    """The link with this code. Raises AgentLinkUnknown; LinkOver when it works no more."""
    link = session.scalar(
        select(AgentLink).where(AgentLink.code_hash.in_(codes.every_kept(code)), AgentLink.purpose == purpose)
    )
    if link is None:
        raise AgentLinkUnknown
    if link.ended_at is not None or link.expires_at <= now or link.agent.closed_at is not None:
        raise LinkOver(purpose=purpose)
    return link


def take(session: Session, purpose: LinkPurpose, code: str, *, codes: Codes, now: datetime) -> AgentLink:
    """The same, for whoever uses it up: of two at once, the second finds it over."""
    hold_rows(session, select(AgentLink.id).where(AgentLink.code_hash.in_(codes.every_kept(code))))
    link = find(session, purpose, code, codes=codes, now=now)
    link.used_at = link.ended_at = now
    return link


def end_all(
    session: Session, purpose: LinkPurpose, agent_id: int, *, now: datetime, organisation_id: int | None = None
) -> None:
    """The links an agent has for this purpose (in this organisation) lead nowhere from now on."""
    ended = update(AgentLink).where(
        AgentLink.purpose == purpose, AgentLink.agent_id == agent_id, AgentLink.ended_at.is_(None)
    )
    if organisation_id is not None:
        ended = ended.where(AgentLink.organisation_id == organisation_id)
    session.execute(ended.values(ended_at=now))
