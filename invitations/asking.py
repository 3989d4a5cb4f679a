"""Asking colleagues to open slots: one short email each, one a day at most, whoever asks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import journal, messages
from invitations.database import insert_missing
from invitations.models import Agent, AgentRole, Channel, Message, MessageKind, MessageState, Organisation
from invitations.words import LINK, LONG, fill

KIND = MessageKind.OPENINGS_ASKED
TEMPLATE = f"{KIND}.{Channel.EMAIL}.txt"


@dataclass(frozen=True, slots=True)
class AskingWords:
    """The closed list of what its template may say. `missing` 0: there are enough for now, some more would help."""

    first_name: str
    by: str
    organisation: str
    department: str
    missing: int
    last_day: str
    link: str = LINK


@dataclass(frozen=True, slots=True)
class Need:
    """What is missing, and by which day; zero and None when nothing is."""

    missing: int = 0
    by: date | None = None


def ask(
    session: Session,
    organisation: Organisation,
    colleague_ids: Collection[int],
    *,
    need: Need,
    by: Agent,
    now: datetime,
) -> int:
    """Owe the email to these colleagues of the organisation. Returns how many get one; those asked today are left out."""
    colleagues = session.scalars(
        select(Agent)
        .join(AgentRole, AgentRole.agent_id == Agent.id)
        .where(AgentRole.organisation_id == organisation.id, Agent.id.in_(colleague_ids), Agent.closed_at.is_(None))
        .order_by(Agent.id)
    ).all()
    rows = [_row(one, organisation, need, by, now) for one in colleagues if one.id != by.id]
    asked = insert_missing(session, Message, rows, key="once")
    if asked:
        journal.note(
            session,
            "openings.asked",
            now=now,
            organisation_id=organisation.id,
            agent_id=by.id,
            colleagues=[row["agent_id"] for row in rows if row["once"] in asked],
            missing=need.missing,
        )
    return len(asked)


def _row(agent: Agent, organisation: Organisation, need: Need, by: Agent, now: datetime) -> dict[str, object]:
    department = organisation.department
    last_day = LONG.day(datetime.combine(need.by, time(12), department.zone), department.zone) if need.by else ""
    words = AskingWords(
        agent.first_name, by.display_name, organisation.name, department.full_name, need.missing, last_day
    )
    subject, body = messages.parted(fill(TEMPLATE, words))
    today = now.astimezone(department.zone).date()
    return {
        "once": f"{KIND}:a{agent.id}:{today}",
        "organisation_id": organisation.id,
        "agent_id": agent.id,
        "kind": KIND,
        "channel": Channel.EMAIL,
        "address": agent.email,
        "subject": subject,
        "body": body,
        "state": MessageState.PENDING,
        "due_at": now,
        "created_at": now,
    }
