"""An agent puts an appointment where they judge right, openings or not.

An agent's judgement outranks the software (product.md): whatever speaks against a time is said once, and one click
goes on. Only one thing is refused: an agent's time is never taken twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from invitations import follow_ups, journal, moving, waiting
from invitations.codes import Codes
from invitations.concerns import Concern, concerns_of
from invitations.errors import Doubtful, FollowUpClosed, MovedMeanwhile, NotChangeable, NotFound, SlotTaken
from invitations.models import (
    Agent,
    AgentRole,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Author,
    FollowUp,
    Participation,
    Place,
    PlaceType,
)
from invitations.sessions_changing import hold_everyone
from invitations.taking import check_not_booked, claim, hold_agent_if_free, join, time_of


@dataclass(frozen=True, slots=True)
class Spot:
    """Where and when, as an agent wants it. `lasting` None: the type's duration; `place_id` None: nobody travels."""

    agent_id: int
    type_id: int
    place_id: int | None
    starts_at: datetime
    lasting: timedelta | None = None


def concerns(
    session: Session, spot: Spot, *, organisation_id: int, now: datetime, without: int | None = None
) -> list[Concern]:
    """What speaks against this spot, in a fixed order; `without` is the appointment that would move there.

    Raises NotFound for an agent, type or place of elsewhere.
    """
    type_, place = check(session, spot, organisation_id)
    return concerns_of(
        session, spot.agent_id, type_, place, spot.starts_at, end_of(spot, type_), now=now, without=without
    )


def place(
    session: Session,
    follow_up: FollowUp,
    spot: Spot,
    *,
    organisation_id: int,
    agent_id: int | None,
    codes: Codes,
    now: datetime,
    anyway: bool = False,
) -> Participation:
    """Book this spot for a person; they are told as of any booking.

    Raises Doubtful (details: `concerns`) unless `anyway`, SlotTaken when the agent's time is taken, AlreadyBooked,
    FollowUpClosed, NotFound.
    """
    if follow_ups.hold(session, follow_up.id).closed_at is not None:
        raise FollowUpClosed
    check_not_booked(session, follow_up.id, now=now)
    type_, _ = check(session, spot, organisation_id)
    if type_.category_id != follow_up.category_id or type_.is_collective:  # a session is made with its seats
        raise NotFound
    check_judged(concerns(session, spot, organisation_id=organisation_id, now=now), anyway=anyway)
    appointment = Appointment(
        uid=str(uuid.uuid4()),
        organisation_id=organisation_id,
        type_id=spot.type_id,
        place_id=spot.place_id,
        starts_at=spot.starts_at,
        ends_at=end_of(spot, type_),
        created_by=Author.AGENT,
        created_at=now,
    )
    if not claim(session, appointment, spot.agent_id, type_, anyway=True):
        raise SlotTaken
    return join(session, appointment, follow_up, None, by=Author.AGENT, codes=codes, now=now, agent_id=agent_id)


def shift(
    session: Session,
    appointment: Appointment,
    spot: Spot,
    *,
    organisation_id: int,
    agent_id: int | None,
    now: datetime,
    anyway: bool = False,
    seen: int | None = None,
) -> None:
    """Move an appointment, or a whole session, to this spot; its type stays, everyone is told once.

    A session held by several agents keeps them. `seen` is the version that whoever moves it has seen. Raises as `place`
    does, NotChangeable for one that is past, cancelled or held for a proposition, MovedMeanwhile for another version.
    """
    if appointment.organisation_id != organisation_id or spot.type_id != appointment.type_id:
        raise NotFound
    participations = hold_everyone(session, [appointment.id])
    session.refresh(appointment)
    if appointment.cancelled_at is not None or appointment.held_until is not None or appointment.starts_at <= now:
        raise NotChangeable
    type_, _ = check(session, spot, organisation_id)
    agents = agents_after(appointment, spot)
    if is_there(appointment, agents, spot, type_):
        return
    if seen is not None and seen != appointment.version:
        raise MovedMeanwhile
    found = [
        one
        for moved in agents
        for one in concerns(
            session, spot_of(spot, moved), organisation_id=organisation_id, now=now, without=appointment.id
        )
    ]
    check_judged(list(dict.fromkeys(found)), anyway=anyway)
    before, freed = appointment.starts_at, waiting.time_of(session, appointment)
    if not resettle(session, appointment, agents, spot, type_):
        raise SlotTaken
    appointment.moved_at = now
    if not type_.is_collective:
        waiting.set_aside(session, freed, now=now)
    for one in participations:
        moving.owe_moved(session, one, before, now=now)
        follow_ups.refresh(session, one.follow_up, now=now)
    journal.note(
        session,
        "appointment.moved",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=participations[0].beneficiary_id if len(participations) == 1 else None,
        appointment_id=appointment.id,
        version=appointment.version,
        despite=[str(one) for one in found],
    )


