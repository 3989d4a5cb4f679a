"""Collective sessions: planned alone or as a series, looked at before they are saved, saved.

A session is an appointment of a collective type, with seats. Its wall time is the place's: a series keeps its hour
across clock changes. What speaks against a day is told before; only time that an agent has given elsewhere refuses it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations.agenda.recurrence import occurrences
from invitations.agenda.slots import moment_of
from invitations.agenda.wall_time import span
from invitations.database import hold_rows
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome, SeriesTooLong, SlotTaken
from invitations.journal import note
from invitations.models import Agent, AgentRole, Appointment, AppointmentType, Author, Place
from invitations.rhythm import Rhythm
from invitations.session_doubts import Time, Trouble, troubles_of
from invitations.taking import time_of

# A series is planned for a season or two; more is a mistake in a field.
LONGEST_SERIES = 60
# As far as the longest of them reaches, one a month.
_REACH = timedelta(days=31 * (LONGEST_SERIES + 1))


@dataclass(frozen=True, slots=True)
class Plan:
    """A session as somebody asks for it. `rhythm`: the days; `times`: the first so many of them (None: all).

    `ends_at_time` None: the type's duration. No `title`: people read the type's name.
    """

    type_id: int
    place_id: int
    agent_ids: tuple[int, ...]
    title: str
    seats: int
    rhythm: Rhythm
    starts_at_time: time
    ends_at_time: time | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One day of a plan, and what speaks against it: nothing, mostly."""

    on: date
    starts_at: datetime
    ends_at: datetime
    troubles: tuple[Trouble, ...]

    @property
    def is_possible(self) -> bool:
        return not any(one.forbids for one in self.troubles)


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows that a plan names, all of them the organisation's."""

    type: AppointmentType
    place: Place
    agents: list[Agent]


def examine(session: Session, plan: Plan, *, organisation_id: int, now: datetime) -> list[Occurrence]:
    """Every session of the plan that is to come, with what speaks against it. Two queries for all of them.

    Raises NotFound for what is of elsewhere; EndsBeforeItStarts; NothingToCome; SeriesTooLong.
    """
    checked = check(session, plan, organisation_id)
    times = [one for one in times_of(plan, checked) if one.starts_at > now]
    if not times:
        raise NothingToCome
    if len(times) > LONGEST_SERIES:
        raise SeriesTooLong(longest=LONGEST_SERIES)
    troubles = troubles_of(session, times, place=checked.place, agents=checked.agents)
    return [
        Occurrence(one.on, one.starts_at, one.ends_at, tuple(found)) for one, found in zip(times, troubles, strict=True)
    ]


def create(
    session: Session, plan: Plan, *, organisation_id: int, agent_id: int, skipping: bool, now: datetime
) -> list[Appointment]:
    """Save the sessions: on days that are possible, those with a doubt left out when `skipping`.

    Raises as `examine` does, and SlotTaken when nothing is left to save.
    """
    hold_agents(session, plan.agent_ids)
    checked = check(session, plan, organisation_id)
    found = examine(session, plan, organisation_id=organisation_id, now=now)
    kept = [one for one in found if one.is_possible and not (skipping and one.troubles)]
    if not kept:
        raise SlotTaken
    series_uid = str(uuid.uuid4()) if len(kept) > 1 else None
    made = [save(session, plan, one, checked, series_uid, now=now) for one in kept]
    note(
        session,
        "session.created",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        appointment_id=made[0].id,
        sessions=len(made),
    )
    return made


def save(
    session: Session, plan: Plan, one: Occurrence, checked: Checked, series_uid: str | None, *, now: datetime
) -> Appointment:
    appointment = Appointment(
        uid=str(uuid.uuid4()),
        organisation_id=checked.type.organisation_id,
        type_id=plan.type_id,
        place_id=plan.place_id,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        seats=plan.seats,
        title=plan.title,
        series_uid=series_uid,
        created_by=Author.AGENT,
        created_at=now,
    )
    session.add(appointment)
    session.flush()
    take_time(session, appointment, [agent.id for agent in checked.agents], checked.type)
    return appointment


def take_time(session: Session, appointment: Appointment, agent_ids: Sequence[int], type_: AppointmentType) -> None:
    """Put a session into its agents' time; they are held. Raises SlotTaken: the database has the last word."""
    try:
        with session.begin_nested():
            session.add_all(time_of(appointment, agent_id, type_) for agent_id in sorted(agent_ids))
    except IntegrityError as error:
        if "no_overlap" not in str(error.orig):
            raise
        raise SlotTaken from error


def hold_agents(session: Session, agent_ids: Sequence[int]) -> None:
    """Nobody else gives their time away meanwhile. Several at once, always in the order of their ids."""
    hold_rows(session, select(Agent.id).where(Agent.id.in_(agent_ids)).order_by(Agent.id))


def check(session: Session, plan: Plan, organisation_id: int) -> Checked:
    """The type, place and agents of a plan. Raises NotFound for what is of elsewhere, closed, or individual."""
    type_ = session.get(AppointmentType, plan.type_id)
    place = session.get(Place, plan.place_id)
    agents = list(
        session.scalars(
            select(Agent)
            .join(AgentRole, AgentRole.agent_id == Agent.id)
            .where(
                Agent.id.in_(plan.agent_ids), AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None)
            )
            .order_by(Agent.id)
        )
    )
    if type_ is None or type_.organisation_id != organisation_id or not type_.is_collective:
        raise NotFound
    if place is None or place.organisation_id != organisation_id or place.closed_at is not None:
        raise NotFound
    if not agents or {agent.id for agent in agents} != set(plan.agent_ids):
        raise NotFound
    return Checked(type_, place, agents)


def times_of(plan: Plan, checked: Checked) -> list[Time]:
    """When the sessions of a plan happen, in the wall time of its place. Raises EndsBeforeItStarts."""
    ends = plan.ends_at_time or end_by_duration(plan.starts_at_time, checked.type.duration)
    if ends <= plan.starts_at_time:
        raise EndsBeforeItStarts
    first = plan.rhythm.starts_on
    days = occurrences(plan.rhythm.rrule, first, first=first, last=first + _REACH)
    return [
        at(day, plan.starts_at_time, ends, checked.place.zone)
        for day in days[: plan.times]
        if exists(day, plan, checked)
    ]


def end_by_duration(starts: time, duration: timedelta) -> time:
    """The wall time at which something ends that lasts so long. Raises EndsBeforeItStarts past midnight."""
    begins = datetime.combine(date.min, starts)
    ends = begins + duration
    if ends.date() != begins.date():
        raise EndsBeforeItStarts
    return ends.time()


def at(day: date, starts: time, ends: time, zone: ZoneInfo) -> Time:
    (first, last), _ = span(day, starts, ends, zone)
    return Time(day, moment_of(first), moment_of(last))


def exists(day: date, plan: Plan, checked: Checked) -> bool:
    """False for an hour that the clock jumps over that day: it is skipped (slots.md)."""
    starts_at = at(day, plan.starts_at_time, time.max, checked.place.zone).starts_at
    return starts_at.astimezone(checked.place.zone).time() == plan.starts_at_time


def usual_seats(session: Session, organisation_id: int) -> int | None:
    """How many seats a new session has, as the organisation's first collective type says; None without such a type."""
    return session.scalar(
        select(AppointmentType.seats)
        .where(
            AppointmentType.organisation_id == organisation_id,
            AppointmentType.is_collective,
            AppointmentType.closed_at.is_(None),
        )
        .order_by(AppointmentType.name, AppointmentType.id)
        .limit(1)
    )
