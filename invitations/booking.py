"""What an invited person does with their link: look, choose a slot, keep the one proposed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from invitations import follow_ups, offers
from invitations.agenda.search import GRACE
from invitations.codes import Codes, fingerprint
from invitations.errors import InvitationEnded, InvitationExpired, LinkUnknown, SlotTaken
from invitations.models import Appointment, Author, Invitation, Link, Mode, Participation
from invitations.offers import Choice, Offer
from invitations.taking import appointment_to_come, check_not_booked, is_same_choice, join, take

_MINUTE = timedelta(minutes=1)


def open_invitation(session: Session, code: str, *, now: datetime, place_id: int | None = None) -> Offer:
    """What the page of an invitation shows.

    Raises LinkUnknown, AlreadyBooked (details: participation_id), InvitationExpired or InvitationEnded (details: code,
    at, help_phone, help_hours, department).
    """
    invitation = invitation_of(session, code)
    check_not_booked(session, invitation.follow_up_id, now=now)
    check_open(session, invitation, code, now=now)
    setting = offers.setting_of(session, invitation.follow_up, invitation.organisation)
    slots, types = offers.bookable_slots(session, invitation, now=now)
    choices = offers.lay_out(
        session,
        slots,
        types,
        beneficiary=setting.beneficiary,
        department=setting.department,
        place_id=place_id,
    )
    return Offer(**vars(choices), **vars(setting), invitation=invitation, proposed=proposed_by(invitation, now=now))


def book(session: Session, code: str, token: str, *, codes: Codes, now: datetime) -> Participation:
    """Book the choice for the person whose invitation this is, and owe them the confirmation.

    The same choice posted again (double tap, retry on a bad network) returns the same participation. Raises what
    `open_invitation` does, ValueError for a token that is none, and SlotTaken with the nearest choices.
    """
    invitation = invitation_of(session, code)
    follow_ups.hold(session, invitation.follow_up_id)
    booked = appointment_to_come(session, invitation.follow_up_id, now=now)
    if booked is not None and is_same_choice(booked, token):
        return booked
    check_not_booked(session, invitation.follow_up_id, now=now)
    session.refresh(invitation)
    check_open(session, invitation, code, now=now)
    starts_at, place_id, type_id = Choice.parse(token)
    slots, types = offers.bookable_slots(
        session, invitation, now=now, after=starts_at, before=starts_at + _MINUTE, place_id=place_id, grace=GRACE
    )
    asked_for = [one for one in slots if one.type_id == type_id and one.place_id == place_id]

    def nearest() -> list[Choice]:
        others, _ = offers.bookable_slots(session, invitation, now=now)
        return offers.nearest_to(starts_at, offers.choices_of(others), place_id=place_id)

    appointment = take(
        session,
        asked_for,
        {one.id: one for one in types},
        invitation.follow_up,
        created_by=Author.BENEFICIARY,
        organisation_id=invitation.organisation_id,
        now=now,
        nearest=nearest,
    )
    return join(session, appointment, invitation.follow_up, invitation, by=Author.BENEFICIARY, codes=codes, now=now)


def keep(session: Session, code: str, *, codes: Codes, now: datetime) -> Participation:
    """Keep the slot that a proposition holds. Posted again, returns the same participation.

    Raises what `open_invitation` does, and SlotTaken when nothing is held any more.
    """
    invitation = invitation_of(session, code)
    follow_ups.hold(session, invitation.follow_up_id)
    booked = appointment_to_come(session, invitation.follow_up_id, now=now)
    if booked is not None and booked.appointment_id == invitation.held_appointment_id:
        return booked
    check_not_booked(session, invitation.follow_up_id, now=now)
    session.refresh(invitation)
    check_open(session, invitation, code, now=now)
    held = proposed_by(invitation, now=now)
    if held is None:
        slots, _ = offers.bookable_slots(session, invitation, now=now)
        raise SlotTaken(offers.nearest_to(now, offers.choices_of(slots)))
    held.held_until = None
    return join(session, held, invitation.follow_up, invitation, by=Author.BENEFICIARY, codes=codes, now=now)


def invitation_of(session: Session, code: str) -> Invitation:
    """The invitation a code leads to. Raises LinkUnknown."""
    link = session.get(Link, fingerprint(code))
    if link is None or link.invitation is None:
        raise LinkUnknown
    return link.invitation


def check_open(session: Session, invitation: Invitation, code: str, *, now: datetime) -> None:
    if invitation.is_open(now) and invitation.mode is not Mode.CONVOCATION:
        return
    setting = offers.setting_of(session, invitation.follow_up, invitation.organisation)
    words = {
        "code": code,
        "help_phone": setting.help_phone,
        "help_hours": setting.help_hours,
        "department": setting.department.full_name,
        "zone": setting.department.zone,
    }
    if invitation.ended_at is not None:
        raise InvitationEnded(at=invitation.ended_at, **words)
    raise InvitationExpired(at=invitation.expires_at, **words)


def proposed_by(invitation: Invitation, *, now: datetime) -> Appointment | None:
    """The slot that a proposition still holds for its person."""
    held = invitation.held_appointment
    if held is None or held.cancelled_at is not None or held.held_until is None or held.starts_at <= now:
        return None
    return held
