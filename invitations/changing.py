"""An appointment once it is booked: its page, moving it, cancelling it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from invitations import capacity, follow_ups, offers, outbox, outcomes
from invitations.agenda.search import find_slots
from invitations.codes import fingerprint
from invitations.errors import LinkUnknown, NotChangeable, TooLateToChange
from invitations.models import (
    Agent,
    Appointment,
    AppointmentType,
    EndReason,
    Link,
    MessageKind,
    Mode,
    Outcome,
    Participation,
)
from invitations.offers import Choices, Setting
from invitations.reach import ELECTRONIC


@dataclass(frozen=True)
class Visit(Setting):
    """All that the page of an appointment shows. `offered` holds other slots when they were asked for.

    `may_change`: the person may move or cancel it here and now; until `change_limit_at` at the latest.
    """

    participation: Participation
    appointment: Appointment
    agents: list[Agent]
    is_convocation: bool
    may_change: bool
    change_limit_at: datetime
    offered: Choices | None


def open_appointment(
    session: Session, code: str, *, now: datetime, choices: bool = False, place_id: int | None = None
) -> Visit:
    """What the page of an appointment shows; with `choices`, where else it could go. Raises LinkUnknown."""
    participation = participation_of(session, code)
    appointment = participation.appointment
    return Visit(
        **vars(offers.setting_of(session, participation.follow_up, appointment.organisation)),
        participation=participation,
        appointment=appointment,
        agents=list(appointment.agents),
        is_convocation=is_convocation(participation),
        may_change=may_change(participation, now=now),
        change_limit_at=change_limit(appointment),
        offered=other_choices(session, participation, now=now, place_id=place_id) if choices else None,
    )


def cancel(session: Session, code: str, *, now: datetime) -> Participation:
    """The person cancels: `excused`, the slot is free at once. Repeated, changes nothing.

    Raises LinkUnknown, NotChangeable, TooLateToChange.
    """
    participation = participation_of(session, code)
    follow_ups.hold_participation(session, participation)
    if participation.outcome is Outcome.EXCUSED:
        return participation
    check_changeable(participation, now=now)
    end(session, participation, Outcome.EXCUSED, MessageKind.CANCELLED_BY_PERSON, agent_id=None, now=now)
    return participation


def revoke(session: Session, participation: Participation, *, agent_id: int, now: datetime) -> None:
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
    appointment = participation.appointment
    outcomes.record(session, participation, outcome, agent_id=agent_id, now=now)
    give_back_link(participation, now=now)
    outbox.owe(
        session,
        kind,
        channels=ELECTRONIC,
        beneficiary=participation.beneficiary,
        organisation=appointment.organisation,
        participation=participation,
        invitation=participation.invitation,
        version=appointment.version,
        useless_at=appointment.starts_at,
        leaves_at_once=kind is MessageKind.CANCELLED_BY_PERSON,
        now=now,
    )


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
    """Where else this appointment could go."""
    types = types_reached(session, participation)
    horizon = now + max((one.max_delay for one in types), default=timedelta())
    slots = find_slots(
        session, types=types, agent_ids=agents_reached(participation), after=now, before=horizon, now=now
    )
    return offers.lay_out(
        session,
        slots,
        types,
        beneficiary=participation.beneficiary,
        department=participation.beneficiary.department,
        place_id=place_id or participation.appointment.place_id,
    )


def types_reached(session: Session, participation: Participation) -> list[AppointmentType]:
    return capacity.types_open_to_invited(
        session,
        organisation_id=participation.appointment.organisation_id,
        category_id=participation.follow_up.category_id,
    )


def agents_reached(participation: Participation) -> list[int] | None:
    """The referents' ids when the invitation was theirs alone, None when anyone may receive."""
    return offers.reached_agents(participation.invitation) if participation.invitation else None


def participation_of(session: Session, code: str) -> Participation:
    """The participation a code leads to. Raises LinkUnknown."""
    link = session.get(Link, fingerprint(code))
    if link is None or link.participation is None:
        raise LinkUnknown
    return link.participation


def change_limit(appointment: Appointment) -> datetime:
    """Until when the person may move or cancel."""
    return appointment.starts_at - appointment.type.cancel_limit


def is_convocation(participation: Participation) -> bool:
    return participation.invitation is not None and participation.invitation.mode is Mode.CONVOCATION


def may_change(participation: Participation, *, now: datetime) -> bool:
    is_live = participation.outcome is Outcome.UNKNOWN and participation.appointment.cancelled_at is None
    return is_live and not is_convocation(participation) and now <= change_limit(participation.appointment)


def check_changeable(participation: Participation, *, now: datetime) -> None:
    if participation.outcome is not Outcome.UNKNOWN or is_convocation(participation):
        raise NotChangeable
    limit_at = change_limit(participation.appointment)
    if now > limit_at:
        raise TooLateToChange(limit_at=limit_at)
