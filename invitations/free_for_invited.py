"""What is free for whoever holds an invitation: looked for once for all who would find the same, until somebody writes."""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial

from sqlalchemy.orm import Session

from invitations import capacity, free_times
from invitations.agenda.slots import minute_of
from invitations.free_places import Free, free_places
from invitations.marks import recall
from invitations.memory import Recall
from invitations.models import Invitation
from invitations.sectors import serving


def free_for(session: Session, invitation: Invitation, *, now: datetime) -> Free:
    """`booking.bookable` by place; found once for all who ask the same in the same minute, until somebody writes (`memory`).

    Where people live decides at which places they are received and nothing else: whoever has the same places asks the same.
    The question names all that the answer depends on and the database does not hold: whose it is, and the minute.
    Delays are whole minutes, so that the seconds of now count for one thing: whether the minute has begun already.
    """
    told = recall(session)
    follow_up = invitation.follow_up
    whose = {"organisation_id": invitation.organisation_id, "category_id": follow_up.category_id}
    types = cache(partial(capacity.types_open_to_invited, session, **whose))
    is_personal = invitation.with_referents or told(
        ("types of referents", *whose.values()), lambda: any(one.referents_only for one in types())
    )
    places = places_open_to(session, invitation, told)
    question = (
        *("free", *whose.values(), places, invitation.with_referents),
        *(follow_up.beneficiary_id if is_personal else None, minute_of(now), now.second == now.microsecond == 0),
    )

    def search() -> Free:
        reach = free_times.reach_at(session, follow_up, types(), places, with_referents=invitation.with_referents)
        return free_places(session, free_times.find(session, types(), reach, after=now, now=now))

    return told(question, search)


def places_open_to(session: Session, invitation: Invitation, told: Recall) -> frozenset[int] | None:
    """Where an invitation leads: the place that an agent chose, else those that serve the person's commune. None: anywhere."""
    if invitation.place_id is not None:
        return frozenset({invitation.place_id})
    organisation_id, commune = invitation.organisation_id, invitation.follow_up.beneficiary.commune_insee
    return told(("serving", organisation_id, commune), lambda: serving(session, organisation_id, commune))