def check(session: Session, spot: Spot, organisation_id: int) -> tuple[AppointmentType, Place | None]:
    """The type and place of a spot, all of it the organisation's. Raises NotFound."""
    type_ = session.get(AppointmentType, spot.type_id)
    if type_ is None or type_.organisation_id != organisation_id:
        raise NotFound
    place = session.get(Place, spot.place_id) if spot.place_id is not None else None
    if place is None and (spot.place_id is not None or type_.place_type is PlaceType.PUBLIC_OFFICE):
        raise NotFound
    works_here = (
        select(AgentRole.agent_id)
        .join(Agent)
        .where(
            AgentRole.agent_id == spot.agent_id, AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None)
        )
    )
    if (place is not None and place.organisation_id != organisation_id) or session.scalar(works_here) is None:
        raise NotFound
    return type_, place


def check_judged(found: Sequence[Concern], *, anyway: bool) -> None:
    if found and not anyway:
        raise Doubtful(concerns=list(found))


def end_of(spot: Spot, type_: AppointmentType) -> datetime:
    return spot.starts_at + (spot.lasting or type_.duration)


def agents_after(appointment: Appointment, spot: Spot) -> list[int]:
    """Whose time it takes after the move: the agent of the spot, or all of them when there are several."""
    present = [one.agent_id for one in appointment.times]
    return sorted(present) if len(present) > 1 and spot.agent_id in present else [spot.agent_id]


def spot_of(spot: Spot, agent_id: int) -> Spot:
    return Spot(agent_id, spot.type_id, spot.place_id, spot.starts_at, spot.lasting)


def is_there(appointment: Appointment, agents: Sequence[int], spot: Spot, type_: AppointmentType) -> bool:
    """True when it is where it would be moved: the same move posted again changes nothing."""
    present = (
        appointment.starts_at,
        appointment.ends_at,
        appointment.place_id,
        {one.agent_id for one in appointment.times},
    )
    return present == (spot.starts_at, end_of(spot, type_), spot.place_id, set(agents))


def resettle(
    session: Session, appointment: Appointment, agents: Sequence[int], spot: Spot, type_: AppointmentType
) -> bool:
    """Give the appointment its new time, place and agents. False when one of them is taken, and nothing has changed."""
    with session.begin_nested() as attempt:
        old = {name: getattr(appointment, name) for name in ("starts_at", "ends_at", "place_id")}
        appointment.starts_at, appointment.ends_at = spot.starts_at, end_of(spot, type_)
        appointment.place_id = spot.place_id
        times = [time_of(appointment, one, type_) for one in agents]
        with session.no_autoflush:
            free = all(hold_agent_if_free(session, one, appointment, type_, anyway=True) for one in times)
        if not free:
            for name, value in old.items():
                setattr(appointment, name, value)
            attempt.rollback()
            return False
        session.execute(delete(AppointmentAgent).where(AppointmentAgent.appointment_id == appointment.id))
        session.add_all(times)
        appointment.version += 1
        session.flush()
    session.expire(appointment, ["place", "agents", "times"])
    return True
