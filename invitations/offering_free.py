"""Offering ordinary free slots, from openings added since, to those who found nothing: first come, first served."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from invitations import booking, capacity, follow_ups, free_times, offering, turns, waiting
from invitations.agenda.slots import Slot
from invitations.database import hold_rows
from invitations.errors import SlotTaken
from invitations.models import Appointment, AppointmentType, Author, FollowUp, FreedSlot, Invitation, Waiting
from invitations.taking import appointment_to_come, take

# They are on everybody's page, too: whoever let one go by is not written to about another one the same day.
REST = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)


def due(session: Session, *, now: datetime) -> list[int]:
    """Ids of those who found nothing and whom a slot that is free now suits, in the order of asking.

    One search for each organisation and category in which anybody waits; nearly always it finds nothing.
    """
    rows = session.execute(_found_nothing(now)).all()
    free = {
        room: free_slots(session, room, now=now) for room in {(row.organisation_id, row.category_id) for row in rows}
    }
    by_row = ((row.id, free[row.organisation_id, row.category_id]) for row in rows)
    return [waiting_id for waiting_id, slots in by_row if slots and is_for(session, waiting_id, slots)]


def free_slots(session: Session, room: tuple[int, int], *, now: datetime) -> list[Slot]:
    """What invited people may book in an organisation and category, wherever and with whomever."""
    types = capacity.types_open_to_invited(session, organisation_id=room[0], category_id=room[1])
    return free_times.find(session, types, free_times.Reach(), after=now, now=now).slots


def is_for(session: Session, waiting_id: int, slots: Sequence[Slot]) -> bool:
    """True when this person could choose one of these. That it is really free is seen when it is taken."""
    place = session.get_one(Waiting, waiting_id)
    invitation = turns.link_of(session, place)
    if invitation is None:
        return False
    _, reach = booking.reached_by(session, invitation)
    there, agents = reach.at(place.place_id).place_ids, reach.agent_ids
    refused = _refused_starts(session, place)
    return any(
        (there is None or one.place_id in there)
        and (agents is None or one.agent_id in agents)
        and (one.starts_at, one.place_id) not in refused
        for one in slots
    )


def offer_first(session: Session, waiting_id: int, *, now: datetime) -> bool:
    """Set the first free slot that suits aside for somebody who found nothing, and offer it. False when none does."""
    place = session.get_one(Waiting, waiting_id)
    follow_ups.hold(session, place.follow_up_id)
    hold_rows(session, select(Waiting.id).where(Waiting.id == waiting_id))
    if waiting_id not in session.scalars(_found_nothing(now).where(Waiting.id == waiting_id)).all():
        return False
    invitation = turns.link_of(session, place)
    if invitation is None or appointment_to_come(session, place.follow_up_id, now=now) is not None:
        return False
    held = reserve(session, place, invitation, now=now)
    if held is None:
        return False
    freed = FreedSlot(appointment_id=held.id, offered_at=now, until=now)
    session.add(freed)
    session.flush()
    return offering.offer(session, freed, place, now=now) or offering.let_go(session, freed, now=now)


def reserve(session: Session, place: Waiting, invitation: Invitation, *, now: datetime) -> Appointment | None:
    """The first free slot that this person could choose and was not asked about before, held for nobody yet."""
    types, reach = booking.reached_by(session, invitation)
    until = waiting.kept_until(invitation.organisation.department, now=now) + _MINUTE
    found = free_times.find(session, types, reach.at(place.place_id), after=until, now=now).slots
    refused = _refused_starts(session, place)
    first = next((one for one in found if (one.starts_at, one.place_id) not in refused), None)
    if first is None:
        return None
    return _hold(session, [one for one in found if _is_same(one, first)], types, place, now=now)


def _hold(
    session: Session, slots: list[Slot], types: list[AppointmentType], place: Waiting, *, now: datetime
) -> Appointment | None:
    try:
        return take(
            session,
            slots,
            {one.id: one for one in types},
            place.follow_up,
            created_by=Author.BENEFICIARY,
            organisation_id=place.organisation_id,
            now=now,
            held_until=slots[0].starts_at,
        )
    except SlotTaken:  # the next tick tries another one
        return None


def _is_same(one: Slot, other: Slot) -> bool:
    return (one.start, one.place_id, one.type_id) == (other.start, other.place_id, other.type_id)


def _refused_starts(session: Session, place: Waiting) -> set[tuple[datetime, int | None]]:
    rows = session.execute(
        select(Appointment.starts_at, Appointment.place_id)
        .join(FreedSlot, FreedSlot.appointment_id == Appointment.id)
        .where(FreedSlot.waiting_id == place.id, FreedSlot.answer.in_(turns.REFUSED))
    )
    return {(row.starts_at, row.place_id) for row in rows}


def _found_nothing(now: datetime) -> Select[int, int, int]:
    """Those who wait without an appointment, have no offer, and had none within the day; the first who asked first."""
    recent = exists().where(
        FreedSlot.waiting_id == Waiting.id, or_(FreedSlot.answered_at.is_(None), FreedSlot.offered_at > now - REST)
    )
    return (
        turns.still_waiting()
        .with_only_columns(Waiting.id, Waiting.organisation_id, FollowUp.category_id)
        .where(Waiting.participation_id.is_(None), ~recent)
        .order_by(Waiting.asked_at, Waiting.id)
    )
