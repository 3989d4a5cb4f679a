"""When agents don't receive, again and again: a day off, a team meeting. In wall time, as openings.

A row for each agent; rows that say the same are shown and changed together, as in `absences`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.journal import note
from invitations.models import Agent, AgentRole, Organisation, RegularAbsence
from invitations.openings import agents_of
from invitations.rhythm import Rhythm, happens_on, taken_out

# A whole day in wall time: no opening goes on after the last minute.
DAY_BEGINS, DAY_ENDS = time(), time(23, 59)


@dataclass(frozen=True, slots=True)
class Habit:
    """What comes back, and when. The rhythm has weekdays: what happens once is an `Absence`."""

    rhythm: Rhythm
    starts_at_time: time = DAY_BEGINS
    ends_at_time: time = DAY_ENDS
    label: str = ""


def add(
    session: Session,
    absent_ids: Collection[int],
    habit: Habit,
    *,
    organisation: Organisation,
    agent_id: int,
    now: datetime,
) -> list[RegularAbsence]:
    """These agents don't receive then. `agent_id` is who says so.

    Raises NotFound for an agent of elsewhere; EndsBeforeItStarts; NothingToCome when none of its days is to come.
    """
    check(habit, organisation, now)
    absences = [
        fill(RegularAbsence(agent_id=one, timezone=organisation.department.timezone, exdates=[], created_at=now), habit)
        for one in agents_of(session, absent_ids, organisation.id)
    ]
    session.add_all(absences)
    session.flush()
    tell(session, "regular_absence.added", absences, organisation, agent_id, now)
    return absences


def change(
    session: Session,
    absences: Sequence[RegularAbsence],
    habit: Habit,
    *,
    organisation: Organisation,
    agent_id: int,
    now: datetime,
) -> None:
    """It is as the habit says from now on and before. Days taken out stay out. Raises EndsBeforeItStarts; NothingToCome."""
    check(habit, organisation, now)
    for absence in absences:
        fill(absence, habit)
    tell(session, "regular_absence.changed", absences, organisation, agent_id, now)


def take_out(
    session: Session,
    absences: Sequence[RegularAbsence],
    on: date,
    *,
    organisation: Organisation,
    agent_id: int,
    now: datetime,
) -> None:
    """These agents receive on `on`; nothing changes when they do already. Raises NotFound on a day that is none of its days."""
    if not all(happens_on(one.rrule, one.starts_on, (), on) for one in absences):
        raise NotFound
    for absence in absences:
        absence.exdates = sorted({*absence.exdates, on.isoformat()})
    tell(session, "regular_absence.day_removed", absences, organisation, agent_id, now, on=on.isoformat())


def put_back(
    session: Session,
    absences: Sequence[RegularAbsence],
    on: date,
    *,
    organisation: Organisation,
    agent_id: int,
    now: datetime,
) -> None:
    """They are absent on `on` after all. Raises NotFound on a day that is none of its days."""
    if not all(happens_on(one.rrule, one.starts_on, (), on) for one in absences):
        raise NotFound
    for absence in absences:
        absence.exdates = [day for day in absence.exdates if day != on.isoformat()]
    tell(session, "regular_absence.day_restored", absences, organisation, agent_id, now, on=on.isoformat())


def remove(
    session: Session,
    absences: Sequence[RegularAbsence],
    *,
    organisation: Organisation,
    agent_id: int,
    now: datetime,
) -> None:
    """It comes back no more, on no day."""
    tell(session, "regular_absence.removed", absences, organisation, agent_id, now)
    for absence in absences:
        session.delete(absence)


def check(habit: Habit, organisation: Organisation, now: datetime) -> None:
    if habit.ends_at_time <= habit.starts_at_time:
        raise EndsBeforeItStarts
    if not habit.rhythm.days(now.astimezone(organisation.department.zone).date()):
        raise NothingToCome


def fill(absence: RegularAbsence, habit: Habit) -> RegularAbsence:
    """Write the habit into the absence. Raises ValueError for a rhythm without weekdays."""
    rhythm = habit.rhythm
    if rhythm.rrule is None:
        raise ValueError("what happens once is no regular absence")
    absence.starts_on, absence.rrule, absence.last_on = rhythm.starts_on, rhythm.rrule, rhythm.last_on
    absence.starts_at_time, absence.ends_at_time = habit.starts_at_time, habit.ends_at_time
    absence.label = habit.label
    kept = taken_out(absence.rrule, absence.starts_on, absence.exdates, first=date.min)
    absence.exdates = [day.isoformat() for day in kept]
    return absence


def seen_by(session: Session, absence_id: int, organisation_id: int, *, hold: bool = False) -> list[RegularAbsence]:
    """A regular absence of one of the organisation's agents, first; then those of colleagues that say the same.

    With `hold` until the transaction ends, for whoever changes them. Raises NotFound.
    """
    theirs = (
        select(AgentRole.agent_id)
        .join(Agent)
        .where(AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None))
    )
    absence = session.get(RegularAbsence, absence_id)
    if absence is None:
        raise NotFound
    query = (
        select(RegularAbsence)
        .where(
            RegularAbsence.agent_id.in_(theirs),
            RegularAbsence.starts_on == absence.starts_on,
            RegularAbsence.rrule == absence.rrule,
            RegularAbsence.starts_at_time == absence.starts_at_time,
            RegularAbsence.ends_at_time == absence.ends_at_time,
            RegularAbsence.label == absence.label,
        )
        .order_by(RegularAbsence.id)
    )
    query = locked(query).execution_options(populate_existing=True) if hold else query
    found = session.scalars(query).all()
    if absence not in found:
        raise NotFound
    same = [one for one in found if (one.timezone, *one.exdates) == (absence.timezone, *absence.exdates)]
    return sorted(same, key=lambda one: one.id != absence_id)


def tell(
    session: Session,
    action: str,
    absences: Sequence[RegularAbsence],
    organisation: Organisation,
    agent_id: int,
    now: datetime,
    **details: Any,
) -> None:
    for absence in absences:
        note(
            session,
            action,
            now=now,
            organisation_id=organisation.id,
            agent_id=agent_id,
            regular_absence_id=absence.id,
            **details,
        )
