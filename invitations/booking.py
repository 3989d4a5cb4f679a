"""What an invited person does with their link: look, choose a slot or a seat, keep the one proposed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from invitations import capacity, free_times, lost, offers, waiting
from invitations.agenda.search import GRACE
from invitations.codes import Codes, fingerprint
from invitations.database import hold_rows
from invitations.errors import AlreadyBooked, InvitationEnded, InvitationExpired, LinkUnknown, SlotGone
from invitations.free_times import Found, Reach
from invitations.models import Appointment, AppointmentType, Author, FollowUp, Invitation, Link, Mode, Participation
from invitations.offers import Choice, Offer
from invitations.seating import take_seat
from invitations.taking import appointment_to_come, check_not_booked, is_same_choice, join, take


def open_invitation(session: Session, code: str, *, now: datetime, place_id: int | None = None) -> Offer:
    """What the page of an invitation shows.

    Raises LinkUnknown, AlreadyBooked (details: participation_id), InvitationExpired or InvitationEnded (details: code,
    at, help_phone, help_hours, department).
    """
    invitation = invitation_of(session, code)
    check_not_booked(session, invitation.follow_up_id, now=now)
    check_open(session, invitation, code, now=now)
    setting = offers.setting_of(session, invitation.follow_up, invitation.organisation)
    choices = offers.lay_out(
        session,
        bookable(session, invitation, now=now),
        beneficiary=setting.beneficiary,
        department=setting.department,
        place_id=place_id,
    )
    return Offer(**vars(choices), **vars(setting), invitation=invitation, proposed=proposed_by(invitation, now=now))


def book(session: Session, code: str, token: str, *, codes: Codes, now: datetime) -> Participation:
    """Book the choice for the person whose invitation this is, and owe them the confirmation.

    The same choice posted again (double tap, retry on a bad network) returns the same participation. Raises what
    `open_invitation` does, ValueError for a token that is none, SlotTaken or SlotGone with the nearest choices.
    """
    invitation = hold_invitation(session, code)
    booked = appointment_to_come(session, invitation.follow_up_id, now=now)
    if booked is not None:
        if is_same_choice(booked, token):
            return booked
        raise AlreadyBooked(participation_id=booked.id)
    check_open(session, invitation, code, now=now)
    appointment = book_choice(session, invitation, Choice.parse(token), now=now)
    return join(session, appointment, invitation.follow_up, invitation, by=Author.BENEFICIARY, codes=codes, now=now)


def book_choice(
    session: Session, invitation: Invitation, wanted: tuple[datetime, int, int], *, now: datetime
) -> Appointment:
    """A seat of a session, or an appointment of their own. Raises SlotTaken or SlotGone with the nearest choices."""
    types, reach = reached_by(session, invitation)
    found = free_times.find_at(session, types, reach, wanted, now=now, grace=GRACE)

    def nearest() -> list[Choice]:
        others = offers.choices_in(bookable(session, invitation, now=now))
        return offers.nearest_to(wanted[0], others, place_id=wanted[1])

    if not found:
        raise lost.refusal(session, types, reach, wanted, nearest=nearest(), now=now)
    return take_seat(session, found.sessions, invitation.follow_up) or take(
        session,
        found.slots,
        {one.id: one for one in types},
        invitation.follow_up,
        created_by=Author.BENEFICIARY,
        organisation_id=invitation.organisation_id,
        now=now,
        nearest=nearest,
    )


def keep(session: Session, code: str, *, codes: Codes, now: datetime) -> Participation:
    """Keep the slot that a proposition holds. Posted again, returns the same participation.

    Raises what `open_invitation` does, and SlotGone when nothing is held any more.
    """
    invitation = hold_invitation(session, code)
    booked = appointment_to_come(session, invitation.follow_up_id, now=now)
    if booked is not None:
        if booked.appointment_id == invitation.held_appointment_id:
            return booked
        raise AlreadyBooked(participation_id=booked.id)
    check_open(session, invitation, code, now=now)
    held = proposed_by(invitation, now=now)
    if held is None:
        raise SlotGone(offers.nearest_to(now, offers.choices_in(bookable(session, invitation, now=now))))
    held.held_until = None
    return join(session, held, invitation.follow_up, invitation, by=Author.BENEFICIARY, codes=codes, now=now)


def bookable(session: Session, invitation: Invitation, *, now: datetime) -> Found:
    """Everything that an invitation reaches and that is free now. Four queries at most for the search itself."""
    types, reach = reached_by(session, invitation)
    return free_times.find(session, types, reach, after=now, now=now)


def reached_by(session: Session, invitation: Invitation) -> tuple[list[AppointmentType], Reach]:
    """The types open to whoever holds this invitation, and where and with whom."""
    organisation_id = invitation.organisation_id
    types = capacity.types_open_to_invited(
        session, organisation_id=organisation_id, category_id=invitation.follow_up.category_id
    )
    reach = free_times.reach_of(
        session, invitation.follow_up, types, organisation_id=organisation_id, invitation=invitation
    )
    return types, reach


def invitation_of(session: Session, code: str) -> Invitation:
    """The invitation a code leads to. Raises LinkUnknown."""
    link = session.get(Link, fingerprint(code))
    if link is None or link.invitation is None:
        raise LinkUnknown
    return link.invitation


def hold_invitation(session: Session, code: str) -> Invitation:
    """The invitation a code leads to, its follow-up held, with all that booking reads of it. Raises LinkUnknown."""
    ids = session.execute(_OF_CODE, {"fingerprint": fingerprint(code)}).one_or_none()
    if ids is None:
        raise LinkUnknown
    invitation_id, follow_up_id = ids
    hold_rows(session, select(FollowUp.id).where(FollowUp.id == follow_up_id))
    return session.scalars(_WITH_ITS_FACTS, {"id": invitation_id}).one()


_OF_CODE = (
    select(Invitation.id, Invitation.follow_up_id)
    .join(Link, Link.invitation_id == Invitation.id)
    .where(Link.code_hash == bindparam("fingerprint"))
)
_WITH_ITS_FACTS = (
    select(Invitation)
    .where(Invitation.id == bindparam("id"))
    .options(
        joinedload(Invitation.follow_up, innerjoin=True).joinedload(FollowUp.beneficiary, innerjoin=True),
        joinedload(Invitation.organisation, innerjoin=True),
    )
    .execution_options(populate_existing=True)
)


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
        "is_waiting": waiting.is_waiting(session, invitation.follow_up_id, invitation.organisation_id),
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
