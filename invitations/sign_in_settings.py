"""What the administrators of a département ask of every sign-in in it (`sign_in_rules`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from invitations import journal, second_factor
from invitations.database import hold_rows
from invitations.department_settings import Speaker
from invitations.models import Agent, AgentRole, AgentSession, ApiSession, Department, Organisation
from invitations.sign_in_rules import GRAIN, IDLE_CHOICES


@dataclass(frozen=True, slots=True)
class Wish:
    """`idle_minutes`: one of IDLE_CHOICES; None: a session lasts the day."""

    second_factor: bool
    idle_minutes: int | None

    def __post_init__(self) -> None:
        if self.idle_minutes not in {None, *IDLE_CHOICES}:
            raise ValueError(self.idle_minutes)


def wish_of(department: Department) -> Wish:
    """What it asks today."""
    return Wish(department.second_factor_since is not None, department.idle_minutes)


def change(session: Session, wish: Wish, *, by: Speaker, now: datetime) -> None:
    """Ask for this from now on, of open sessions too: those lie idle from this moment. Repeated, changes nothing."""
    department = by.department
    hold_rows(session, select(Department.id).where(Department.id == department.id))
    session.refresh(department)
    before = wish_of(department)
    if wish == before:
        return
    if wish.second_factor != before.second_factor:
        department.second_factor_since = now if wish.second_factor else None
        if wish.second_factor:
            _end_programs(session, _agents_of(department), now)
    department.idle_minutes = wish.idle_minutes
    if wish.idle_minutes is not None:
        _shorten(session, _agents_of(department), wish.idle_minutes, now)
    journal.note(
        session, "department.sign_in_changed", now=now, organisation_id=by.organisation.id, agent_id=by.agent_id,
        department_id=department.id, second_factor=wish.second_factor, idle_minutes=wish.idle_minutes,
    )  # fmt: skip


def without_second_factor(session: Session, department: Department) -> int:
    """How many accounts of the département open by a password alone."""
    query = select(func.count()).where(
        Agent.id.in_(_agents_of(department)), Agent.closed_at.is_(None), ~second_factor.has_one(Agent.id)
    )
    return session.scalar(query) or 0


def take_in(session: Session, agent_id: int, department: Department, *, now: datetime) -> None:
    """Somebody comes to the département: what it asks holds for the sessions that they have open, too."""
    newcomer = select(Agent.id).where(Agent.id == agent_id)
    if department.second_factor_since is not None:
        _end_programs(session, newcomer, now)
    if department.idle_minutes is not None:
        _shorten(session, newcomer, department.idle_minutes, now)


def _end_programs(session: Session, agent_ids: Select[int], now: datetime) -> None:
    """Programs that were let in by a password alone: they are told to take a key."""
    theirs = update(ApiSession).where(
        ApiSession.agent_id.in_(agent_ids), ApiSession.ended_at.is_(None), ApiSession.expires_at > now
    )
    session.execute(theirs.values(ended_at=now), execution_options={"synchronize_session": False})


def _shorten(session: Session, agent_ids: Select[int], idle_minutes: int, now: datetime) -> None:
    """Their sessions lie idle from this moment."""
    until = now + timedelta(minutes=idle_minutes) + GRAIN
    session.execute(
        update(AgentSession)
        .where(
            AgentSession.agent_id.in_(agent_ids),
            AgentSession.ended_at.is_(None),
            AgentSession.expires_at > until,
        )
        .values(expires_at=until),
        execution_options={"synchronize_session": False},
    )


def _agents_of(department: Department) -> Select[int]:
    teams = select(Organisation.id).where(Organisation.department_id == department.id)
    return select(AgentRole.agent_id).where(AgentRole.organisation_id.in_(teams))
