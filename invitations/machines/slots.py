"""Free times for machines: what an agent could book, or what one person could choose; each start once a place and type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import addressing, booking, convening, free_times
from invitations.agenda.slots import minute_of, moment_of
from invitations.errors import NameUnknown
from invitations.free_times import Reach
from invitations.machines import receiving
from invitations.machines.receiving import CategoryNamed
from invitations.machines.slots_told import Free, Key, Time, by_key, told
from invitations.models import (
    AppointmentType,
    Beneficiary,
    CategorySettings,
    FollowUp,
    Invitation,
    Mode,
    OpenTo,
    Organisation,
)
from invitations.sectors import serving

ANY = CategoryNamed()
SIZE = 50
WEEK = timedelta(days=7)
NEAREST = 3
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which times are wanted; for whom: an agent who books, or a person who may choose for themselves."""

    category: CategoryNamed = ANY
    type_id: int | None = None
    place_id: int | None = None
    after: datetime | None = None
    before: datetime | None = None
    person: Beneficiary | None = None
    cursor: Key | None = None


@dataclass(frozen=True, slots=True)
class Times:
    rows: list[Time]
    next: Key | None


def find(session: Session, organisation: Organisation, asked: Asked, *, now: datetime) -> Times:
    """The next 50. Two searches at most. Raises NameUnknown, CategoryNeeded (for a person)."""
    receiving.check_place(session, organisation.id, asked.place_id)
    types = types_of(session, organisation, asked)
    reach = reach_of(session, organisation, types, asked, now=now).at(asked.place_id)
    free = look(session, types, reach, asked, now=now)
    keys = sorted(free)
    shown = keys[:SIZE]
    return Times(told(session, types, {key: free[key] for key in shown}), shown[-1] if len(keys) > SIZE else None)


def look(
    session: Session, types: Sequence[AppointmentType], reach: Reach, asked: Asked, *, now: datetime
) -> dict[Key, Free]:
    """More than 50 when there are more: a week holds that many of most teams, of the others all there is."""
    after = max(one for one in (now, asked.after, began(asked.cursor)) if one is not None)
    horizon = now + max((one.max_delay for one in types), default=timedelta()) + _MINUTE
    before = min(horizon, asked.before or horizon)
    grace = convening.agents_grace(types) if asked.person is None else timedelta()
    free: dict[Key, Free] = {}
    for until in (min(after, horizon) + WEEK, before):
        if until <= before and after < until:
            found = by_key(free_times.find(session, types, reach, after=after, before=until, now=now, grace=grace))
            free = {key: at for key, at in found.items() if asked.cursor is None or key > asked.cursor}
        if len(free) > SIZE:
            break
    return free


def nearest(
    session: Session, type_: AppointmentType, starts_at: datetime, *, agent_id: int | None, now: datetime
) -> list[Time]:
    """The few free times closest to one that is not: the same agent's first, in order of time."""
    free = by_key(convening.agents_find(session, [type_], now=now))
    wanted = minute_of(starts_at)
    closest = sorted(free, key=lambda key: (agent_id not in (None, *free[key].agent_ids), abs(key.start - wanted), key))
    return told(session, [type_], {key: free[key] for key in sorted(closest[:NEAREST])})


def types_of(session: Session, organisation: Organisation, asked: Asked) -> list[AppointmentType]:
    """The types asked for, of those in use in the categories that are open. Raises NameUnknown, CategoryNeeded."""
    types = types_in_use(session, organisation.id)
    if asked.type_id is not None:
        types = [one_of(types, asked.type_id)]
    if asked.category != ANY or (asked.person is not None and asked.type_id is None):
        category = receiving.category_of(session, organisation.id, asked.category)
        types = [one for one in types if one.category_id == category.id]
    if asked.person is not None:
        types = [one for one in types if one.open_to is OpenTo.INVITED]
    return types


def types_in_use(session: Session, organisation_id: int) -> list[AppointmentType]:
    handled = select(CategorySettings.category_id).where(
        CategorySettings.organisation_id == organisation_id, CategorySettings.closed_at.is_(None)
    )
    query = select(AppointmentType).where(
        AppointmentType.organisation_id == organisation_id,
        AppointmentType.closed_at.is_(None),
        AppointmentType.category_id.in_(handled),
    )
    return list(session.scalars(query.order_by(AppointmentType.id)))


def one_of(types: Iterable[AppointmentType], type_id: int) -> AppointmentType:
    """Raises NameUnknown for a type that is not among these."""
    for one in types:
        if one.id == type_id:
            return one
    raise NameUnknown(what="type", name=str(type_id))


def reach_of(
    session: Session, organisation: Organisation, types: Sequence[AppointmentType], asked: Asked, *, now: datetime
) -> Reach:
    """Where and with whom: anywhere and anyone for an agent; for a person what their invitation reaches, else a new one would."""
    if asked.person is None or not types:
        return Reach()
    invitation = invitation_of(session, asked.person.id, organisation.id, types[0].category_id, now=now)
    if invitation is not None:
        return booking.reached_by(session, invitation, list(types))[1]
    settings = addressing.settings_of(session, organisation.id, types[0].category_id)
    referents = tuple(one.id for one in asked.person.referents)
    only_theirs = settings is not None and (settings.referents_only or addressing.are_all_for_referents(types))
    places = serving(session, organisation.id, asked.person.commune_insee)
    return Reach(places, referents if only_theirs else None, referents)


def invitation_of(
    session: Session, person_id: int, organisation_id: int, category_id: int, *, now: datetime
) -> Invitation | None:
    """The one that this person can still answer there, in this category."""
    theirs = (
        select(Invitation)
        .join(FollowUp)
        .where(
            FollowUp.beneficiary_id == person_id,
            FollowUp.category_id == category_id,
            Invitation.organisation_id == organisation_id,
            Invitation.mode != Mode.CONVOCATION,
            Invitation.ended_at.is_(None),
        )
        .order_by(Invitation.id.desc())
    )
    return next((one for one in session.scalars(theirs) if one.is_open(now)), None)


def began(cursor: Key | None) -> datetime | None:
    return None if cursor is None else moment_of(cursor.start)
