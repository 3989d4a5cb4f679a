"""A machine books, moves and cancels, and says what became of it: an agent's own workflows, by ids.

A time is what it says: with an agent, where that agent is put, openings or not; without one, a time that is free, whoever
receives. Said again, each act changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import changing, convening, follow_ups, free_times, options, outcomes, people_editing, placing
from invitations import sessions_changing as sessions
from invitations.codes import Codes
from invitations.errors import NameUnknown, NotChangeable, NotFound, PersonNeeded, PlaceNeeded, SlotTaken
from invitations.free_times import Reach
from invitations.machines import receiving, slots
from invitations.machines.callers import Caller
from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Organisation,
    Outcome,
    Participation,
    PlaceType,
)
from invitations.offers import Choice
from invitations.placing import Spot
from invitations.taking import appointment_to_come


@dataclass(frozen=True, slots=True)
class Wish:
    """When, and where and with whom when that matters. `anyway`: what speaks against it was read, and weighed."""

    starts_at: datetime
    place_id: int | None = None
    agent_id: int | None = None
    anyway: bool = False


def type_of(session: Session, organisation: Organisation, type_id: int) -> AppointmentType:
    """A type in use. Raises NameUnknown."""
    return slots.one_of(slots.types_in_use(session, organisation.id), type_id)


def book(
    session: Session,
    person: Beneficiary,
    type_: AppointmentType,
    wish: Wish,
    *,
    organisation: Organisation,
    by: Caller,
    codes: Codes,
    now: datetime,
) -> Participation:
    """Book for a person, who is told as of any booking; whoever is archived comes back.

    Raises SlotTaken, Doubtful (unless `anyway`), AlreadyBooked, FollowUpClosed, SessionFull, NameUnknown, PlaceNeeded.
    """
    check(session, organisation, wish)
    held = None if wish.starts_at > now else held_then(session, person.id, type_, wish)
    if held is not None:
        return held
    people_editing.join(session, person, organisation_id=organisation.id, agent_id=by.agent_id, now=now)
    follow_up = follow_ups.open_follow_up(session, person, type_.category_id, now=now)
    follow_ups.hold(session, follow_up.id)
    had = appointment_to_come(session, follow_up.id, now=now)
    if had is not None and is_it(had.appointment, type_, wish):
        return had
    about: dict[str, Any] = {"organisation_id": organisation.id, "agent_id": by.agent_id, "codes": codes, "now": now}
    if wish.agent_id is None:
        token = token_of(session, type_, wish, now=now)
        return convening.book_for(session, follow_up, token, **about)
    if type_.is_collective:  # its seats are in sessions that are there
        raise NameUnknown(what="type", name=str(type_.id))
    if type_.place_type is PlaceType.PUBLIC_OFFICE and wish.place_id is None:
        raise PlaceNeeded
    spot = Spot(wish.agent_id, type_.id, wish.place_id, wish.starts_at)
    return placing.place(session, follow_up, spot, anyway=wish.anyway, **about)


def move(session: Session, appointment: Appointment, wish: Wish, *, by: Caller, now: datetime) -> None:
    """Move it, or a whole session, as long as it lasts now; with its agent and at its place unless others are said.

    Raises SlotTaken, Doubtful (unless `anyway`), NotChangeable, NameUnknown.
    """
    agent_id = wish.agent_id or min((one.agent_id for one in appointment.times), default=None)
    if agent_id is None:
        raise NotChangeable
    check(session, appointment.organisation, replace(wish, agent_id=agent_id))  # whoever held it may have left
    spot = Spot(
        agent_id,
        appointment.type_id,
        wish.place_id or appointment.place_id,
        wish.starts_at,
        appointment.ends_at - appointment.starts_at,
    )
    where = appointment.organisation_id
    placing.shift(session, appointment, spot, organisation_id=where, agent_id=by.agent_id, now=now, anyway=wish.anyway)


def cancel(
    session: Session, appointment: Appointment, *, person_id: int | None, by_person: bool, by: Caller, now: datetime
) -> None:
    """It won't be: the service cancels, and people are told, or a person has said that they can't come. A whole session
    when nobody of it is named.

    Raises NotChangeable for one that has begun, PersonNeeded, NotFound.
    """
    if appointment.type.is_collective and person_id is None and not by_person:
        if appointment.cancelled_at is None:
            sessions.cancel(session, appointment, rest=False, agent_id=by.agent_id, now=now)
        return
    wanted = Outcome.EXCUSED if by_person else Outcome.REVOKED
    participation = whose(appointment, person_id)
    if participation.outcome is not wanted and appointment.starts_at <= now:
        raise NotChangeable
    record_one(session, participation, wanted, by=by, now=now)


def record(
    session: Session, appointment: Appointment, outcome: Outcome, *, person_id: int | None, by: Caller, now: datetime
) -> None:
    """What became of it; always changeable (domain.md, "Outcomes"). Raises NotChangeable, PersonNeeded, NotFound,
    and for whoever comes back to a session SessionFull or AlreadyBooked."""
    record_one(session, whose(appointment, person_id), outcome, by=by, now=now)


def record_one(session: Session, participation: Participation, outcome: Outcome, *, by: Caller, now: datetime) -> None:
    """To come, the service's own cancellation is told to the person; anything else is only written."""
    if participation.outcome is outcome:
        return
    if outcome is Outcome.REVOKED and participation.appointment.starts_at > now:
        changing.revoke(session, participation, agent_id=by.agent_id, now=now)
    else:
        outcomes.record(session, participation, outcome, agent_id=by.agent_id, now=now)


