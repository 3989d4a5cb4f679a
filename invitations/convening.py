"""What an agent does with a slot: book it with a caller, propose it, fix it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import errors, follow_ups, free_times, offers, outbox
from invitations.addressing import Terms, channels_for, check_time_for_letter, read_terms
from invitations.agenda.search import find_slots
from invitations.agenda.slots import Slot
from invitations.agenda.wall_time import midnight
from invitations.codes import Codes
from invitations.free_times import Found, Reach
from invitations.inviting import check_one
from invitations.inviting_written import new_invitation, tell
from invitations.models import (
    Appointment,
    AppointmentType,
    Author,
    Channel,
    FollowUp,
    Invitation,
    MessageKind,
    Mode,
    Participation,
)
from invitations.offers import Choice
from invitations.reach import ELECTRONIC, OTHERWISE
from invitations.seating import take_seat
from invitations.taking import check_not_booked, join, take


def propose(
    session: Session,
    follow_up: FollowUp,
    token: str,
    *,
    organisation_id: int,
    agent_id: int,
    codes: Codes,
    now: datetime,
) -> Invitation:
    """Hold a slot for a person, who keeps it or chooses another one on the same page.

    Raises InviteRefused, SlotTaken, AlreadyBooked, ValueError for a token that is none.
    """
    terms = terms_for_agents(session, organisation_id, follow_up.category_id, now=now)
    check_mode(terms, Mode.PROPOSITION)
    channels = dated_channels(follow_up, terms)
    follow_up = check_one(session, follow_up, dated(terms), channels=channels, now=now, rests=False)

    def held_until(starts_at: datetime, type_: AppointmentType) -> datetime:
        return last_moment_to_keep(terms, starts_at, type_, now=now)

    appointment = reserve(session, follow_up, token, organisation_id=organisation_id, now=now, held_until=held_until)
    if Channel.LETTER in channels:
        check_time_for_letter(appointment.held_until, now=now)
    invitation = new_invitation(
        session,
        follow_up,
        terms,
        Mode.PROPOSITION,
        agent_id=agent_id,
        codes=codes,
        now=now,
        expires_at=appointment.held_until,
    )
    invitation.held_appointment_id = appointment.id
    session.flush()
    return tell(session, invitation, MessageKind.PROPOSITION, channels, terms, now=now)


def convene(
    session: Session,
    follow_up: FollowUp,
    token: str,
    *,
    organisation_id: int,
    agent_id: int,
    codes: Codes,
    now: datetime,
) -> Invitation:
    """Fix a date for a person, who phones to change it. Raises as `propose` does."""
    terms = terms_for_agents(session, organisation_id, follow_up.category_id, now=now)
    check_mode(terms, Mode.CONVOCATION)
    channels = dated_channels(follow_up, terms)
    follow_up = check_one(session, follow_up, dated(terms), channels=channels, now=now, rests=False)
    appointment = reserve(session, follow_up, token, organisation_id=organisation_id, now=now)
    if Channel.LETTER in channels:
        check_time_for_letter(appointment.starts_at, now=now)
    invitation = new_invitation(
        session,
        follow_up,
        terms,
        Mode.CONVOCATION,
        agent_id=agent_id,
        codes=codes,
        now=now,
        expires_at=appointment.starts_at,
    )
    participation = join(
        session,
        appointment,
        follow_up,
        invitation,
        by=Author.AGENT,
        codes=codes,
        now=now,
        agent_id=agent_id,
        kind=MessageKind.CONVOCATION,
    )
    otherwise = [one for one in channels if one in OTHERWISE]
    if otherwise:
        outbox.owe(
            session,
            MessageKind.CONVOCATION,
            channels=otherwise,
            beneficiary=follow_up.beneficiary,
            organisation=terms.organisation,
            participation=participation,
            invitation=invitation,
            now=now,
        )
    return invitation


def dated(terms: Terms) -> Terms:
    """The terms of a date: it is not over when an invitation sent now would be."""
    return replace(terms, expires_at=None)


def dated_channels(follow_up: FollowUp, terms: Terms) -> Sequence[Channel]:
    """How a date is told: by text and email, else by letter and call where the category has some."""
    return channels_for(follow_up.beneficiary, terms) or ELECTRONIC


def terms_for_agents(session: Session, organisation_id: int, category_id: int, *, now: datetime) -> Terms:
    """The organisation's terms, with the types that only agents may use: it is an agent who sets the date."""
    types = types_for_agents(session, organisation_id=organisation_id, category_id=category_id)
    return replace(read_terms(session, organisation_id, category_id, now=now), types=types)


