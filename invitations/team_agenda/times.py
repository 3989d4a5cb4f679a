"""A wall time that an agent wants; what an opening suggests for it; the free times nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.agenda.reading import Range
from invitations.agenda.slots import Slot
from invitations.agenda.wall_time import midnight
from invitations.convening import agents_slots
from invitations.models import AppointmentAgent, AppointmentType, Organisation
from invitations.team_agenda.receiving import Receiving, closed_days, receiving

NEAREST = 3


def moment(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment of a wall time, the first one when it happens twice. Raises ValueError when the clock jumps over it."""
    wanted = datetime.combine(on, at, zone)
    found = wanted.astimezone(UTC)
    if found.astimezone(zone).time() != at:
        raise ValueError(wanted.isoformat())
    return found


def opening_near(
    session: Session, organisation: Organisation, agent_id: int, on: date, at: time | None, *, now: datetime
) -> Receiving | None:
    """The agent's opening of that day that holds the time; without one, the first of the day that is not over."""
    zone = organisation.department.zone
    wanted = Range(midnight(on, zone), midnight(on + timedelta(days=1), zone))
    those = receiving(session, organisation, [agent_id], wanted, closed_days(session, organisation, [on]))
    holding = (one for one in those if at and one.starts_at <= datetime.combine(on, at, one.zone) < one.ends_at)
    return next(holding, next((one for one in those if one.ends_at > now), None))


def is_taken(
    session: Session, agent_id: int, starts_at: datetime, ends_at: datetime, *, without: int | None = None
) -> bool:
    """True when an appointment of the agent, for whatever organisation, overlaps; `without` is the one that would move."""
    overlapping = select(AppointmentAgent.appointment_id).where(
        AppointmentAgent.agent_id == agent_id,
        AppointmentAgent.is_live,
        AppointmentAgent.appointment_id != (without or 0),
        AppointmentAgent.starts_at < ends_at,
        AppointmentAgent.ends_at > starts_at,
    )
    return session.scalar(overlapping.limit(1)) is not None


def nearest_free(
    session: Session, types: Sequence[AppointmentType], agent_id: int, starts_at: datetime, *, now: datetime
) -> list[Slot]:
    """The few free slots closest to a time that is taken, the same agent's first, in order of time."""
    slots = agents_slots(session, types, now=now)
    closest = sorted(slots, key=lambda one: (one.agent_id != agent_id, abs(one.starts_at - starts_at)))
    return sorted(closest[:NEAREST])
