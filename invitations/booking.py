"""What an invited person does with their link: look, choose a slot or a seat, keep the one proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import capacity, free_times, invited, lost, offers, rows, sealed_links, waiting
from invitations.agenda.search import GRACE
from invitations.codes import Codes
from invitations.database import is_postgresql, locked
from invitations.errors import AlreadyBooked, InvitationEnded, InvitationExpired, LinkUnknown, SlotGone
from invitations.free_for_invited import free_for
from invitations.free_times import Found, Reach
from invitations.invited import Invited
from invitations.models import Appointment, AppointmentType, Author, FollowUp, Invitation, Link, Mode, Participation
from invitations.offers import Choice, Offer
from invitations.seating import take_seat
from invitations.taking import is_same_choice, join, take


def open_invitation(session: Session, code: str, *, codes: Codes, now: datetime, place_id: int | None = None) -> Offer:
    """What the page of an invitation shows.

    Raises LinkUnknown, AlreadyBooked (details: participation_id), InvitationExpired or InvitationEnded (details: code,
    at, setting, invitation, help_phone, is_waiting).
    """
    opened = read_open(session, code, codes=codes, now=now)
    invitation, setting = opened.invitation, opened.setting
    choices = offers.look_at(
        free_for(session, invitation, now=now),
        beneficiary=setting.beneficiary,
        department=setting.department,
        place_id=place_id,
    )
    return Offer(
        **vars(choices),
        **vars(setting),
        invitation=invitation,
        proposed=proposed_by(invitation, now=now),
        is_waiting=opened.is_waiting,
        is_in_trial=opened.is_in_trial,
    )


def read_open(session: Session, code: str, *, codes: Codes, now: datetime) -> Invited:
    """Who holds the link, if it may still be answered. Raises what `open_invitation` does."""
    opened = invited.read(session, code, codes=codes, now=now)
    if opened.booked_id is not None:
        raise AlreadyBooked(participation_id=opened.booked_id)
    check_open(session, opened.invitation, code, now=now)
    return opened


def book(session: Session, code: str, token: str, *, codes: Codes, now: datetime) -> Participation:
    """Book the choice for the person whose invitation this is, and owe them the confirmation: `look`, then `grant`."""
    hold(session, code, codes=codes)
    return grant_held(session, look(session, code, token, codes=codes, now=now), codes=codes, now=now)


@dataclass(frozen=True, slots=True)
class Wish:
    """A choice as it was looked at: who wants it, and what is free of it. `had_id`: the participation that has it already."""

    code: str
    token: str
    opened: Invited
    found: Found
    had_id: int | None = None


def look(session: Session, code: str, token: str, *, codes: Codes, now: datetime) -> Wish:
    """Look at a choice before it is booked. Nothing is taken yet, and nobody has to wait for that.

    The same choice posted again (double tap, retry on a bad network) is had already. Raises what `open_invitation`
    does, ValueError for a token that is none, SlotTaken or SlotGone.
    """
    opened = invited.read(session, code, codes=codes, now=now, anew=True)
    if opened.booked_id is not None:
        if is_same_choice(session.get_one(Participation, opened.booked_id), token):
            return Wish(code, token, opened, Found([], [], []), opened.booked_id)
        raise AlreadyBooked(participation_id=opened.booked_id)
    check_open(session, opened.invitation, code, now=now)
    wanted = Choice.parse(token)
    types, reach = reached_by(session, opened.invitation)
    found = free_times.find_at(session, types, reach, wanted, now=now, grace=GRACE)
    if not found and not invited.is_unchanged(session, opened, now=now):  # their own other tap was faster
        return look(session, code, token, codes=codes, now=now)
    if not found:
        raise lost.refusal(session, types, reach, wanted, now=now)
    return Wish(code, token, opened, found)


def grant(session: Session, wish: Wish, *, codes: Codes, now: datetime) -> Participation:
    """Book what was looked at a moment ago in another session, now closed: only what others may have changed is asked anew.

    Their agent's time is, whatever was free then; an absence or a closing day noted since comes too late. Whoever has
    been invited, booked or closed meanwhile is looked at again. Raises what `look` does.
    """
    hold(session, wish.code, codes=codes)
    if not invited.is_unchanged(session, wish.opened, now=now):
        wish = look(session, wish.code, wish.token, codes=codes, now=now)
    session.add_all([wish.opened.invitation, *wish.found.types])
    return grant_held(session, wish, codes=codes, now=now)


def grant_held(session: Session, wish: Wish, *, codes: Codes, now: datetime) -> Participation:
    if wish.had_id is not None:
        return session.get_one(Participation, wish.had_id)
    invitation, found = wish.opened.invitation, wish.found
    follow_up = invitation.follow_up
    appointment = take_seat(session, found.sessions, follow_up) or take(
        session,
        found.slots,
        {one.id: one for one in found.types},
        follow_up,
        created_by=Author.BENEFICIARY,
        organisation_id=invitation.organisation_id,
        now=now,
    )
    return join(session, appointment, follow_up, invitation, by=Author.BENEFICIARY, codes=codes, now=now)


def keep(session: Session, code: str, *, codes: Codes, now: datetime) -> Participation:
    """Keep the slot that a proposition holds. Posted again, returns the same participation.

    Raises what `open_invitation` does, and SlotGone when nothing is held any more.
    """
    hold(session, code, codes=codes)
    opened = invited.read(session, code, codes=codes, now=now, anew=True)
    invitation = opened.invitation
    if opened.booked_id is not None:
        booked = session.get_one(Participation, opened.booked_id)
        if booked.appointment_id == invitation.held_appointment_id:
            return booked
        raise AlreadyBooked(participation_id=booked.id)
    check_open(session, invitation, code, now=now)
    held = proposed_by(invitation, now=now)
    if held is None:
        raise SlotGone
    held.held_until = None
    return join(session, held, invitation.follow_up, invitation, by=Author.BENEFICIARY, codes=codes, now=now)


def bookable(
    session: Session, invitation: Invitation, types: list[AppointmentType] | None = None, *, now: datetime
) -> Found:
    """Everything that an invitation reaches and that is free now. Four queries at most for the search itself."""
    types, reach = reached_by(session, invitation, types)
    return free_times.find(session, types, reach, after=now, now=now)


def reached_by(
    session: Session, invitation: Invitation, types: list[AppointmentType] | None = None
) -> tuple[list[AppointmentType], Reach]:
    """The types open to whoever holds this invitation (`types`: read before), and where and with whom."""
    organisation_id = invitation.organisation_id
    if types is None:
        types = capacity.types_open_to_invited(
            session, organisation_id=organisation_id, category_id=invitation.follow_up.category_id
        )
    reach = free_times.reach_of(
        session, invitation.follow_up, types, organisation_id=organisation_id, invitation=invitation
    )
    return types, reach


def invitation_of(session: Session, code: str, *, codes: Codes) -> Invitation:
    """The invitation a code leads to. Raises LinkUnknown."""
    link = sealed_links.link_of(session, code, codes=codes)
    if link is None or link.invitation is None:
        raise LinkUnknown
    return link.invitation


def hold(session: Session, code: str, *, codes: Codes) -> None:
    """Hold the follow-up that a code leads to: what one person does happens in turn. What is read comes after."""
    if is_postgresql(session):
        rows.run(session, _HELD, {"kept": codes.every_kept(code)})


_OF_CODE = (
    select(Invitation.follow_up_id)
    .join(Link, Link.invitation_id == Invitation.id)
    .where(Link.code_hash.in_(sealed_links.KEPT))
    .limit(1)  # kept twice by processes with other keys, it leads to the same
)
_HELD = locked(select(FollowUp.id).where(FollowUp.id == _OF_CODE.scalar_subquery()))


def check_open(session: Session, invitation: Invitation, code: str, *, now: datetime) -> None:
    if invitation.is_open(now) and invitation.mode is not Mode.CONVOCATION:
        return
    setting = offers.setting_of(session, invitation.follow_up, invitation.organisation)
    words = {
        "code": code,
        "setting": setting,
        "invitation": invitation,
        "help_phone": setting.help_phone,
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
