"""An invitation lives longer: its link goes on, or works again, until another last day.

Whoever was told of an earlier day loses nothing; messages that leave from now on say the new one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import addressing, booking, follow_ups, inviting, journal, sectors
from invitations.addressing import Terms
from invitations.agenda.wall_time import midnight
from invitations.errors import FollowUpClosed, NoFreeSlot, NotExtendable
from invitations.models import FollowUp, Invitation, Mode
from invitations.rooms import Room, left_in
from invitations.taking import check_not_booked

# Why an invitation can't: a date is fixed or held; it was answered or taken back; another one goes on; it lives longer already.
DATED, OVER, REPLACED, SHORTER, TOO_LONG = "dated", "over", "replaced", "shorter", "too_long"
LONGEST = timedelta(days=366)


def extend(
    session: Session, invitation: Invitation, last_day: date | None, *, agent_id: int | None, now: datetime
) -> None:
    """Until the end of `last_day`; None: for as long as one sent now would live. Repeated, changes nothing.

    Rule 3 of product.md holds: an invitation that has expired counts as a new one, and an open one must find a free time.
    Raises NotExtendable, FollowUpClosed, AlreadyBooked, Archived, NoFreeSlot.
    """
    inviting.take_turn(session, invitation.organisation_id, [invitation.follow_up_id])
    follow_up = session.get_one(FollowUp, invitation.follow_up_id, populate_existing=True)
    session.refresh(invitation)
    check(session, invitation, follow_up, now=now)
    terms = addressing.read_terms(session, invitation.organisation_id, follow_up.category_id, now=now)
    until = terms.expires_at if last_day is None else end_of(last_day, invitation, now=now)
    if until == invitation.expires_at and invitation.is_open(now):
        return
    check_until(invitation, until, now=now)
    check_room(session, invitation, follow_up, replace(terms, expires_at=until), now=now)
    invitation.expires_at = until
    session.flush()
    follow_ups.refresh(session, follow_up, now=now)
    journal.note(
        session,
        "invitation.extended",
        now=now,
        organisation_id=invitation.organisation_id,
        agent_id=agent_id,
        beneficiary_id=follow_up.beneficiary_id,
        invitation_id=invitation.id,
    )


def end_of(last_day: date, invitation: Invitation, *, now: datetime) -> datetime:
    """The midnight after it, so that the day itself counts whole. The last days of the calendar have none."""
    if last_day > (now + LONGEST).date():
        raise NotExtendable(why=TOO_LONG)
    return midnight(last_day + timedelta(days=1), invitation.organisation.department.zone)


def check(session: Session, invitation: Invitation, follow_up: FollowUp, *, now: datetime) -> None:
    if invitation.mode is not Mode.INVITATION:
        raise NotExtendable(why=DATED)
    if follow_up.closed_at is not None:
        raise FollowUpClosed
    check_not_booked(session, follow_up.id, now=now)
    if invitation.ended_at is not None:
        raise NotExtendable(why=OVER)
    others = select(Invitation).where(Invitation.follow_up_id == follow_up.id, Invitation.id != invitation.id)
    if any(one.is_open(now) for one in session.scalars(others.order_by(Invitation.id))):
        raise NotExtendable(why=REPLACED)


def check_until(invitation: Invitation, until: datetime | None, *, now: datetime) -> None:
    if invitation.expires_at is None or (until is not None and until <= max(now, invitation.expires_at)):
        raise NotExtendable(why=SHORTER)
    if until is not None and until > now + LONGEST:
        raise NotExtendable(why=TOO_LONG)


def check_room(session: Session, invitation: Invitation, follow_up: FollowUp, terms: Terms, *, now: datetime) -> None:
    """Raises NoFreeSlot, and Archived for somebody whom the organisation does not follow any more."""
    addressing.check_membership(
        follow_up, terms, addressing.read_facts(session, [follow_up], terms.organisation.id, now=now)
    )
    if invitation.is_open(now):  # it is counted among those in flight already
        is_room = bool(booking.bookable(session, invitation, now=now))
    else:
        served = sectors.serving(session, terms.organisation.id, follow_up.beneficiary.commune_insee)
        places = served if invitation.place_id is None else frozenset({invitation.place_id})
        room = Room(follow_up.category_id, addressing.referents_of(follow_up, terms), places)
        is_room = left_in(session, room, terms, now=now) > 0
    if not is_room:
        raise NoFreeSlot(before=terms.expires_at)
