"""An appointment once it is booked: its page, moving it, cancelling it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import capacity, follow_ups, free_times, offers, outbox, outcomes, sealed_links, visited, waiting
from invitations.addressing import channels_about
from invitations.codes import Codes
from invitations.errors import LinkUnknown, NotChangeable, TooLateToChange
from invitations.free_times import Reach
from invitations.models import (
    Agent,
    Appointment,
    AppointmentType,
    Channel,
    EndReason,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Outcome,
    Participation,
)
from invitations.offers import Choices, Setting
from invitations.reach import ELECTRONIC


@dataclass(frozen=True)
class Visit(Setting):
    """All that the page of an appointment shows. `offered` holds other slots when they were asked for.

    `may_move` and `may_cancel`: the person may, here and now; until `move_limit_at` and `cancel_limit_at` at the latest.
    `is_waiting`: for an earlier date; `is_in_trial`: lots decided how it was proposed, and the person is told so.
    """

    participation: Participation
    appointment: Appointment
    agents: list[Agent]
    is_convocation: bool
    is_waiting: bool
    is_in_trial: bool
    may_move: bool
    may_cancel: bool
    move_limit_at: datetime
    cancel_limit_at: datetime
    offered: Choices | None


def open_appointment(
    session: Session, code: str, *, codes: Codes, now: datetime, choices: bool = False, place_id: int | None = None
) -> Visit:
    """What the page of an appointment shows; with `choices`, where else it could go. Raises LinkUnknown."""
    found = visited.read(session, code, codes=codes)
    participation, appointment = found.participation, found.participation.appointment
    return Visit(
        **vars(found.setting),
        participation=participation,
        appointment=appointment,
        agents=list(appointment.agents),
        is_convocation=is_convocation(participation),
        is_waiting=found.is_waiting,
        is_in_trial=found.is_in_trial,
        may_move=may_move(participation, now=now),
        may_cancel=may_cancel(participation, now=now),
        move_limit_at=move_limit(appointment),
        cancel_limit_at=cancel_limit(appointment),
        offered=other_choices(session, participation, now=now, place_id=place_id) if choices else None,
    )


def cancel(session: Session, code: str, *, codes: Codes, now: datetime) -> Participation:
    """The person cancels: `excused`, the slot is free at once. Repeated, changes nothing.

    Raises LinkUnknown, NotChangeable, TooLateToChange.
    """
    participation = participation_of(session, code, codes=codes)
    follow_ups.hold_participation(session, participation)
    if participation.outcome is Outcome.EXCUSED:
        return participation
    check_changeable(participation, cancel_limit(participation.appointment), now=now)
    end(session, participation, Outcome.EXCUSED, MessageKind.CANCELLED_BY_PERSON, agent_id=None, now=now)
    return participation


def revoke(session: Session, participation: Participation, *, agent_id: int | None, now: datetime) -> None:
    """The service cancels an appointment to come: `revoked`, and the person is told at once. Raises NotChangeable."""
    follow_ups.hold_participation(session, participation)
    if participation.outcome is not Outcome.UNKNOWN or participation.appointment.starts_at <= now:
        raise NotChangeable
    end(session, participation, Outcome.REVOKED, MessageKind.CANCELLED_BY_SERVICE, agent_id=agent_id, now=now)


def end(
    session: Session,
    participation: Participation,
    outcome: Outcome,
    kind: MessageKind,
    *,
    agent_id: int | None,
    now: datetime,
) -> None:
    """Write the outcome of an appointment to come and tell its person, who may choose again while there is time."""
    outcomes.record(session, participation, outcome, agent_id=agent_id, now=now)
    tell_end(session, participation, kind, now=now)


def tell_end(session: Session, participation: Participation, kind: MessageKind, *, now: datetime) -> None:
    """The appointment of this person is off: they wait for no earlier date, their link works again, they are told."""
    appointment = participation.appointment
    waiting.end(session, participation.follow_up_id, now=now)
    give_back_link(participation, now=now)
    outbox.owe(
        session,
        kind,
        channels=ELECTRONIC if kind is MessageKind.CANCELLED_BY_PERSON else channels_about(session, participation),
        beneficiary=participation.beneficiary,
        organisation=appointment.organisation,
        participation=participation,
        invitation=participation.invitation,
        useless_at=appointment.starts_at,
        leaves_at_once=kind is MessageKind.CANCELLED_BY_PERSON,
        now=now,
    )


def told_of_end(session: Session, participation: Participation) -> list[Channel]:
    """By which channels a message about its end is on its way: a letter that would come too late is none."""
    owed = select(Message.channel).where(
        Message.participation_id == participation.id,
        Message.kind == MessageKind.CANCELLED_BY_SERVICE,
        Message.state == MessageState.PENDING,
    )
    return list(session.scalars(owed))


def give_back_link(participation: Participation, *, now: datetime) -> None:
    """The link that led to the appointment works again until its deadline: nobody who cancels meets a dead end."""
    invitation = participation.invitation
    if invitation is None or invitation.mode is Mode.CONVOCATION or invitation.end_reason is not EndReason.BOOKED:
        return
    if participation.follow_up.closed_at is not None:
        return
    if invitation.expires_at is None or invitation.expires_at > now:
        invitation.ended_at = invitation.end_reason = None


def other_choices(
    session: Session, participation: Participation, *, now: datetime, place_id: int | None = None
) -> Choices:
    """Where else this appointment could go; its own time does not stand in its way."""
    types, reach = reached_by(session, participation)
    appointment = participation.appointment
    found = free_times.find(session, types, reach, after=now, now=now, without=own_time(participation))
    return offers.lay_out(
        session,
        found.but(appointment.starts_at, appointment.place_id, appointment.type_id),
        beneficiary=participation.beneficiary,
        department=participation.beneficiary.department,
        place_id=place_id or appointment.place_id,
    )


def reached_by(session: Session, participation: Participation) -> tuple[list[AppointmentType], Reach]:
    """The types that the person may book, and where and with whom: as the invitation that led here, if one did."""
    organisation_id = participation.appointment.organisation_id
    types = capacity.types_open_to_invited(
        session, organisation_id=organisation_id, category_id=participation.follow_up.category_id
    )
    reach = free_times.reach_of(
        session,
        participation.follow_up,
        types,
        organisation_id=organisation_id,
        invitation=participation.invitation,
    )
    return types, reach


def own_time(participation: Participation) -> int | None:
    """The appointment whose time is free once its person has left it; a session goes on without them."""
    return None if participation.appointment.type.is_collective else participation.appointment_id


def participation_of(session: Session, code: str, *, codes: Codes) -> Participation:
    """The participation a code leads to. Raises LinkUnknown."""
    link = sealed_links.link_of(session, code, codes=codes)
    if link is None or link.participation is None:
        raise LinkUnknown
    return link.participation


def cancel_limit(appointment: Appointment) -> datetime:
    """Until when the person may cancel."""
    return appointment.starts_at - appointment.type.cancel_limit


def move_limit(appointment: Appointment) -> datetime:
    """Until when the person may move it: the type's own limit, else that of cancelling."""
    limit = appointment.type.move_limit
    return appointment.starts_at - (appointment.type.cancel_limit if limit is None else limit)


def is_convocation(participation: Participation) -> bool:
    return participation.invitation is not None and participation.invitation.mode is Mode.CONVOCATION


def is_changeable(participation: Participation) -> bool:
    """True while the appointment stands and its person may change it alone, limits left aside."""
    is_live = participation.outcome is Outcome.UNKNOWN and participation.appointment.cancelled_at is None
    return is_live and not is_convocation(participation)


def may_move(participation: Participation, *, now: datetime) -> bool:
    return is_changeable(participation) and now <= move_limit(participation.appointment)


def may_cancel(participation: Participation, *, now: datetime) -> bool:
    return is_changeable(participation) and now <= cancel_limit(participation.appointment)


def check_movable(participation: Participation, *, now: datetime) -> None:
    """Raises NotChangeable, TooLateToChange."""
    check_changeable(participation, move_limit(participation.appointment), now=now)


def check_changeable(participation: Participation, limit_at: datetime, *, now: datetime) -> None:
    if not is_changeable(participation):
        raise NotChangeable
    if now > limit_at:
        raise TooLateToChange(limit_at=limit_at)