def check(session: Session, organisation: Organisation, wish: Wish) -> None:
    """Raises NameUnknown for a place or an agent that is not of this organisation, or not any more."""
    receiving.check_place(session, organisation.id, wish.place_id)
    agents = {one.id for one in options.agents(session, organisation.id)} if wish.agent_id is not None else set()
    if wish.agent_id is not None and wish.agent_id not in agents:
        raise NameUnknown(what="agent", name=str(wish.agent_id))


def held_then(session: Session, person_id: int, type_: AppointmentType, wish: Wish) -> Participation | None:
    """What is wished for in the past, when it is written down already and nobody has cancelled it."""
    theirs = (
        select(Participation)
        .join(Appointment)
        .where(
            Participation.beneficiary_id == person_id,
            Participation.outcome.not_in((Outcome.EXCUSED, Outcome.REVOKED)),
            Appointment.type_id == type_.id,
            Appointment.starts_at == wish.starts_at,
        )
        .order_by(Participation.id)
    )
    return next((one for one in session.scalars(theirs) if is_it(one.appointment, type_, wish)), None)


def is_it(appointment: Appointment, type_: AppointmentType, wish: Wish) -> bool:
    """True when this is what is wished for, as far as it is said."""
    return (
        appointment.organisation_id == type_.organisation_id
        and (appointment.type_id, appointment.starts_at) == (type_.id, wish.starts_at)
        and wish.place_id in (None, appointment.place_id)
        and (wish.agent_id is None or wish.agent_id in {one.agent_id for one in appointment.times})
    )


def token_of(session: Session, type_: AppointmentType, wish: Wish, *, now: datetime) -> str:
    """The time as a form would carry it. A place left out is the first at which the time is free. Raises SlotTaken."""
    place_id = wish.place_id
    if place_id is None:
        grace = convening.agents_grace([type_])
        found = free_times.find_at(session, [type_], Reach(), (wish.starts_at, None, type_.id), now=now, grace=grace)
        free = [slot.place_id for slot in found.slots] + [one.place_id for one in found.sessions]
        place_id = min(free, default=None)
    if place_id is None:
        raise SlotTaken
    return Choice(wish.starts_at, place_id, type_.id, wish.starts_at).token


def whose(appointment: Appointment, person_id: int | None) -> Participation:
    """The participation meant: the person's last one, or the only one. Raises PersonNeeded, NotFound."""
    theirs = [one for one in appointment.participations if person_id in (None, one.beneficiary_id)]
    if person_id is not None and not theirs:
        raise NotFound(model="User")
    if len(theirs) != 1 and person_id is None:
        raise PersonNeeded
    return max(theirs, key=lambda one: one.id)