def check_mode(terms: Terms, mode: Mode) -> None:
    if terms.settings is not None and mode not in terms.settings.modes:
        raise errors.ModeNotAllowed(mode=mode)


def last_moment_to_keep(terms: Terms, starts_at: datetime, type_: AppointmentType, *, now: datetime) -> datetime:
    """Until when a proposed slot is held: the end of the validity, and never later than the eve of the day.

    When the eve is past already, until the type's limit for changes; when that is past too, until the start.
    """
    zone = terms.organisation.department.zone
    eve = midnight(starts_at.astimezone(zone).date(), zone)
    if eve <= now:
        limit = starts_at - type_.cancel_limit
        return limit if limit > now else starts_at
    return min(eve, terms.expires_at) if terms.expires_at else eve


def choices_for(
    session: Session,
    follow_up: FollowUp,
    *,
    organisation_id: int,
    now: datetime,
    place_id: int | None = None,
    sessions: bool = False,
) -> offers.Choices:
    """What an agent may propose, fix or book: every slot of the category, the minimum delay left aside.

    `sessions`: collective ones too, whose seats are booked or fixed, never held for a proposition.
    """
    types = types_for_agents(session, organisation_id=organisation_id, category_id=follow_up.category_id)
    if not sessions:
        types = [one for one in types if not one.is_collective]
    return offers.lay_out(
        session,
        agents_find(session, types, now=now),
        beneficiary=follow_up.beneficiary,
        department=follow_up.beneficiary.department,
        place_id=place_id,
    )


def book_for(
    session: Session,
    follow_up: FollowUp,
    token: str,
    *,
    organisation_id: int,
    agent_id: int | None,
    codes: Codes,
    now: datetime,
) -> Participation:
    """An agent books for someone at the counter or on the phone. Raises as `reserve` does."""
    appointment = reserve(session, follow_up, token, organisation_id=organisation_id, now=now)
    return join(session, appointment, follow_up, None, by=Author.AGENT, codes=codes, now=now, agent_id=agent_id)


def reserve(
    session: Session,
    follow_up: FollowUp,
    token: str,
    *,
    organisation_id: int,
    now: datetime,
    held_until: Callable[[datetime, AppointmentType], datetime] | None = None,
) -> Appointment:
    """Take a slot, or a seat, for a follow-up on an agent's behalf; nobody takes part yet.

    `held_until` makes it a held proposition, and those are of slots alone. Raises FollowUpClosed, SlotTaken, AlreadyBooked, ValueError.
    """
    if follow_ups.hold(session, follow_up.id).closed_at is not None:
        raise errors.FollowUpClosed
    check_not_booked(session, follow_up.id, now=now)
    wanted = Choice.parse(token)
    types = types_for_agents(session, organisation_id=organisation_id, category_id=follow_up.category_id)
    if held_until is not None:
        types = [one for one in types if not one.is_collective]
    (starts_at, _, type_id), by_id = wanted, {one.id: one for one in types}
    grace = agents_grace([one for one in types if one.id == type_id])
    found = free_times.find_at(session, types, Reach(), wanted, now=now, grace=grace)
    return take_seat(session, found.sessions, follow_up) or take(
        session,
        found.slots,
        by_id,
        follow_up,
        created_by=Author.AGENT,
        organisation_id=organisation_id,
        now=now,
        held_until=held_until(starts_at, by_id[type_id]) if held_until and type_id in by_id else None,
    )


def types_for_agents(session: Session, *, organisation_id: int, category_id: int) -> list[AppointmentType]:
    """The types of a category, collective ones and those reserved to agents included."""
    return list(
        session.scalars(
            select(AppointmentType)
            .where(
                AppointmentType.organisation_id == organisation_id,
                AppointmentType.category_id == category_id,
                AppointmentType.closed_at.is_(None),
            )
            .order_by(AppointmentType.id)
        )
    )


def agents_slots(session: Session, types: Sequence[AppointmentType], *, now: datetime) -> list[Slot]:
    """Every free slot of these types from now on; the minimum delay protects from people, not from agents."""
    if not types:
        return []
    horizon = now + max(one.max_delay for one in types)
    return find_slots(session, types=types, after=now, before=horizon, now=now, grace=agents_grace(types))


def agents_find(session: Session, types: Sequence[AppointmentType], *, now: datetime) -> Found:
    """The same, and sessions with a seat left."""
    return free_times.find(session, types, Reach(), after=now, now=now, grace=agents_grace(types))


def agents_grace(types: Sequence[AppointmentType]) -> timedelta:
    """What takes the minimum delay away."""
    return max((one.min_delay for one in types), default=timedelta())
