"""When agents don't receive, once. An absence cancels nothing by itself: somebody sees to what is booked.

A day off of one agent and a training of twenty are the same thing, a row for each: rows that say the same are shown and
changed together. Absences that come back are in `regular_absences`, the lists in `absences_list`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.journal import note
from invitations.models import Absence, Agent, AgentRole
from invitations.openings import agents_of


@dataclass(frozen=True, slots=True)
class Away:
    """When nobody is received, and what colleagues read about it."""

    starts_at: datetime
    ends_at: datetime
    label: str = ""


def add(
    session: Session,
    absent_ids: Collection[int],
    away: Away,
    *,
    organisation_id: int,
    agent_id: int,
    now: datetime,
) -> list[Absence]:
    """These agents don't receive in between. `agent_id` is who says so.

    Raises NotFound for an agent of elsewhere; EndsBeforeItStarts; NothingToCome when it is over already.
    """
    check(away, now)
    absences = [
        Absence(agent_id=one, starts_at=away.starts_at, ends_at=away.ends_at, label=away.label, created_at=now)
        for one in agents_of(session, absent_ids, organisation_id)
    ]
    session.add_all(absences)
    session.flush()
    tell(session, "absence.added", absences, organisation_id=organisation_id, agent_id=agent_id, now=now)
    return absences


def change(
    session: Session, absences: Sequence[Absence], away: Away, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """They are absent then instead. Raises EndsBeforeItStarts; NothingToCome."""
    check(away, now)
    for absence in absences:
        absence.starts_at, absence.ends_at, absence.label = away.starts_at, away.ends_at, away.label
    tell(session, "absence.changed", absences, organisation_id=organisation_id, agent_id=agent_id, now=now)


def remove(
    session: Session, absences: Sequence[Absence], *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """These agents receive after all."""
    tell(session, "absence.removed", absences, organisation_id=organisation_id, agent_id=agent_id, now=now)
    session.execute(delete(Absence).where(Absence.id.in_([one.id for one in absences])))


def check(away: Away, now: datetime) -> None:
    if away.ends_at <= away.starts_at:
        raise EndsBeforeItStarts
    if away.ends_at <= now:
        raise NothingToCome


def seen_by(session: Session, absence_id: int, organisation_id: int, *, hold: bool = False) -> list[Absence]:
    """An absence of one of the organisation's agents, first; then those of colleagues that say the same.

    With `hold` until the transaction ends, for whoever changes them. Raises NotFound.
    """
    theirs = (
        select(AgentRole.agent_id)
        .join(Agent)
        .where(AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None))
    )
    absence = session.get(Absence, absence_id)
    if absence is None:
        raise NotFound
    query = (
        select(Absence)
        .where(
            Absence.agent_id.in_(theirs),
            Absence.starts_at == absence.starts_at,
            Absence.ends_at == absence.ends_at,
            Absence.label == absence.label,
        )
        .order_by(Absence.id)
    )
    query = locked(query).execution_options(populate_existing=True) if hold else query
    found = session.scalars(query).all()
    if absence not in found:
        raise NotFound
    return sorted(found, key=lambda one: one.id != absence_id)


def tell(
    session: Session,
    action: str,
    absences: Sequence[Absence],
    *,
    organisation_id: int,
    agent_id: int,
    now: datetime,
) -> None:
    for absence in absences:
        note(session, action, now=now, organisation_id=organisation_id, agent_id=agent_id, absence_id=absence.id)
