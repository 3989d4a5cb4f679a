"""Who accompanies a person, and the number at which each of them is called."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from invitations import journal, options
from invitations.database import hold_rows
from invitations.errors import NotFound
from invitations.models import Agent, AgentRole, Beneficiary, Referent


def assign(
    session: Session,
    person: Beneficiary,
    referent_id: int,
    *,
    organisation_id: int,
    agent_id: int | None,
    now: datetime,
) -> None:
    """A colleague of the organisation accompanies the person. Repeated, changes nothing. Raises NotFound."""
    if referent_id not in {one.id for one in options.agents(session, organisation_id)}:
        raise NotFound
    hold_rows(session, select(Beneficiary.id).where(Beneficiary.id == person.id))
    if _accompanies(session, person, referent_id):
        return
    session.add(Referent(beneficiary_id=person.id, agent_id=referent_id, created_at=now))
    session.flush()
    _note(session, "referent.assigned", person, referent_id, organisation_id, agent_id, now)


def remove(
    session: Session, person: Beneficiary, referent_id: int, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """They accompany the person no more. Whoever left the organisation may be removed, too; of another one: NotFound."""
    theirs = select(AgentRole.organisation_id).where(AgentRole.agent_id == referent_id)
    organisations = set(session.scalars(theirs))
    if organisations and organisation_id not in organisations:
        raise NotFound
    if not _accompanies(session, person, referent_id):
        return
    session.execute(delete(Referent).where(Referent.beneficiary_id == person.id, Referent.agent_id == referent_id))
    _note(session, "referent.removed", person, referent_id, organisation_id, agent_id, now)


def write_phone(session: Session, agent: Agent, phone: str | None, *, organisation_id: int, now: datetime) -> None:
    """Where an agent is called by those they accompany; None: at their organisation's number only."""
    if agent.phone == phone:
        return
    agent.phone = phone
    journal.note(session, "agent.phone_written", now=now, organisation_id=organisation_id, agent_id=agent.id)


def _accompanies(session: Session, person: Beneficiary, agent_id: int) -> bool:
    return session.get(Referent, (person.id, agent_id)) is not None


def _note(
    session: Session,
    action: str,
    person: Beneficiary,
    referent_id: int,
    organisation_id: int,
    agent_id: int | None,
    now: datetime,
) -> None:
    session.expire(person, ["referents"])
    journal.note(
        session,
        action,
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=person.id,
        referent_id=referent_id,
    )
