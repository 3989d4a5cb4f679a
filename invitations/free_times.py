"""What a person can reach: at which places, with whom; and what is free there, slots and seats of sessions alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from invitations.agenda.search import find_slots
from invitations.agenda.slots import Slot, minute_of
from invitations.fairness import referents_of
from invitations.models import AppointmentType, FollowUp, Invitation
from invitations.seats import OpenSession, open_sessions
from invitations.sectors import serving

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where and by whom a person may be received: None is anywhere, anyone. Types of referents alone go by `referents`."""

    place_ids: frozenset[int] | None = None
    agent_ids: tuple[int, ...] | None = None
    referents: tuple[int, ...] | None = None

    def at(self, place_id: int | None) -> Reach:
        """The same at one place alone; nowhere when it is out of reach."""
        if place_id is None:
            return self
        only = frozenset({place_id})
        return Reach(only if self.place_ids is None else only & self.place_ids, self.agent_ids, self.referents)


@dataclass(frozen=True, slots=True)
class Found:
    """What is free: slots of individual types, sessions with a seat left; and the types that were asked for."""

    slots: list[Slot]
    sessions: list[OpenSession]
    types: list[AppointmentType]

    def __bool__(self) -> bool:
        return bool(self.slots or self.sessions)

    def at(self, place_id: int) -> Found:
        """The same at one place alone."""
        return Found(
            [one for one in self.slots if one.place_id == place_id],
            [one for one in self.sessions if one.place_id == place_id],
            self.types,
        )

    def but(self, starts_at: datetime, place_id: int | None, type_id: int) -> Found:
        """The same without one start: what somebody has already is no other choice."""
        start = minute_of(starts_at)
        return Found(
            [one for one in self.slots if (one.start, one.place_id, one.type_id) != (start, place_id, type_id)],
            [
                one
                for one in self.sessions
                if (one.starts_at, one.place_id, one.type_id) != (starts_at, place_id, type_id)
            ],
            self.types,
        )


def reach_of(
    session: Session,
    follow_up: FollowUp,
    types: Sequence[AppointmentType],
    *,
    organisation_id: int,
    invitation: Invitation | None,
) -> Reach:
    """What an invitation reaches, or an appointment that came without one.

    A place that an agent chose outranks the sectors of the person's commune.
    """
    chosen = invitation.place_id if invitation is not None else None
    places = (
        frozenset({chosen})
        if chosen is not None
        else serving(session, organisation_id, follow_up.beneficiary.commune_insee)
    )
    with_referents = invitation is not None and invitation.with_referents
    return reach_at(session, follow_up, types, places, with_referents=with_referents)


def reach_at(
    session: Session,
    follow_up: FollowUp,
    types: Sequence[AppointmentType],
    place_ids: frozenset[int] | None,
    *,
    with_referents: bool,
) -> Reach:
    """The same where the places are known already."""
    referents: tuple[int, ...] = ()
    if with_referents or any(one.referents_only for one in types):
        referents = referents_of(session, follow_up)
    return Reach(place_ids, referents if with_referents else None, referents)


def find(
    session: Session,
    types: Sequence[AppointmentType],
    reach: Reach,
    *,
    after: datetime,
    before: datetime | None = None,
    now: datetime,
    grace: timedelta = timedelta(),
    without: int | None = None,
) -> Found:
    """What is free from `after`, to the types' maximum delay unless `before` says otherwise. Four queries at most."""
    before = before or now + max((one.max_delay for one in types), default=timedelta()) + _MINUTE
    slots = find_slots(
        session,
        types=types,
        place_ids=reach.place_ids,
        agent_ids=reach.agent_ids,
        after=after,
        before=before,
        now=now,
        grace=grace,
        without=without,
    )
    theirs = {one.id for one in types if one.referents_only}
    if theirs and reach.referents is not None:
        slots = [one for one in slots if one.type_id not in theirs or one.agent_id in reach.referents]
    sessions = open_sessions(
        session,
        types,
        place_ids=reach.place_ids,
        agent_ids=reach.agent_ids,
        referent_ids=reach.referents,
        after=after,
        before=before,
        now=now,
        grace=grace,
    )
    return Found(slots, sessions, list(types))


def find_at(
    session: Session,
    types: Sequence[AppointmentType],
    reach: Reach,
    wanted: tuple[datetime, int | None, int],
    *,
    now: datetime,
    grace: timedelta,
    without: int | None = None,
) -> Found:
    """Who is free, and which sessions have a seat, at one start, place (None: any) and type. Nothing that has begun is."""
    starts_at, place_id, type_id = wanted
    chosen = [one for one in types if one.id == type_id]
    if not chosen or starts_at <= now:
        return Found([], [], chosen)
    return find(
        session,
        chosen,
        reach.at(place_id),
        after=starts_at,
        before=starts_at + _MINUTE,
        now=now,
        grace=grace,
        without=without,
    )
