"""A session once it is saved: changed, cancelled alone or with the rest of its series, a person added by an agent.

Whoever changes a session holds the follow-ups of its people in the order of their ids, then the session's row, then
its agents': the order in which everybody takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from invitations import changing, follow_ups, outbox, outcomes, seats
from invitations.codes import Codes
from invitations.database import hold_rows
from invitations.errors import (
    Archived,
    DatabaseBusy,
    FewerSeatsThanTaken,
    FollowUpClosed,
    NotChangeable,
    NotFound,
    SessionFull,
    SlotTaken,
)
from invitations.journal import note
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Author,
    Beneficiary,
    Membership,
    MessageKind,
    Outcome,
    Participation,
)
from invitations.moving import owe_moved
from invitations.seating import check_has_no_seat
from invitations.session_doubts import Time, Trouble, troubles_of
from invitations.sessions import Checked, hold_agents, take_time
from invitations.taking import check_not_booked, join

# How often somebody new may join between two looks at who has to be told.
_LOOKS = 8


@dataclass(frozen=True, slots=True)
class Change:
    """A session as it should be. The rows are the organisation's (`sessions.check`)."""

    title: str
    seats: int
    checked: Checked
    time: Time


def doubts(session: Session, appointment: Appointment, wish: Change) -> list[Trouble]:
    """What speaks against the session being there; nothing when neither time, place nor agents change."""
    if is_there(appointment, wish):
        return []
    (found,) = troubles_of(
        session, [wish.time], place=wish.checked.place, agents=wish.checked.agents, without=appointment.id
    )
    return found


def change(session: Session, appointment: Appointment, wish: Change, *, agent_id: int, now: datetime) -> None:
    """Change a session to come; doubts were told before. People are told once, of another time or place.

    Raises NotChangeable when it is past, has begun or is cancelled; FewerSeatsThanTaken; SlotTaken.
    """
    people = hold_everyone(session, [appointment.id])
    session.refresh(appointment)
    check_to_come(appointment, now=now)
    if wish.seats < appointment.seats_taken:
        raise FewerSeatsThanTaken(taken=appointment.seats_taken)
    if wish.time.starts_at <= now:
        raise NotChangeable
    before = appointment.starts_at
    appointment.title, appointment.seats, appointment.changed_at = wish.title, wish.seats, now
    if resettle(session, appointment, wish):
        appointment.moved_at = now
        for one in people:
            owe_moved(session, one, before, now=now)
            follow_ups.refresh(session, one.follow_up, now=now)
    note(
        session,
        "session.changed",
        now=now,
        organisation_id=appointment.organisation_id,
        agent_id=agent_id,
        appointment_id=appointment.id,
        version=appointment.version,
    )


def resettle(session: Session, appointment: Appointment, wish: Change) -> bool:
    """Give the session its agents, time and place. True when people must hear of it. Raises SlotTaken."""
    if is_there(appointment, wish):
        return False
    is_news = where_and_when(appointment) != where_and_when(wish)
    hold_agents(session, [agent.id for agent in wish.checked.agents])
    if any(one.forbids for one in doubts(session, appointment, wish)):
        raise SlotTaken
    session.execute(delete(AppointmentAgent).where(AppointmentAgent.appointment_id == appointment.id))
    session.expire(appointment, ["times", "agents"])
    appointment.starts_at, appointment.ends_at = wish.time.starts_at, wish.time.ends_at
    appointment.place_id = wish.checked.place.id
    appointment.version += is_news
    session.flush()
    take_time(session, appointment, [agent.id for agent in wish.checked.agents], wish.checked.type)
    session.expire(appointment, ["place", "agents", "times"])
    return is_news


def is_there(appointment: Appointment, wish: Change) -> bool:
    """True when neither its time, nor its place, nor its agents would change."""
    present = {one.agent_id for one in appointment.times}
    return where_and_when(appointment) == where_and_when(wish) and present == {one.id for one in wish.checked.agents}


def where_and_when(one: Appointment | Change) -> tuple[datetime, datetime, int | None]:
    if isinstance(one, Change):
        return one.time.starts_at, one.time.ends_at, one.checked.place.id
    return one.starts_at, one.ends_at, one.place_id


def cancel(session: Session, appointment: Appointment, *, rest: bool, agent_id: int | None, now: datetime) -> int:
    """The service cancels a session, or with `rest` it and those of its series that follow. Returns how many people are told.

    Each of them is `revoked` and may choose again. Repeated, does nothing. Raises NotChangeable for one that has begun.
    """
    if appointment.starts_at <= now:
        raise NotChangeable
    ids = following(session, appointment) if rest else [appointment.id]
    people = hold_everyone(session, ids)
    cancelled = session.scalars(
        select(Appointment).where(Appointment.id.in_(ids), Appointment.cancelled_at.is_(None)).order_by(Appointment.id)
    ).all()
    for one in people:
        revoke(session, one, agent_id=agent_id, now=now)
    for it in cancelled:
        follow_ups.cancel_appointment(session, it, now=now)
        note(
            session,
            "session.cancelled",
            now=now,
            organisation_id=it.organisation_id,
            agent_id=agent_id,
            appointment_id=it.id,
        )
    return len(people)


