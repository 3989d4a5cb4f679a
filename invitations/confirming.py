"""What a person is shown between choosing a time and booking it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from invitations import booking, free_times, lost, offers
from invitations.agenda.search import GRACE
from invitations.codes import Codes
from invitations.models import AppointmentType, Place
from invitations.offers import Choice, Setting


@dataclass(frozen=True, slots=True)
class Looked:
    """A choice that could be booked at this moment, with what the page says about it."""

    setting: Setting
    choice: Choice
    place: Place
    type: AppointmentType


def look_at(session: Session, code: str, token: str, *, codes: Codes, now: datetime) -> Looked:
    """The choice behind a token, by the same rule as booking it, with its grace; nothing is taken yet. What else is free
    isn't looked for.

    Raises what `booking.open_invitation` does, ValueError for a token that is none, SlotTaken or SlotGone.
    """
    wanted = Choice.parse(token)
    opened = booking.read_open(session, code, codes=codes, now=now)
    types, reach = booking.reached_by(session, opened.invitation)
    found = free_times.find_at(session, types, reach, wanted, now=now, grace=GRACE)
    if not found:
        raise lost.refusal(session, types, reach, wanted, now=now)
    choice, of_types = offers.choices_in(found)[0], {one.id: one for one in types}
    return Looked(opened.setting, choice, session.get_one(Place, choice.place_id), of_types[choice.type_id])
