"""What administrators of a département read in their digest of the sending itself: services that are away, caps reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.digest_words import Capped, Sending, Stopped
from invitations.holidays import is_holiday
from invitations.models import AgentRole, Department, Organisation, OrganisationKind, Role
from invitations.outbox import caps, providers

# A service that is away for less comes back by itself more often than not.
LONG_ENOUGH = timedelta(hours=1)
_SATURDAY = 5


def read(session: Session, department: Department, *, now: datetime) -> Sending:
    """The services that have long been away, and the caps reached since the last working day began."""
    away = [one for one in providers.read(session, now=now) if one.opened_at and one.opened_at <= now - LONG_ENOUGH]
    reached = [
        one
        for days_ago in days_since_the_last_digest(department, now)
        for one in caps.reached(session, department_id=department.id, days_ago=days_ago, now=now)
    ]
    return Sending(
        stops=tuple(Stopped(one.channel, one.opened_at) for one in away if one.opened_at),
        caps=tuple(Capped(one.channel, one.per_day, one.on) for one in reached),
    )


def administrators(session: Session, department_id: int) -> frozenset[int]:
    """Ids of the agents who administer one of the département's own organisations."""
    return frozenset(
        session.scalars(
            select(AgentRole.agent_id)
            .join(Organisation, Organisation.id == AgentRole.organisation_id)
            .where(
                AgentRole.role == Role.ADMIN,
                Organisation.department_id == department_id,
                Organisation.kind == OrganisationKind.DEPARTMENT_COUNCIL,
            )
        )
    )


def days_since_the_last_digest(department: Department, now: datetime) -> list[int]:
    """1 on most days; on a Monday 3, 2, 1: nobody was told of what happened on Friday afternoon."""
    today = now.astimezone(department.zone).date()
    return sorted(_until_a_working_day(today, department.holidays_subdivision), reverse=True)


def _until_a_working_day(today: date, subdivision: str | None) -> Iterator[int]:
    for days_ago in range(1, 8):
        yield days_ago
        on = today - timedelta(days=days_ago)
        if on.weekday() < _SATURDAY and not is_holiday(on, subdivision):
            return