def revoke(session: Session, participation: Participation, *, agent_id: int | None, now: datetime) -> None:
    """One person of a session that is cancelled. Their seat goes with it: nobody who waits is offered it."""
    outcomes.write(session, participation, Outcome.REVOKED, agent_id=agent_id, now=now)
    outbox.cancel_pending(session, participation_id=participation.id, now=now)
    seats.give_back(session, participation.appointment_id)
    changing.tell_end(session, participation, MessageKind.CANCELLED_BY_SERVICE, now=now)
    follow_ups.refresh(session, participation.follow_up, now=now)


def following(session: Session, appointment: Appointment) -> list[int]:
    """Ids of the session and of those that follow it in its series, cancelled ones left out."""
    if appointment.series_uid is None:
        return [appointment.id]
    return list(
        session.scalars(
            select(Appointment.id)
            .where(
                Appointment.series_uid == appointment.series_uid,
                Appointment.organisation_id == appointment.organisation_id,
                Appointment.starts_at >= appointment.starts_at,
                Appointment.cancelled_at.is_(None),
            )
            .order_by(Appointment.id)
        )
    )


def add(
    session: Session, appointment: Appointment, beneficiary: Beneficiary, *, agent_id: int, codes: Codes, now: datetime
) -> Participation:
    """An agent adds a person to a session to come; a follow-up is opened if they have none. They are told.

    Raises NotChangeable, SessionFull, AlreadyBooked, FollowUpClosed, Archived.
    """
    check_belongs(session, beneficiary, appointment.organisation_id)
    follow_up = follow_ups.open_follow_up(session, beneficiary, appointment.type.category_id, now=now)
    if follow_ups.hold(session, follow_up.id).closed_at is not None:
        raise FollowUpClosed
    check_not_booked(session, follow_up.id, now=now)
    session.refresh(appointment)
    check_to_come(appointment, now=now)
    check_has_no_seat(session, appointment.id, beneficiary.id)
    if not seats.take(session, seats.of(appointment)):
        raise SessionFull
    return join(session, appointment, follow_up, None, by=Author.AGENT, codes=codes, now=now, agent_id=agent_id)


def check_belongs(session: Session, beneficiary: Beneficiary, organisation_id: int) -> None:
    member = select(Membership.id).where(
        Membership.beneficiary_id == beneficiary.id,
        Membership.organisation_id == organisation_id,
        Membership.archived_at.is_(None),
    )
    if session.scalar(member) is None:
        raise Archived


def check_to_come(appointment: Appointment, *, now: datetime) -> None:
    if appointment.cancelled_at is not None or appointment.starts_at <= now:
        raise NotChangeable


def hold_everyone(session: Session, ids: Sequence[int]) -> list[Participation]:
    """Those who are to come to these sessions, and the sessions, nobody else changing either until the transaction ends.

    Somebody may join between looking and holding: then everything is given back and taken again, in its order.
    Raises DatabaseBusy when that never ends.
    """
    for _ in range(_LOOKS):
        with session.begin_nested() as attempt:
            known = [one.follow_up_id for one in to_come(session, ids)]
            for follow_up_id in known:
                follow_ups.hold(session, follow_up_id)
            these = Appointment.id.in_(ids)
            hold_rows(session, select(Appointment.id).where(these).order_by(Appointment.id))
            session.scalars(select(Appointment).where(these), execution_options={"populate_existing": True}).all()
            people = to_come(session, ids)
            if {one.follow_up_id for one in people} <= set(known):
                return people
            attempt.rollback()
    raise DatabaseBusy


def to_come(session: Session, ids: Sequence[int]) -> list[Participation]:
    """Those expected at these sessions, in the order in which follow-ups are held."""
    expected = (
        select(Participation)
        .where(Participation.appointment_id.in_(ids), Participation.outcome == Outcome.UNKNOWN)
        .order_by(Participation.follow_up_id, Participation.id)
    )
    return list(session.scalars(expected, execution_options={"populate_existing": True}))


def session_seen_by(session: Session, appointment_id: int, organisation_id: int) -> Appointment:
    """The organisation's session. Raises NotFound."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None or appointment.organisation_id != organisation_id or not appointment.type.is_collective:
        raise NotFound
    return appointment
