"""What a person is shown between choosing a time and booking it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from invitations import booking, offers
from invitations.agenda.search import GRACE
from invitations.errors import SlotTaken
from invitations.models import AppointmentType, Place
from invitations.offers import Choice, Offer


@dataclass(frozen=True, slots=True)
class Looked:
    """A choice that could be booked at this moment, with what the page says about it."""

    offer: Offer
    choice: Choice
    place: Place
    type: AppointmentType


def look_at(session: Session, code: str, token: str, *, now: datetime) -> Looked:
    """The choice behind a token, by the same rule as booking it, with its grace; nothing is taken yet.

    Raises what `booking.open_invitation` does, ValueError for a token that is none, SlotTaken with the nearest.
    """
    wanted = starts_at, place_id, _ = Choice.parse(token)
    offer = booking.open_invitation(session, code, place_id=place_id, now=now)
    slots, _ = offers.bookable_slots(
        session,
        offer.invitation,
        now=now,
        after=starts_at,
        before=starts_at + timedelta(minutes=1),
        place_id=place_id,
        grace=GRACE,
    )
    for choice in offers.choices_of(slots):
        if (choice.starts_at, choice.place_id, choice.type_id) == wanted:
            return Looked(offer, choice, session.get_one(Place, choice.place_id), offer.types[choice.type_id])
    raise SlotTaken(offers.nearest_to(starts_at, offer.choices, place_id=place_id))
